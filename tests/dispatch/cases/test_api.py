"""The staff's door to cases, through the whole application: the list, the case, every deed, every refusal."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.cases.api import DEEDS
from dispatch.cases.commands import act
from dispatch.cases.model import Case, CaseHistory
from dispatch.cases.states import Stage, Verb
from dispatch.departments.model import Department
from dispatch.intake.commands import triage
from dispatch.kit import reference
from dispatch.kit.audit import AuditEntry
from dispatch.kit.db import Json
from dispatch.kit.outbox import OutboxRow
from tests.factories.cases import add_case, report
from tests.factories.city import NOW, SOUTH, STEP, WEST, City, add_city, spot
from tests.factories.people import lend, lent_app
from tests.factories.staff import Staff

#: When the requests of these tests come, and a time ten days on.
LATER = NOW + timedelta(hours=1)
SOON = (NOW + timedelta(days=10)).isoformat()


@pytest.fixture(autouse=True)
def _an_hour_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dispatch.kit.clock.now", lambda: LATER)


@pytest.fixture(scope="module")
def shared() -> Iterator[FastAPI]:
    with lent_app() as made:
        yield made


@pytest.fixture
def app(shared: FastAPI, session: Session) -> FastAPI:
    """The whole application in this test's transaction."""
    return lend(shared, session)


@pytest.fixture
def city(session: Session) -> City:
    return add_city(session)


@pytest.fixture
def staff(session: Session, city: City, app: FastAPI) -> Staff:
    return Staff(session, city, app)


def do(client: TestClient, case: Case, verb: str, **body: Any) -> Response:
    return client.post(f"/api/v1/cases/{case.public_id}/{verb}", json=body)


def problem_in(answer: Response, status: int, code: str) -> Json:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: Json = answer.json()
    assert (body["type"], body["status"], body["code"]) == ("about:blank", status, code)
    zh, _, en = body["title"].partition(" / ")
    assert zh
    assert en
    return body


# --- one case ------------------------------------------------------------------------------------


def test_case_is_shown_whole(session: Session, city: City, staff: Staff) -> None:
    case = add_case(session, city, Stage.DISPATCHED)

    body = staff["dispatcher"].get(f"/api/v1/cases/{case.public_id}").json()

    longitude, latitude = spot()
    expected: Json = {
        "id": "20261123-0001",
        "number": "柳数管2026第11230001号",
        "version": 4,
        "stage": "dispatched",
        "stage_label": "处理中",
        "channel": "web",
        "description": "路口的井盖不见了",
        "grid_code": "450204001001013",
        "working_grid": "450204G001",
        "community": "航一社区",
        "street": "河西街道",
        "district": "柳南区",
        "severity": "urgent",
        "part_code": None,
        "department": {"id": city.works.id, "name": "市政维护处"},
        "assisting": [],
        "light": "green",
        "duplicate_of": None,
        "reporters_count": 1,
    }
    assert {name: body[name] for name in expected} == expected
    assert (body["longitude"], body["latitude"]) == pytest.approx((longitude, latitude))
    assert body["category"]["scheme"] == "T"
    assert (body["category"]["code"], body["category"]["group"]) == ("P0103", "manhole")
    assert (body["condition"]["key"], body["condition"]["text"]) == ("missing", "丢失")
    (place,) = body["places"]
    assert (place["source"], place["crs"]) == ("reporter", "wgs84")
    assert body["due_at"] == "2026-11-23T04:00:00Z"


def test_buttons_depend_on_who_asks(session: Session, city: City, staff: Staff) -> None:
    case = add_case(session, city, Stage.DISPATCHED)

    allowed = {
        role: staff[role].get(f"/api/v1/cases/{case.public_id}").json()["allowed"]
        for role in ("dispatcher", "manager", "handler", "admin")
    }

    assert allowed == {
        "dispatcher": ["urge", "correct", "note"],
        "manager": ["return", "extend", "suspend", "make-safe", "report-done", "appeal", "note"],
        "handler": ["make-safe", "report-done", "note"],
        "admin": [],
    }


