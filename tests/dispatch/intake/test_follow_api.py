"""What a reporter sees of a report by its token, and what they say when it is closed."""

from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.cases.commands import act
from dispatch.cases.model import (
    Case,
    CaseRating,
)
from dispatch.cases.states import Stage, Verb
from dispatch.intake.commands import triage
from dispatch.intake.tokens import report_token
from dispatch.kit import clock
from dispatch.kit.db import Json
from tests.factories.cases import add_case
from tests.factories.city import City, add_city, add_names
from tests.factories.doors import problem_in, send


@pytest.fixture
def city(session: Session) -> City:
    made = add_city(session)
    add_names(session)
    return made


@pytest.fixture
def anybody(app: FastAPI, city: City) -> TestClient:
    return TestClient(app, base_url="https://testserver")


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
    session: Session, city: City, anybody: TestClient, given: Json
) -> None:
    case, token = closed(session, city)

    problem_in(rate(anybody, case, token, **given), 422, "invalid_input")
    problem_in(rate(anybody, case, "wrong"), 404, "report_not_found")
