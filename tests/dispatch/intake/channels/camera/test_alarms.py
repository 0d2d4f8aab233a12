"""Alarms: who may send them, and what becomes of each."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.cases.commands import act
from dispatch.cases.model import Case, CaseAssignment, CaseHistory, CasePlace, Photo
from dispatch.cases.states import Verb
from dispatch.intake.channels.camera.api import MAX_BODY
from dispatch.intake.channels.camera.signature import sign
from dispatch.intake.commands import triage
from dispatch.intake.model import Camera, CameraScene, CameraType, IntakeMessage
from dispatch.kit.outbox import OutboxRow
from geo.crs import Crs, convert
from tests.dispatch.intake.channels.camera.test_adapters import GAT1400, HIKVISION
from tests.factories.cameras import (
    OLD_KEY,
    Platform,
    add_cameras,
    alarm,
    camera_platform,
    picture,
)
from tests.factories.city import NOW, City, spot


@pytest.fixture
def platform(session: Session, city: City) -> Platform:
    add_cameras(session, city)
    return camera_platform(session, at=NOW)


def cases(session: Session) -> list[Case]:
    return list(session.scalars(select(Case).order_by(Case.id)))


def log(session: Session) -> list[IntakeMessage]:
    """The alarms as they were logged, without the reports made of them."""
    rows = select(IntakeMessage).where(IntakeMessage.raw.is_not(None)).order_by(IntakeMessage.id)
    return list(session.scalars(rows.execution_options(populate_existing=True)))


def notes(session: Session) -> list[str]:
    rows = select(CaseHistory.note).where(CaseHistory.verb == "note").order_by(CaseHistory.id)
    return [note or "" for note in session.scalars(rows)]


# --- who may send --------------------------------------------------------------------------------


def test_a_signed_alarm_makes_a_case(session: Session, platform: Platform, city: City) -> None:
    sent = alarm(NOW, picture=picture(), box=[1, 2, 3, 4])
    answer = platform.send(sent)
    assert answer.status_code == 201
    case = cases(session)[0]
    assert answer.json() == {
        "event_id": sent["event_id"],
        "status": "created",
        "reason": None,
        "duplicate": False,
        "id": case.public_id,
        "number": case.number,
        "stage": "reported",
        "duplicate_of": None,
        "review_reason": None,
        "alarms": 1,
    }
    assert (case.channel, case.category_id, case.condition_id) == (
        "camera",
        city.litter.id,
        city.exposed.id,
    )
    assert case.category_confidence == 0.91
    assert case.grid_code == "450204001001013"
    assert session.scalars(select(Photo.case_id)).all() == [case.id]
    assert session.scalars(select(CasePlace.text)).all() == ["航一路口"]
    (entry,) = log(session)
    assert (entry.status, entry.case_id, entry.dedupe_key) == ("done", case.id, sent["event_id"])
    assert entry.payload is not None
    assert entry.payload["box"] == [1, 2, 3, 4]


def test_the_previous_key_is_still_good(platform: Platform) -> None:
    assert platform.send(alarm(NOW), key=OLD_KEY).status_code == 201


@pytest.mark.parametrize(
    "headers",
    [
        {"X_Signature": ""},
        {"X_Signature": "sha256=" + "0" * 64},
        {"X_Signature": "sha1=abc"},
        {"X_Signature": sign("another key", b"{}")},
    ],
)
def test_a_wrong_signature_is_refused_and_leaves_nothing(
    session: Session, platform: Platform, headers: dict[str, str]
) -> None:
    answer = platform.send(alarm(NOW), **headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "bad_signature")
    assert log(session) == []


def test_a_changed_body_does_not_fit_its_signature(platform: Platform) -> None:
    answer = platform.send(alarm(NOW), X_Signature=sign("the key of now", b"another body"))
    assert answer.status_code == 403


@pytest.mark.parametrize("minutes", [-5.1, 5.1])
def test_a_replayed_timestamp_is_refused(platform: Platform, minutes: float) -> None:
    then = NOW + timedelta(minutes=minutes)
    answer = platform.send(alarm(NOW), X_Timestamp=str(int(then.timestamp())))
    assert (answer.status_code, answer.json()["code"]) == (403, "stale_timestamp")


@pytest.mark.parametrize("written", ["", "now"])
def test_without_a_timestamp_nothing_is_taken(platform: Platform, written: str) -> None:
    assert platform.send(alarm(NOW), X_Timestamp=written).json()["code"] == "stale_timestamp"


def test_the_timestamp_may_be_rfc_3339_or_milliseconds(platform: Platform) -> None:
    assert platform.send(alarm(NOW), X_Timestamp=NOW.isoformat()).status_code == 201
    millis = str(int(NOW.timestamp() * 1000))
    assert platform.send(alarm(NOW), X_Timestamp=millis).status_code == 200


def test_an_unknown_source_is_not_found(platform: Platform) -> None:
    answer = platform.send(alarm(NOW), source="acme")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_source")


@pytest.mark.parametrize("keys", ["", "{}", '{"generic": []}', "not json", "[]"])
def test_without_a_key_the_channel_says_so(session: Session, city: City, keys: str) -> None:
    answer = camera_platform(session, at=NOW, keys=keys).send(alarm(NOW))
    assert (answer.status_code, answer.json()["code"]) == (503, "not_configured")
    assert "DISPATCH_CAMERA_KEYS" in answer.json()["title"]


def test_too_large_a_body_is_refused(platform: Platform) -> None:
    answer = platform.send(b"x" * (MAX_BODY + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


# --- what is refused is kept ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"camera_id": "CAM-404"}, "unknown_camera", "camera_id"),
        ({"type": "404"}, "unknown_type", "type"),
        ({"camera_id": "CAM-OUT"}, "outside_jurisdiction", "longitude"),
        ({"longitude": 2.35, "latitude": 48.85}, "outside_jurisdiction", "longitude"),
        ({"longitude": 109.4}, "invalid_input", "latitude"),
        ({"longitude": 999.0, "latitude": 24.3}, "invalid_input", "longitude"),
    ],
)
def test_what_a_machine_can_mend_is_refused_and_kept(
    session: Session, platform: Platform, changes: dict[str, Any], code: str, field: str
) -> None:
    answer = platform.send(alarm(NOW, **changes))
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert answer.json()["errors"][0]["field"] == field
    (entry,) = log(session)
    assert (entry.status, entry.error_code) == ("failed", code)
    assert cases(session) == []
    assert session.scalars(select(CameraScene)).all() == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"3",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"event_id": "e"}',
        b'{"event_id": "\\u0000", "camera_id": "c", "type": "t"}',
        b'{"event_id": "%s", "camera_id": "c", "type": "t"}' % (b"9" * 201),
    ],
)
def test_a_body_that_cannot_be_read_is_kept(
    session: Session, platform: Platform, body: bytes
) -> None:
    answer = platform.send(body)
    assert answer.status_code == 422
    (entry,) = log(session)
    assert (entry.status, entry.raw) == ("failed", body)


def test_a_refused_alarm_sent_again_is_tried_again(
    session: Session, platform: Platform, city: City
) -> None:
    sent = alarm(NOW, type="404")
    assert platform.send(sent).status_code == 422
    session.add(
        CameraType(source="generic", type_code="404", label="暴露垃圾", category_id=city.litter.id)
    )
    session.flush()
    assert platform.send(sent).status_code == 201
    (entry,) = log(session)
    assert (entry.status, entry.error_code) == ("done", None)


def test_a_fault_of_the_program_keeps_the_alarm(
    session: Session, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object, **_more: object) -> None:
        raise RuntimeError("planted")

    monkeypatch.setattr("dispatch.intake.channels.camera.judging.report_scene", broken)
    answer = platform.send(alarm(NOW))
    assert (answer.status_code, answer.json()["code"]) == (503, "internal_error")
    assert [entry.error_code for entry in log(session)] == ["internal_error"]
    monkeypatch.undo()


def test_characters_that_no_database_holds_are_left_out(
    session: Session, platform: Platform
) -> None:
    sent = b'{"event_id": "a\\u0000b\\ud800", "camera_id": "CAM-1", "type": "1005", "box": [1e400]}'
    assert platform.send(sent).status_code == 201
    assert [entry.dedupe_key for entry in log(session)] == ["ab"]


# --- what is not for us --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"type": "9"}, "type_not_for_us"),
        ({"camera_id": "CAM-OFF"}, "camera_disabled"),
        ({"status": "stop"}, "no_open_scene"),
    ],
)
def test_what_is_not_for_us_is_ignored(
    session: Session, platform: Platform, changes: dict[str, Any], reason: str
) -> None:
    answer = platform.raises(**changes)
    assert (answer["status"], answer["reason"], answer["id"]) == ("ignored", reason, None)
    assert [entry.status for entry in log(session)] == ["ignored"]


# --- the same event, the same scene --------------------------------------------------------------


def test_the_same_event_again_is_answered_again(session: Session, platform: Platform) -> None:
    sent = alarm(NOW)
    first = platform.send(sent)
    again = platform.send(sent)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == {**first.json(), "duplicate": True}
    assert len(cases(session)) == 1
    assert notes(session) == []


def test_repeated_alarms_of_a_scene_are_one_case(session: Session, platform: Platform) -> None:
    first = platform.raises(picture=picture())
    for count in range(2, 23):
        platform.wait(minutes=10)
        answer = platform.raises(picture=picture())
        assert (answer["status"], answer["id"], answer["alarms"]) == (
            "repeated",
            first["id"],
            count,
        )
    (case,) = cases(session)
    scene = session.scalars(select(CameraScene)).one()
    assert (scene.case_id, scene.alarms, scene.ended_at) == (case.id, 22, None)
    assert [note.partition(" 次")[0] for note in notes(session)] == [
        f"同一画面再次告警(第 {count}" for count in (2, 3, 4, 5, 10, 20)
    ]
    assert len(session.scalars(select(Photo)).all()) == 6


def test_start_and_stop_are_one_case(session: Session, platform: Platform) -> None:
    first = platform.raises(status="start")
    platform.wait(minutes=3)
    ended = platform.raises(status="stop")
    assert (ended["status"], ended["id"]) == ("ended", first["id"])
    scene = session.scalars(select(CameraScene)).one()
    assert scene.ended_at == platform.at
    assert "已消失" in notes(session)[0]
    assert platform.raises(status="stop")["reason"] == "no_open_scene"


def test_a_scene_that_flickers_stays_one_case(session: Session, platform: Platform) -> None:
    first = platform.raises(status="start")
    for _ in range(3):
        platform.wait(minutes=5)
        platform.raises(status="stop")
        platform.wait(minutes=20)
        assert platform.raises(status="start")["id"] == first["id"]
    assert len(cases(session)) == 1


def test_after_its_end_and_the_flicker_time_a_new_scene_begins(
    session: Session, platform: Platform
) -> None:
    first = platform.raises(status="start")
    platform.raises(status="stop")
    platform.wait(minutes=31)
    second = platform.raises(status="start")
    assert second["status"] == "created"
    assert second["duplicate_of"] == first["id"]  # the place and kind are the same, hours apart
    assert len(session.scalars(select(CameraScene)).all()) == 2


def test_an_alarm_after_the_duplicate_window_is_a_new_case(
    session: Session, platform: Platform
) -> None:
    platform.raises()
    platform.wait(hours=24, minutes=1)
    assert platform.raises()["status"] == "created"
    assert [case.stage for case in cases(session)] == ["reported", "reported"]
    ended = session.scalars(select(CameraScene.ended_at).order_by(CameraScene.id)).all()
    assert ended == [NOW, None]


def test_what_comes_back_after_closing_is_a_new_case(session: Session, platform: Platform) -> None:
    platform.raises()
    (case,) = cases(session)
    case.stage, case.closed_at = "closed", NOW + timedelta(minutes=1)
    session.flush()
    platform.wait(minutes=5)
    assert platform.raises()["status"] == "created"
    assert len(cases(session)) == 2


def test_what_an_agent_has_rejected_does_not_come_back_with_the_next_alarm(
    session: Session, platform: Platform, city: City
) -> None:
    platform.raises()
    act(
        session,
        cases(session)[0].id,
        Verb.REJECT,
        by=city["agent"],
        at=NOW,
        body={"reason": "误报"},
    )
    platform.wait(minutes=5)
    assert platform.raises()["status"] == "repeated"
    assert len(cases(session)) == 1


def test_another_type_before_the_same_camera_is_another_case(
    session: Session, platform: Platform
) -> None:
    platform.raises()
    assert platform.raises(type="1012")["status"] == "created"
    assert len(cases(session)) == 2


def test_the_same_thing_seen_by_a_citizen_is_linked(session: Session, platform: Platform) -> None:
    first = platform.raises()
    lon, lat = spot(2, 2)
    linked = platform.raises(camera_id="CAM-2", longitude=lon, latitude=lat, confidence=0.99)
    assert (linked["duplicate_of"], linked["stage"]) == (first["id"], "duplicate")
    platform.wait(minutes=1)
    repeated = platform.raises(camera_id="CAM-2", confidence=0.99)
    assert repeated["id"] == first["id"]


def test_the_alarm_s_own_place_counts_in_its_own_system(
    session: Session, platform: Platform
) -> None:
    lon, lat = convert(*spot(4, 0), source=Crs.CGCS2000, target=Crs.BD09)
    platform.raises(longitude=lon, latitude=lat, crs="bd09")
    assert cases(session)[0].grid_code == "450204001001005"


def test_a_time_in_the_future_counts_as_now(session: Session, platform: Platform) -> None:
    platform.raises(happened_at=(NOW + timedelta(days=400)).isoformat())
    assert session.scalars(select(CameraScene.last_at)).one() == NOW


@pytest.mark.parametrize("broken", ["no base64!", "AAAA", "x"])
def test_a_bad_picture_does_not_cost_the_alarm(
    session: Session, platform: Platform, broken: str
) -> None:
    assert platform.raises(picture=broken)["status"] == "created"
    assert session.scalars(select(Photo)).all() == []


# --- how far it goes without a hand --------------------------------------------------------------


def test_a_sure_alarm_is_filed_and_dispatched_without_a_hand(
    session: Session, platform: Platform, city: City
) -> None:
    platform.raises(confidence=0.91)
    (case,) = cases(session)
    reported = select(OutboxRow).where(OutboxRow.name == "case.reported")
    assert session.scalars(reported).one().payload["case_id"] == case.id
    triage(session, case.id, at=NOW)
    assert case.stage == "dispatched"
    assert session.scalars(select(CaseAssignment.department_id)).all() == [city.cleaners.id]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"camera_id": "CAM-2", "confidence": 0.94}, "low_confidence"),
        ({"confidence": None}, "no_confidence"),
    ],
)
def test_an_unsure_alarm_waits_for_an_agent(
    session: Session, platform: Platform, changes: dict[str, Any], reason: str
) -> None:
    assert platform.raises(**changes)["review_reason"] == reason
    (case,) = cases(session)
    triage(session, case.id, at=NOW)
    assert (case.stage, case.review_reason) == ("reported", reason)


def test_below_the_city_s_policy_it_waits_too(session: Session, platform: Platform) -> None:
    platform.raises(confidence=0.5)
    (case,) = cases(session)
    triage(session, case.id, at=NOW)
    assert (case.stage, case.review_reason) == ("reported", "low_confidence")


def test_a_surer_alarm_of_the_scene_sets_it_going(session: Session, platform: Platform) -> None:
    platform.raises(confidence=0.5)
    (case,) = cases(session)
    triage(session, case.id, at=NOW)
    platform.raises(confidence=0.97)
    events = session.scalars(select(OutboxRow).where(OutboxRow.name == "case.reported")).all()
    assert [event.payload["case_id"] for event in events] == [case.id, case.id]
    triage(session, case.id, at=NOW)
    assert (case.stage, case.category_confidence) == ("dispatched", 0.97)


# --- other forms ---------------------------------------------------------------------------------


def test_a_hikvision_body_with_several_events(session: Session, platform: Platform) -> None:
    session.add(
        Camera(
            source="hikvision",
            code="45020200131000000001",
            name="航一路",
            geom=f"SRID=4490;POINT({spot(2, 2)[0]} {spot(2, 2)[1]})",
        )
    )
    session.flush()
    kinds = session.scalars(select(CameraType).where(CameraType.source == "hikvision")).all()
    kinds[0].type_code = "930105"
    session.flush()
    answer = platform.send(HIKVISION, source="hikvision")
    assert answer.status_code == 200
    first, second = answer.json()["items"]
    assert (first["status"], first["review_reason"]) == ("created", None)
    assert (second["status"], second["code"]) == ("failed", "unknown_type")
    assert [entry.status for entry in log(session)] == ["done", "failed"]
    assert log(session)[0].payload["picture_url"] == "https://pictures.example/1.jpg"  # type: ignore[index]


def test_a_single_refused_event_is_a_problem(platform: Platform) -> None:
    assert platform.send(GAT1400, source="gat1400").json()["code"] == "unknown_camera"