def test_history_tells_who_when_what_and_why(session: Session, city: City, staff: Staff) -> None:
    case = add_case(session, city, Stage.DISPATCHED)
    act(
        session,
        case.id,
        Verb.RETURN,
        by=city["manager"],
        at=NOW + timedelta(hours=1),
        body={"reason": "未移交我处"},
    )

    items = staff["agent"].get(f"/api/v1/cases/{case.public_id}/history").json()["items"]

    assert [item["version"] for item in items] == [1, 2, 3, 4, 5]
    last = items[-1]
    assert (last["verb"], last["verb_label"], last["role"]) == ("return", "回退", "manager")
    assert (last["from_stage"], last["to_stage"]) == ("dispatched", "filed")
    assert (last["note"], last["at"]) == ("未移交我处", "2026-11-23T03:00:00Z")
    assert last["changes"]["department_id"] == [city.works.id, None]
    assert last["changes"]["return_count"] == [0, 1]


def test_route_tells_the_rule_the_rivals_and_the_chain(
    session: Session, city: City, staff: Staff
) -> None:
    receipt = report(session, description="路边的垃圾没人收")
    triage(session, receipt.case_id, at=NOW)
    case = session.get_one(Case, receipt.case_id)
    stranger = city["stranger"]
    act(session, case.id, Verb.RETURN, by=stranger, at=NOW, body={"reason": "非我处"})
    body = {"department": "works", "note": "先派市政"}
    act(session, case.id, Verb.DISPATCH, by=city["dispatcher"], at=NOW, body=body)

    items = staff["agent"].get(f"/api/v1/cases/{case.public_id}/route").json()["items"]

    first, second = items
    assert first["department"]["name"] == "柳南区环卫所"
    assert (first["method"], first["by"], first["leads"]) == ("rule", "平台", True)
    assert first["rule_id"] is not None
    assert "区环卫" in first["reason"]
    (rival,) = first["rivals"]
    assert (rival["department"]["name"], rival["method"]) == ("市政维护处", "default")
    assert (first["end_verb"], first["end_reason"]) == ("return", "非我处")
    assert (second["method"], second["by"], second["reason"]) == ("manual", "试用人员", "先派市政")
    assert second["ended_at"] is None


# --- the list ------------------------------------------------------------------------------------


def listed(client: TestClient, **params: Any) -> list[str]:
    answer = client.get("/api/v1/cases", params=params)
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]


def test_filters_of_the_address_narrow_the_list(session: Session, city: City, staff: Staff) -> None:
    case = add_case(session, city, Stage.DISPATCHED).public_id
    far = report(
        session,
        longitude=spot(0, 0)[0],
        latitude=spot(0, 0)[1],
        category="E0110",
        description="堆在路边",
    ).id
    agent = staff["agent"]

    assert sorted(listed(agent)) == sorted([case, far])
    assert listed(agent, stage="dispatched") == [case]
    assert sorted(listed(agent, stage=["dispatched", "reported"])) == sorted([case, far])
    assert listed(agent, department="works") == [case]
    assert listed(agent, department=str(city.works.id)) == [case]
    assert listed(agent, district="450204", category="E0110") == [far]
    assert listed(agent, grid="450204001001001") == [far]
    assert listed(agent, group="manhole") == [case]
    assert listed(agent, light="green") == [case]
    assert listed(agent, light="none") == [far]
    assert listed(agent, channel="phone") == []
    assert listed(agent, q="井盖") == [case]
    assert listed(agent, review="true") == []
    box = f"{WEST},{SOUTH},{WEST + STEP},{SOUTH + STEP}"
    assert listed(agent, bbox=box) == [far]


def test_unit_that_was_closed_can_still_be_asked_about(
    session: Session, city: City, staff: Staff
) -> None:
    case = add_case(session, city, Stage.DISPATCHED).public_id
    session.get_one(Department, city.works.id).active = False
    session.flush()
    reference.forget_all()

    assert listed(staff["agent"], department=str(city.works.id)) == [case]


