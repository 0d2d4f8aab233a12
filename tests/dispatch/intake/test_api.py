"""The doors by which people report, through the whole application: what is answered, kept, refused and shown."""

from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response
from PIL import Image
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.cases.commands import act
from dispatch.cases.model import Case, CasePlace, CaseRating, CaseReporter, Channel, Photo
from dispatch.cases.states import Stage, Verb
from dispatch.intake.commands import triage
from dispatch.intake.model import IntakeMessage
from dispatch.intake.tokens import report_token
from dispatch.kit import clock
from dispatch.kit.config import settings
from dispatch.kit.db import Json
from dispatch.people.model import Role
from geo.crs import Crs, convert
from tests.factories.cases import add_case
from tests.factories.city import City, add_city, add_names, spot
from tests.factories.people import add_user, client_as, lend, lent_app
from tests.factories.photos import picture
from tests.factories.staff import Staff

MIDDLE = "450204001001013"


@pytest.fixture(autouse=True)
def _own_store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setenv("DISPATCH_MEDIA_URL", (tmp_path / "media").as_uri())
    settings.cache_clear()
    yield
    monkeypatch.undo()
    settings.cache_clear()


@pytest.fixture
def city(session: Session) -> City:
    made = add_city(session)
    add_names(session)
    return made


@pytest.fixture(scope="module")
def shared() -> Iterator[FastAPI]:
    with lent_app() as made:
        yield made


@pytest.fixture
def app(shared: FastAPI, session: Session) -> FastAPI:
    """The whole application in this test's transaction."""
    return lend(shared, session)


@pytest.fixture
def anybody(app: FastAPI, city: City) -> TestClient:
    return TestClient(app, base_url="https://testserver")


@pytest.fixture
def staff(session: Session, city: City, app: FastAPI) -> Staff:
    return Staff(session, city, app)


def told(**given: Any) -> Json:
    longitude, latitude = spot()
    point = {"longitude": longitude, "latitude": latitude}
    body = {"description": "路口的井盖不见了", **point, **given}
    return {name: value for name, value in body.items() if value is not None}


def send(client: TestClient, *, key: str | None = None, **given: Any) -> Response:
    headers = {"Idempotency-Key": key} if key else {}
    return client.post("/api/v1/reports", json=told(**given), headers=headers)


def case_of(session: Session, answer: Response) -> Case:
    session.expire_all()
    return session.scalars(select(Case).where(Case.public_id == answer.json()["id"])).one()


def problem_in(answer: Response, status: int, code: str) -> Json:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: Json = answer.json()
    assert (body["status"], body["code"]) == (status, code)
    assert " / " in body["title"]
    return body


# --- sending a report ----------------------------------------------------------------------------


def test_report_is_answered_with_number_token_stage_and_grid(
    session: Session, anybody: TestClient
) -> None:
    answer = send(anybody)

    assert answer.status_code == 201
    body = answer.json()
    assert body["stage"] == "reported"
    assert body["grid_code"] == MIDDLE
    assert body["duplicate_of"] is None
    assert body["token"] == report_token(body["id"])
    assert body["track_url"].endswith(f"/track/{body['id']}?token={body['token']}")
    case = case_of(session, answer)
    assert (case.number, case.channel) == (body["number"], Channel.WEB)


@pytest.mark.parametrize("crs", list(Crs))
def test_point_is_taken_in_the_system_that_is_named(anybody: TestClient, crs: Crs) -> None:
    longitude, latitude = convert(*spot(), source=Crs.CGCS2000, target=crs)

    answer = send(anybody, longitude=longitude, latitude=latitude, crs=crs.value)

    assert answer.json()["grid_code"] == MIDDLE


def test_address_is_enough(anybody: TestClient) -> None:
    answer = send(anybody, longitude=None, latitude=None, address="龙潭医院门前")

    assert (answer.status_code, answer.json()["grid_code"]) == (201, MIDDLE)


