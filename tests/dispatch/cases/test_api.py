"""The staff's door to cases, through the whole application: the case, the list, and who reported."""

from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.cases.commands import act
from dispatch.cases.model import (
    Case,
)
from dispatch.cases.states import Stage, Verb
from dispatch.departments.model import Department
from dispatch.intake.commands import triage
from dispatch.kit import reference
from dispatch.kit.audit import AuditEntry
from dispatch.kit.db import Json
from tests.factories.cases import add_case, report
from tests.factories.city import NOW, SOUTH, STEP, WEST, City, add_city, spot
from tests.factories.doors import problem_in
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
        "department": {"id": city.works.id, "name": "市政维护处", "name_en": ""},
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
        "manager": [
            "acknowledge",
            "assign",
            "start",
            "return",
            "extend",
            "suspend",
            "make-safe",
            "report-done",
            "appeal",
            "note",
        ],
        "handler": ["acknowledge", "start", "make-safe", "report-done", "note"],
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
    assert listed(agent, street="450204001", category="E0110") == [far]
    assert listed(agent, street="450204999") == []
    assert listed(agent, hazard="true") == [case]
    assert listed(agent, request="extension") == []
    assert sorted(listed(agent, since="2026-11-23", until="2026-11-23")) == sorted([case, far])
    assert listed(agent, since="2026-11-24") == []
    assert listed(agent, until="2026-11-22") == []
    assert agent.get("/api/v1/cases", params={"days": "0"}).status_code == 422
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