@pytest.mark.parametrize("sort", ["-created_at", "created_at", "-updated_at", "due_at"])
def test_pages_follow_their_cursor(session: Session, city: City, staff: Staff, sort: str) -> None:
    made = {
        report(
            session, longitude=spot(n, n)[0], latitude=spot(n, n)[1], at=NOW + timedelta(minutes=n)
        ).id
        for n in range(5)
    }
    agent, seen, cursor = staff["agent"], [], None
    for _ in range(3):
        params: dict[str, Any] = {
            "limit": 2,
            "sort": sort,
            **({"cursor": cursor} if cursor else {}),
        }
        page = agent.get("/api/v1/cases", params=params).json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]

    assert cursor is None
    assert len(seen) == len(made)
    assert set(seen) == made


@pytest.mark.parametrize(
    ("params", "field", "code"),
    [
        ({"limit": 201}, "limit", "invalid_input"),
        ({"limit": 0}, "limit", "invalid_input"),
        ({"sort": "number"}, "sort", "invalid_input"),
        ({"stage": "nowhere"}, "stage.0", "invalid_input"),
        ({"light": "blue"}, "light", "invalid_input"),
        ({"bbox": "1,2,3"}, "bbox", "invalid_input"),
        ({"bbox": "9,9,1,1"}, "bbox", "invalid_input"),
        ({"department": "nobody"}, "department", "invalid_input"),
        ({"cursor": "not-a-cursor"}, "cursor", "invalid_cursor"),
        ({"cursor": "WzEsMl0"}, "cursor", "invalid_cursor"),
    ],
)
def test_filter_that_cannot_be_used_is_named(
    staff: Staff, params: Json, field: str, code: str
) -> None:
    body = problem_in(staff["agent"].get("/api/v1/cases", params=params), 422, code)

    assert body["errors"][0]["field"] == field


def test_list_holds_only_what_its_reader_may_see(
    session: Session, city: City, staff: Staff
) -> None:
    case = add_case(session, city, Stage.DISPATCHED).public_id

    seen = {role: listed(staff[role]) for role in city.people}

    assert seen.pop("stranger") == []
    assert set(map(tuple, seen.values())) == {(case,)}


# --- deeds ---------------------------------------------------------------------------------------

#: Each deed once: at which stage, by whom, with what, and the stage that follows.
WAYS: list[tuple[Verb, Stage, str, Json, Stage]] = [
    (Verb.ACCEPT, Stage.REPORTED, "agent", {}, Stage.ACCEPTED),
    (Verb.REJECT, Stage.REPORTED, "agent", {"reason": "不属城管"}, Stage.REJECTED),
    (Verb.REQUEST_VERIFICATION, Stage.REPORTED, "agent", {}, Stage.VERIFYING),
    (Verb.VERIFY, Stage.VERIFYING, "inspector", {"confirmed": True}, Stage.REPORTED),
    (
        Verb.FILE,
        Stage.ACCEPTED,
        "shift_leader",
        {"category": "P0103", "condition": "broken"},
        Stage.FILED,
    ),
    (Verb.VOID, Stage.FILED, "shift_leader", {"reason": "误报"}, Stage.VOIDED),
    (Verb.DISPATCH, Stage.FILED, "dispatcher", {"department": "works"}, Stage.DISPATCHED),
    (Verb.RETURN, Stage.DISPATCHED, "manager", {"reason": "非我处"}, Stage.FILED),
    (
        Verb.EXTEND,
        Stage.DISPATCHED,
        "manager",
        {"until": SOON, "reason": "需开挖"},
        Stage.DISPATCHED,
    ),
    (
        Verb.SUSPEND,
        Stage.DISPATCHED,
        "manager",
        {"until": SOON, "reason": "等料"},
        Stage.DISPATCHED,
    ),
    (Verb.RESUME, Stage.SUSPENDED, "manager", {}, Stage.DISPATCHED),
    (Verb.MAKE_SAFE, Stage.DISPATCHED, "handler", {"note": "已围挡"}, Stage.DISPATCHED),
    (Verb.REPORT_DONE, Stage.DISPATCHED, "handler", {"result": "已换"}, Stage.HANDLED),
    (Verb.CHECK, Stage.HANDLED, "inspector", {"passed": True}, Stage.CHECKED),
    (Verb.REWORK, Stage.HANDLED, "dispatcher", {"reason": "未修平"}, Stage.DISPATCHED),
    (Verb.CLOSE, Stage.CHECKED, "shift_leader", {"outcome": "fixed"}, Stage.CLOSED),
    (Verb.REOPEN, Stage.CLOSED, "agent", {"reason": "又坏"}, Stage.FILED),
    (Verb.URGE, Stage.DISPATCHED, "supervisor", {"text": "请尽快"}, Stage.DISPATCHED),
    (Verb.APPEAL, Stage.HANDLED, "manager", {"reason": "非我责任"}, Stage.HANDLED),
    (Verb.CORRECT, Stage.REPORTED, "agent", {"description": "井盖破了"}, Stage.REPORTED),
    (Verb.NOTE, Stage.CLOSED, "supervisor", {"note": "已回访"}, Stage.CLOSED),
]
ANSWERS: list[tuple[Verb, Verb, str, Json, Stage]] = [
    (Verb.APPROVE_EXTENSION, Verb.EXTEND, "dispatcher", {}, Stage.DISPATCHED),
    (Verb.REFUSE_EXTENSION, Verb.EXTEND, "dispatcher", {"note": "先围挡"}, Stage.DISPATCHED),
    (Verb.APPROVE_SUSPENSION, Verb.SUSPEND, "shift_leader", {}, Stage.SUSPENDED),
    (Verb.REFUSE_SUSPENSION, Verb.SUSPEND, "dispatcher", {}, Stage.DISPATCHED),
    (Verb.DECIDE_APPEAL, Verb.APPEAL, "supervisor", {"granted": True}, Stage.DISPATCHED),
]