def test_report_that_nobody_can_place_is_taken_with_the_reason(anybody: TestClient) -> None:
    body = send(anybody, longitude=None, latitude=None).json()

    assert (body["stage"], body["grid_code"], body["review_reason"]) == (
        "reported",
        None,
        "no_place",
    )


def test_second_report_of_one_thing_gets_the_existing_number(anybody: TestClient) -> None:
    first = send(anybody).json()

    second = send(anybody).json()

    assert second["stage"] == "duplicate"
    assert (second["duplicate_of"], second["duplicate_of_number"]) == (first["id"], first["number"])


def test_fields_left_empty_in_a_form_say_nothing(session: Session, anybody: TestClient) -> None:
    longitude, latitude = spot()
    form = {
        "description": "  路口的井盖不见了 ",
        "longitude": str(longitude),
        "latitude": str(latitude),
        "address": "",
        "contact_name": "",
        "crs": "",
    }

    answer = anybody.post("/api/v1/reports", data=form)

    assert answer.status_code == 201
    case = case_of(session, answer)
    assert case.description == "路口的井盖不见了"
    assert session.scalar(select(func.count()).select_from(CaseReporter)) == 0


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"description": None}, "description", "必填"),
        ({"description": "   "}, "description", "太短"),
        ({"description": "长" * 2001}, "description", "太长"),
        ({"longitude": 181}, "longitude", "太大"),
        ({"latitude": -91}, "latitude", "太小"),
        ({"longitude": "nan"}, "longitude", "太大"),
        ({"latitude": None}, "latitude", "经度和纬度要一起填写"),
        ({"longitude": None}, "longitude", "经度和纬度要一起填写"),
        ({"longitude": "东经"}, "longitude", "应为数字"),
        ({"crs": "wgs72"}, "crs", "不在可选值之内"),
        ({"contact_phone": "打我电话"}, "contact_phone", "格式不对"),
        ({"address": "路" * 301}, "address", "太长"),
    ],
)
def test_each_fault_is_named_by_its_field_in_both_languages(
    session: Session, anybody: TestClient, given: Json, field: str, words: str
) -> None:
    body = problem_in(send(anybody, **given), 422, "invalid_input")

    (error,) = body["errors"]
    assert error["field"] == field
    zh, _, en = error["message"].partition(" / ")
    assert words in zh
    assert en.isascii()
    assert en
    assert session.scalar(select(func.count()).select_from(Case)) == 0


@pytest.mark.parametrize("body", [b"", b"not json", b"[1]", b'"text"', b"\xff\xfe"])
def test_body_that_is_no_object_is_refused(anybody: TestClient, body: bytes) -> None:
    answer = anybody.post(
        "/api/v1/reports", content=body, headers={"Content-Type": "application/json"}
    )

    problem_in(answer, 422, "invalid_body")


# --- the same report again -----------------------------------------------------------------------


def test_same_key_and_body_again_is_answered_200_with_the_same(anybody: TestClient) -> None:
    first = send(anybody, key="k-1")
    again = send(anybody, key="k-1")

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()


def test_same_key_with_another_body_is_409(session: Session, anybody: TestClient) -> None:
    send(anybody, key="k-1")

    problem_in(send(anybody, key="k-1", description="又来了"), 409, "idempotency_key_reused")
    assert session.scalar(select(func.count()).select_from(Case)) == 1


def with_photos(
    client: TestClient, *photos: bytes, key: str | None = None, **given: Any
) -> Response:
    form = {name: str(value) for name, value in told(**given).items()}
    files = [("photos", (f"{n}.jpg", photo, "image/jpeg")) for n, photo in enumerate(photos)]
    headers = {"Idempotency-Key": key} if key else {}
    return client.post("/api/v1/reports", data=form, files=files, headers=headers)


