"""Every deed and every refusal over HTTP, through the whole application."""

from datetime import timedelta

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.cases.api import DEEDS
from dispatch.cases.model import (
    Case,
    CaseHistory,
)
from dispatch.cases.states import Stage, Verb
from dispatch.kit.db import Json
from dispatch.kit.outbox import OutboxRow
from tests.factories.cases import add_case, report
from tests.factories.city import NOW, City, add_city, spot
from tests.factories.doors import do, problem_in
from tests.factories.staff import Staff

#: When the requests of these tests come, and a time ten days on.
LATER = NOW + timedelta(hours=1)
SOON = (NOW + timedelta(days=10)).isoformat()


@pytest.fixture(autouse=True)
def _an_hour_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dispatch.kit.clock.now", lambda: LATER)


@pytest.fixture
def city(session: Session) -> City:
    return add_city(session)


@pytest.fixture
def staff(session: Session, city: City, app: FastAPI) -> Staff:
    return Staff(session, city, app)


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
    (Verb.ACKNOWLEDGE, Stage.DISPATCHED, "handler", {}, Stage.DISPATCHED),
    (Verb.ASSIGN, Stage.DISPATCHED, "manager", {"assignee": "works-hand"}, Stage.DISPATCHED),
    (Verb.START, Stage.DISPATCHED, "handler", {}, Stage.DISPATCHED),
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


def test_whoever_decided_takes_it_back_and_nobody_else(
    session: Session, city: City, staff: Staff
) -> None:
    case = add_case(session, city, Stage.REPORTED)
    assert do(staff["agent"], case, Verb.ACCEPT).json()["stage"] == "accepted"
    assert do(staff["shift_leader"], case, Verb.TAKE_BACK).status_code == 409
    assert do(staff["agent"], case, Verb.TAKE_BACK).json()["stage"] == "reported"


def test_every_deed_of_the_contract_has_been_walked_here() -> None:
    walked = {way[0] for way in (*WAYS, *ANSWERS)} | {Verb.LINK_DUPLICATE, Verb.TAKE_BACK}

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