@pytest.mark.parametrize(("verb", "stage", "role", "body", "follows"), WAYS)
def test_deed_is_done_over_http_with_history_and_event(
    session: Session,
    city: City,
    app: FastAPI,
    verb: Verb,
    stage: Stage,
    role: str,
    body: Json,
    follows: Stage,
) -> None:
    case = add_case(session, city, stage)
    client = Staff(session, city, app)[role]
    version = case.version

    answer = do(client, case, verb, **body)

    assert answer.status_code == 200, answer.text
    shown = answer.json()
    assert (shown["stage"], shown["version"]) == (follows, version + 1)
    row = session.scalars(select(CaseHistory).order_by(CaseHistory.id.desc())).first()
    assert row is not None
    assert (row.case_id, row.verb, row.actor_id) == (case.id, verb, city[role].id)
    event = session.scalars(select(OutboxRow).order_by(OutboxRow.id.desc())).first()
    assert event is not None
    assert (event.payload["version"], event.payload["verb"]) == (version + 1, verb)


@pytest.mark.parametrize(("verb", "request_", "role", "body", "follows"), ANSWERS)
def test_request_is_answered_over_http(
    session: Session,
    city: City,
    app: FastAPI,
    verb: Verb,
    request_: Verb,
    role: str,
    body: Json,
    follows: Stage,
) -> None:
    case = add_case(session, city, Stage.DISPATCHED)
    staff = Staff(session, city, app)
    asked = {} if request_ is Verb.APPEAL else {"until": SOON}
    assert do(staff["manager"], case, request_, reason="难", **asked).status_code == 200

    answer = do(staff[role], case, verb, **body)

    assert answer.status_code == 200, answer.text
    assert (answer.json()["stage"], answer.json()["open_requests"]) == (follows, [])


def test_report_is_linked_over_http(session: Session, city: City, staff: Staff) -> None:
    main = add_case(session, city, Stage.REPORTED)
    other = report(session, longitude=spot(4, 4)[0], latitude=spot(4, 4)[1])
    case = session.get_one(Case, other.case_id)

    answer = do(staff["agent"], case, Verb.LINK_DUPLICATE, of=main.number)

    assert (answer.json()["stage"], answer.json()["duplicate_of"]) == ("duplicate", main.public_id)