def test_other_photos_are_another_body(anybody: TestClient) -> None:
    first = with_photos(anybody, picture(), key="k-1")

    assert with_photos(anybody, picture(), key="k-1").json() == first.json()
    problem_in(with_photos(anybody, picture("PNG"), key="k-1"), 409, "idempotency_key_reused")


# --- photos --------------------------------------------------------------------------------------


def test_photos_are_kept_with_the_case_without_their_metadata(
    session: Session, anybody: TestClient
) -> None:
    answer = with_photos(anybody, picture(gps=True), picture("PNG"))

    assert answer.status_code == 201
    case = case_of(session, answer)
    photos = session.scalars(select(Photo).where(Photo.case_id == case.id)).all()
    assert [photo.kind for photo in photos] == ["before", "before"]
    token = answer.json()["token"]
    for photo in photos:
        shown = anybody.get(f"/media/{photo.id}", params={"token": token})
        assert shown.headers["content-type"] == "image/jpeg"
        with Image.open(BytesIO(shown.content)) as opened:
            assert not opened.getexif()
    assert case.grid_code == MIDDLE, "the point given goes before that of the photo"


def test_photo_tells_the_place_when_nobody_else_does(session: Session, anybody: TestClient) -> None:
    photo = picture(gps=True, place=spot(3, 3))

    answer = with_photos(anybody, picture(), photo, longitude=None, latitude=None)

    case = case_of(session, answer)
    assert case.grid_code == "450204001001019"
    place = session.scalars(select(CasePlace).where(CasePlace.case_id == case.id)).one()
    assert (place.source, place.crs) == ("photo", "wgs84")
    assert (place.longitude, place.latitude) == pytest.approx(spot(3, 3), abs=1e-5)


def test_too_many_photos_are_refused(session: Session, anybody: TestClient) -> None:
    problem_in(with_photos(anybody, *[picture()] * 7), 413, "too_many_photos")
    assert session.scalar(select(func.count()).select_from(Photo)) == 0


def test_what_is_no_photo_is_refused_by_name_and_nothing_is_kept(
    session: Session, anybody: TestClient
) -> None:
    body = problem_in(with_photos(anybody, b"%PDF-1.7 and so on"), 422, "not_a_photo")

    assert "0.jpg" in body["title"]
    assert session.scalar(select(func.count()).select_from(Case)) == 0


# --- following it --------------------------------------------------------------------------------


def follow(client: TestClient, receipt: Json) -> Json:
    answer = client.get(f"/api/v1/reports/{receipt['id']}", params={"token": receipt["token"]})
    assert answer.status_code == 200, answer.text
    body: Json = answer.json()
    return body


def test_reporter_sees_stage_unit_time_and_what_happened(
    session: Session, city: City, anybody: TestClient
) -> None:
    receipt = send(anybody, contact_name="张三", contact_phone="13800001234").json()
    case = session.scalars(select(Case)).one()
    triage(session, case.id, at=clock.now())
    act(
        session,
        case.id,
        Verb.NOTE,
        by=city["agent"],
        at=clock.now(),
        body={"note": "来电人情绪激动"},
    )

    shown = follow(anybody, receipt)

    assert (shown["id"], shown["number"]) == (receipt["id"], receipt["number"])
    assert (shown["stage"], shown["stage_label"]) == ("dispatched", "处理中")
    assert (shown["category"], shown["department"]) == ("雨水井盖", "市政维护处")
    assert shown["light"] == "green"
    assert shown["due_at"] is not None
    assert [(step["stage"], step["text"]) for step in shown["timeline"]] == [
        ("reported", "已收到您的上报"),
        ("accepted", "已受理"),
        ("filed", "已立案"),
        ("dispatched", "已派给市政维护处处理"),
    ]
    assert shown["rating"] is None
    for personal in ("张三", "13800001234", "情绪激动", "平台", "试用人员"):
        assert personal not in str(shown)