def test_every_deed_of_the_contract_has_been_walked_here() -> None:
    walked = {way[0] for way in (*WAYS, *ANSWERS)} | {Verb.LINK_DUPLICATE}

    assert walked == set(DEEDS)


def test_correction_shows_the_new_place_and_keeps_the_old(
    session: Session, city: City, staff: Staff
) -> None:
    case = add_case(session, city, Stage.REPORTED)
    longitude, latitude = spot(4, 0)

    shown = do(
        staff["agent"],
        case,
        Verb.CORRECT,
        longitude=longitude,
        latitude=latitude,
        address="桥头",
        category="E0110",
    ).json()

    assert shown["grid_code"] == "450204001001005"
    assert (shown["longitude"], shown["latitude"]) == pytest.approx((longitude, latitude))
    assert [(place["source"], place["text"]) for place in shown["places"]] == [
        ("reporter", None),
        ("staff", "桥头"),
    ]
    assert (shown["category"]["code"], shown["category"]["source"]) == ("E0110", "given")
    assert shown["condition"] is None


# --- refusals ------------------------------------------------------------------------------------


def test_wrong_stage_names_what_is_possible(session: Session, city: City, staff: Staff) -> None:
    case = add_case(session, city, Stage.DISPATCHED)

    body = problem_in(
        do(staff["dispatcher"], case, Verb.DISPATCH, department="works"), 409, "wrong_stage"
    )

    assert (body["stage"], body["allowed"]) == ("dispatched", ["urge", "correct", "note"])
    assert "处理中" in body["title"]
    assert "督办" in body["title"]


def test_slower_of_two_is_told_what_changed(session: Session, city: City, staff: Staff) -> None:
    case = add_case(session, city, Stage.REPORTED)
    first, second = staff["agent"], staff["shift_leader"]
    assert do(first, case, Verb.ACCEPT, expected_version=1, note="属实").status_code == 200

    body = problem_in(do(second, case, Verb.ACCEPT, expected_version=1), 409, "stale_version")

    assert (body["version"], body["stage"]) == (2, "accepted")
    (change,) = body["changes"]
    assert (change["verb"], change["to_stage"], change["note"]) == ("accept", "accepted", "属实")


@pytest.mark.parametrize(
    ("role", "verb", "body"),
    [
        ("handler", "return", {"reason": "x"}),
        ("agent", "dispatch", {"department": "works"}),
        ("admin", "note", {"note": "x"}),
        ("manager", "close", {"outcome": "fixed"}),
    ],
)
def test_missing_right_is_403(
    session: Session, city: City, staff: Staff, role: str, verb: str, body: Json
) -> None:
    case = add_case(session, city, Stage.DISPATCHED)
    version = case.version

    problem_in(do(staff[role], case, verb, **body), 403, "not_allowed")

    assert session.get_one(Case, case.id, populate_existing=True).version == version


def test_case_of_another_unit_does_not_exist_for_a_stranger(
    session: Session, city: City, staff: Staff
) -> None:
    case = add_case(session, city, Stage.DISPATCHED)
    stranger = staff["stranger"]

    for path in ("", "/history", "/route", "/photos", "/reporters"):
        answer = stranger.get(f"/api/v1/cases/{case.public_id}{path}")
        problem_in(answer, 404, "case_not_found")
    problem_in(do(stranger, case, Verb.NOTE, note="x"), 404, "case_not_found")
    answer = stranger.get("/api/v1/cases/20261123-9999")
    problem_in(answer, 404, "case_not_found")


def test_nobody_enters_without_a_log_in(session: Session, city: City, app: FastAPI) -> None:
    case = add_case(session, city, Stage.REPORTED)
    client = TestClient(app, base_url="https://testserver")

    for path in ("", f"/{case.public_id}", f"/{case.public_id}/history"):
        problem_in(client.get(f"/api/v1/cases{path}"), 401, "not_logged_in")
    problem_in(do(client, case, Verb.ACCEPT), 401, "not_logged_in")


@pytest.mark.parametrize(
    ("verb", "body", "field"),
    [
        (Verb.REJECT, {}, "reason"),
        (Verb.REJECT, {"reason": ""}, "reason"),
        (Verb.ACCEPT, {"unheard": 1}, "unheard"),
        (Verb.ACCEPT, {"expected_version": 0}, "expected_version"),
        (Verb.LINK_DUPLICATE, {"of": "20261123-9999"}, "of"),
        (Verb.CORRECT, {"longitude": 109.4}, "latitude"),
        (Verb.CORRECT, {"category": "P9999"}, "category"),
        (Verb.CORRECT, {"condition": "present"}, "condition"),
        (Verb.ACCEPT, {"photos": ["6f1c2c1e-0000-4000-8000-000000000000"]}, "photos"),
    ],
)
def test_body_that_cannot_be_used_is_named_by_its_field(
    session: Session, city: City, staff: Staff, verb: Verb, body: Json, field: str
) -> None:
    case = add_case(session, city, Stage.REPORTED)

    answer = do(staff["agent"], case, verb, **body)

    assert answer.status_code == 422, answer.text
    (error,) = answer.json()["errors"]
    assert error["field"] == field
    assert " / " in error["message"]


def test_address_of_an_unknown_deed_does_not_exist(
    session: Session, city: City, staff: Staff
) -> None:
    case = add_case(session, city, Stage.REPORTED)

    problem_in(do(staff["agent"], case, "burn"), 404, "not_found")
    problem_in(do(staff["inspector"], case, "handle-on-the-spot"), 404, "not_found")


# --- who reported --------------------------------------------------------------------------------


def reported_by(session: Session, name: str, phone: str, **given: Any) -> Case:
    receipt = report(session, contact_name=name, contact_phone=phone, **given)
    return session.get_one(Case, receipt.case_id)


def test_reporters_are_masked_unless_the_work_needs_them(
    session: Session, city: City, staff: Staff
) -> None:
    case = reported_by(session, "张三丰", "13800001234", on_behalf_of="河西社区")
    reported_by(session, "李四", "2800000")  # linked to the first

    url = f"/api/v1/cases/{case.public_id}/reporters"
    masked = staff["dispatcher"].get(url).json()["items"]
    assert [(each["name"], each["phone"], each["on_behalf_of"]) for each in masked] == [
        ("张**", "138****1234", "河***"),
        ("李*", "*******", None),
    ]
    assert all(each["masked"] for each in masked)
    assert session.scalars(select(AuditEntry)).all() == []

    shown = staff["agent"].get(url, params={"reveal": True}).json()["items"]
    assert [(each["name"], each["phone"]) for each in shown] == [
        ("张三丰", "13800001234"),
        ("李四", "2800000"),
    ]
    entry = session.scalars(select(AuditEntry)).one()
    assert (entry.action, entry.subject, entry.actor_id) == (
        "reporter.revealed",
        f"case:{case.public_id}",
        city["agent"].id,
    )


@pytest.mark.parametrize("role", ["dispatcher", "manager", "inspector", "supervisor", "admin"])
def test_others_may_not_unmask(session: Session, city: City, staff: Staff, role: str) -> None:
    case = add_case(session, city, Stage.DISPATCHED)

    answer = staff[role].get(f"/api/v1/cases/{case.public_id}/reporters", params={"reveal": True})

    problem_in(answer, 403, "missing_permission")
    assert session.scalars(select(AuditEntry)).all() == []


def test_nothing_of_the_reporter_stands_in_the_case_or_its_history(
    session: Session, city: City, staff: Staff
) -> None:
    case = reported_by(session, "张三丰", "13800001234", openid="o-secret")
    client = staff["manager"]
    act(session, case.id, Verb.ACCEPT, by=city["agent"], at=NOW)
    act(session, case.id, Verb.FILE, by=city["shift_leader"], at=NOW)
    body = {"department": "works"}
    act(session, case.id, Verb.DISPATCH, by=city["dispatcher"], at=NOW, body=body)

    for path in ("", "/history", "/route", "/reporters"):
        text = client.get(f"/api/v1/cases/{case.public_id}{path}").text
        for personal in ("张三丰", "13800001234", "o-secret"):
            assert personal not in text