def test_wrong_token_and_wrong_id_are_told_apart_by_nobody(anybody: TestClient) -> None:
    receipt = send(anybody).json()

    answers = [
        anybody.get(f"/api/v1/reports/{id_}", params={"token": token})
        for id_, token in (
            (receipt["id"], "wrong"),
            (receipt["id"], report_token("20261123-9999")),
            ("20261123-9999", receipt["token"]),
            ("20261123-9999", report_token("20261123-9999")),
            (receipt["id"], "错误"),
        )
    ]

    bodies = [problem_in(answer, 404, "report_not_found") for answer in answers]
    assert all(body == bodies[0] for body in bodies)
    assert anybody.get(f"/api/v1/reports/{receipt['id']}").status_code == 422


def test_linked_report_shows_how_the_other_case_goes_on_and_nothing_of_its_reporter(
    session: Session, city: City, anybody: TestClient
) -> None:
    first = send(anybody, contact_name="李四", description="我家门口的井盖不见了").json()
    second = send(anybody, description="井盖不见了啊").json()
    master = session.scalars(select(Case).where(Case.public_id == first["id"])).one()
    triage(session, master.id, at=clock.now())

    shown = follow(anybody, second)

    assert (shown["number"], shown["duplicate_of"]) == (second["number"], first["number"])
    assert (shown["stage"], shown["department"]) == ("dispatched", "市政维护处")
    assert shown["description"] == "井盖不见了啊"
    assert [step["text"] for step in shown["timeline"]] == [
        "已收到您的上报",
        "已有相同案件正在处理,已为您并案",
        "已受理",
        "已立案",
        "已派给市政维护处处理",
    ]
    assert "李四" not in str(shown)
    assert "我家门口" not in str(shown)


def test_reporter_learns_why_the_report_was_not_accepted(
    session: Session, city: City, anybody: TestClient
) -> None:
    receipt = send(anybody).json()
    case = session.scalars(select(Case)).one()
    body = {"reason": "属于小区内部{物业}事务,请联系物业"}
    act(session, case.id, Verb.REJECT, by=city["agent"], at=clock.now(), body=body)

    last = follow(anybody, receipt)["timeline"][-1]

    assert last["text"] == "不予受理:属于小区内部{物业}事务,请联系物业"
    assert last["stage"] == "rejected"


def test_check_that_was_not_passed_is_told_as_rework(
    session: Session, city: City, anybody: TestClient
) -> None:
    case = add_case(session, city, Stage.HANDLED)
    act(
        session,
        case.id,
        Verb.CHECK,
        by=city["inspector"],
        at=clock.now(),
        body={"passed": False, "note": "没修"},
    )

    shown = follow(anybody, {"id": case.public_id, "token": report_token(case.public_id)})

    assert shown["timeline"][-1]["text"] == "核查未通过,已要求返工"


# --- rating it -----------------------------------------------------------------------------------


def closed(session: Session, city: City) -> tuple[Case, str]:
    case = add_case(session, city, Stage.CLOSED, at=clock.now())
    return case, report_token(case.public_id)


def rate(client: TestClient, case: Case, token: str, **given: Any) -> Response:
    body = {"token": token, "score": 5, "fixed": True, **given}
    return client.post(f"/api/v1/reports/{case.public_id}/rating", json=body)


def test_closed_report_is_rated_once(session: Session, city: City, anybody: TestClient) -> None:
    case, token = closed(session, city)
    assert follow(anybody, {"id": case.public_id, "token": token})["can_rate"]

    answer = rate(anybody, case, token, comment="很快")

    assert answer.status_code == 200
    assert (answer.json()["rating"], answer.json()["can_rate"]) == (5, False)
    problem_in(rate(anybody, case, token), 409, "already_rated")
    kept = session.scalars(select(CaseRating)).one()
    assert (kept.score, kept.fixed, kept.comment) == (5, True, "很快")


def test_not_fixed_reopens_the_case(session: Session, city: City, anybody: TestClient) -> None:
    case, token = closed(session, city)

    answer = rate(anybody, case, token, score=1, fixed=False, comment="还是没盖")

    assert answer.json()["stage"] == "filed"
    assert answer.json()["timeline"][-1]["text"] == "已重新办理"


def test_not_fixed_comes_too_late_after_the_city_s_days(
    session: Session, city: City, anybody: TestClient
) -> None:
    case = add_case(session, city, Stage.CLOSED, at=clock.now() - timedelta(days=8))

    answer = rate(anybody, case, report_token(case.public_id), fixed=False)

    problem_in(answer, 409, "reopen_too_late")


def test_open_report_is_not_rated_yet(session: Session, city: City, anybody: TestClient) -> None:
    case = add_case(session, city, Stage.DISPATCHED)

    problem_in(rate(anybody, case, report_token(case.public_id)), 409, "not_closed")


@pytest.mark.parametrize("given", [{"score": 0}, {"score": 6}, {"fixed": None}])
def test_rating_out_of_range_is_refused(
    session: Session, city: City, staff: Staff, anybody: TestClient, given: Json
) -> None:
    case, token = closed(session, city)

    problem_in(rate(anybody, case, token, **given), 422, "invalid_input")
    problem_in(rate(anybody, case, "wrong"), 404, "report_not_found")


# --- staff ---------------------------------------------------------------------------------------


def register(client: TestClient, **given: Any) -> Response:
    return client.post("/api/v1/cases", json=told(**given))


def test_agent_registers_what_a_caller_says(session: Session, city: City, staff: Staff) -> None:
    agent = staff["agent"]

    answer = register(
        agent, reporter="王女士", contact_phone="0772-2800000", on_behalf_of="河西社区"
    )

    assert answer.status_code == 201
    case = case_of(session, answer)
    assert (case.channel, case.reported_by_id) == (Channel.PHONE, city["agent"].id)
    reporter = session.scalars(select(CaseReporter)).one()
    assert (reporter.name, reporter.phone, reporter.on_behalf_of) == (
        "王女士",
        "0772-2800000",
        "河西社区",
    )
    message = session.scalars(select(IntakeMessage)).one()
    assert message.source == f"user:{city['agent'].id}"


@pytest.mark.parametrize(
    ("role", "channel", "status"),
    [
        ("agent", "transfer", 201),
        ("agent", "media", 201),
        ("agent", "camera", 422),
        ("agent", "wechat", 422),
        ("shift_leader", None, 201),
        ("inspector", None, 201),
        ("inspector", "inspector", 201),
        ("inspector", "phone", 422),
        ("dispatcher", None, 403),
        ("manager", None, 403),
    ],
)
def test_each_registers_for_the_channels_that_are_theirs(
    session: Session, city: City, staff: Staff, role: str, channel: str | None, status: int
) -> None:
    answer = register(staff[role], channel=channel)

    assert answer.status_code == status, answer.text
    if status == 422:
        assert answer.json()["errors"][0]["field"] == "channel"


def test_inspector_names_the_part_and_the_condition(
    session: Session, city: City, staff: Staff
) -> None:
    inspector = staff["inspector"]

    answer = register(
        inspector,
        category="P0103",
        condition="broken",
        part_code="4502040103000001",
        description="巡查所见",
    )

    case = case_of(session, answer)
    assert (case.channel, case.condition_id) == (Channel.INSPECTOR, city.broken.id)
    assert case.part_code == "4502040103000001"


@pytest.mark.parametrize(
    "given",
    [
        {"condition": 10**9},
        {"condition": "broken"},
        {"category": "E0110", "condition": "broken"},
    ],
    ids=["unknown", "without a category", "of another category"],
)
def test_condition_that_does_not_fit_is_refused_with_the_choices(
    session: Session, city: City, staff: Staff, given: Json
) -> None:
    answer = register(staff["agent"], **given)

    body = problem_in(answer, 422, "invalid_input")
    assert body["errors"][0]["field"] == "condition"


def test_handled_on_the_spot_with_photos_before_and_after_waits_for_closing(
    session: Session, city: City, staff: Staff
) -> None:
    inspector = staff["inspector"]
    form = {name: str(value) for name, value in told(category="E0110").items()}
    files = [
        ("photos", ("a.jpg", picture(), "image/jpeg")),
        ("after_photos", ("b.png", picture("PNG"), "image/png")),
    ]

    answer = inspector.post(
        "/api/v1/cases", data={**form, "handled_on_the_spot": "true"}, files=files
    )

    assert (answer.status_code, answer.json()["stage"]) == (201, "checked")
    case = case_of(session, answer)
    kinds = session.scalars(select(Photo.kind).where(Photo.case_id == case.id)).all()
    assert sorted(kinds) == ["after", "before"]
    leader = staff["shift_leader"]
    ended = leader.post(f"/api/v1/cases/{case.public_id}/close", json={"outcome": "fixed"})
    assert ended.json()["stage"] == "closed"


def test_only_an_inspector_handles_on_the_spot(session: Session, city: City, staff: Staff) -> None:
    answer = register(staff["agent"], handled_on_the_spot=True)

    body = problem_in(answer, 422, "invalid_input")
    assert body["errors"][0]["field"] == "handled_on_the_spot"


def test_photos_given_before_are_named_by_id_and_only_one_s_own(
    session: Session, city: City, staff: Staff
) -> None:
    inspector = staff["inspector"]
    files = [("photos", ("a.jpg", picture(), "image/jpeg"))]
    given = inspector.post("/api/v1/photos", files=files).json()["items"][0]["id"]

    other = register(staff["agent"], photos=[given])
    assert problem_in(other, 422, "invalid_input")["errors"][0]["field"] == "photos"
    answer = register(inspector, photos=[given])

    case = case_of(session, answer)
    assert [str(photo.id) for photo in session.scalars(select(Photo))] == [given]
    assert session.scalars(select(Photo.case_id)).one() == case.id


def test_nobody_registers_without_a_log_in(anybody: TestClient) -> None:
    problem_in(register(anybody), 401, "not_logged_in")


# --- likely duplicates ---------------------------------------------------------------------------


def test_agent_sees_likely_duplicates_before_registering(
    session: Session, city: City, staff: Staff
) -> None:
    add_case(session, city, Stage.VOIDED, at=clock.now())
    case = add_case(session, city, Stage.DISPATCHED, at=clock.now())
    agent = staff["agent"]
    longitude, latitude = convert(*spot(), source=Crs.CGCS2000, target=Crs.GCJ02)
    asked: dict[str, Any] = {
        "category": "P0103",
        "longitude": longitude,
        "latitude": latitude,
        "crs": "gcj02",
    }

    answer = agent.get("/api/v1/duplicates", params=asked)

    (found,) = answer.json()["items"]
    assert (found["id"], found["number"], found["stage"]) == (
        case.public_id,
        case.number,
        "dispatched",
    )
    assert found["distance_m"] < 0.1
    assert agent.get("/api/v1/duplicates", params={**asked, "category": "E0110"}).json() == {
        "items": []
    }
    problem_in(
        agent.get("/api/v1/duplicates", params={**asked, "category": "X"}), 422, "invalid_input"
    )


def test_somebody_with_two_posts_registers_for_either(
    session: Session, city: City, staff: Staff
) -> None:
    user = add_user(session, Role.AGENT, Role.INSPECTOR, working_grids=["450204G001"])
    client = client_as(session, user, app=staff.app)

    assert case_of(session, register(client)).channel == Channel.PHONE
    mended = register(client, channel="inspector", handled_on_the_spot=True)
    assert case_of(session, mended).stage == Stage.CHECKED
