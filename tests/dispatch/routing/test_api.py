"""The dry run of routing over HTTP: the answer with its reason, nothing stored, faults named."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.cases.model import Case, CaseAssignment
from dispatch.intake.model import IntakeMessage
from dispatch.kit import reference
from dispatch.kit.db import Json
from dispatch.kit.outbox import OutboxRow
from dispatch.parts.model import Part
from dispatch.routing.model import RoutingRule
from geo.crs import Crs, convert
from tests.factories.city import City, add_city, spot
from tests.factories.people import whole_app
from tests.factories.staff import Staff

ADDRESS = "/api/v1/routing/explain"


@pytest.fixture
def city(session: Session) -> City:
    return add_city(session)


@pytest.fixture
def staff(session: Session, city: City) -> Staff:
    return Staff(session, city, whole_app(session))


def explain(staff: Staff, role: str = "dispatcher", **body: Any) -> Json:
    answer = staff[role].post(ADDRESS, json=body)
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


def test_answer_names_unit_rule_reason_and_rivals(
    session: Session, city: City, staff: Staff
) -> None:
    longitude, latitude = convert(*spot(), source=Crs.CGCS2000, target=Crs.GCJ02)

    found = explain(staff, category="E0110", longitude=longitude, latitude=latitude, crs="gcj02")

    rule = session.scalars(
        select(RoutingRule).where(RoutingRule.category_id == city.litter.id)
    ).one()
    assert found["department"] == {"id": city.cleaners.id, "name": "柳南区环卫所"}
    assert (found["method"], found["rule_id"]) == ("rule", rule.id)
    assert found["reason"] == f"规则 {rule.id}(柳南区·暴露垃圾):区环卫"
    assert [rival["department"]["name"] for rival in found["rivals"]] == ["市政维护处"]
    assert found["grid_code"] == "450204001001013"


def test_part_alone_is_enough(session: Session, city: City, staff: Staff) -> None:
    longitude, latitude = spot()
    session.add(
        Part(
            code="4502040103000001",
            category_id=city.manhole.id,
            name="雨水井盖",
            owner_id=city.cleaners.id,
            geom=f"SRID=4490;POINT({longitude} {latitude})",
        )
    )
    session.flush()

    found = explain(staff, part_code="4502040103000001")

    assert (found["method"], found["part_code"]) == ("part", "4502040103000001")
    assert found["department"]["name"] == "柳南区环卫所"


def test_place_outside_the_city_is_routed_by_what_holds_everywhere(
    city: City, staff: Staff
) -> None:
    found = explain(staff, category="E0110", longitude=116.4, latitude=39.9)

    assert (found["grid_code"], found["method"]) == (None, "default")


def test_nobody_responsible_is_an_answer_too(session: Session, city: City, staff: Staff) -> None:
    for rule in session.scalars(select(RoutingRule)):
        rule.valid_to = date(2020, 1, 1)
    session.flush()
    reference.forget_all()

    found = explain(staff, category="P0103")

    assert (found["department"], found["method"], found["rivals"]) == (None, "desk", [])
    assert "派遣员" in found["reason"]


def test_nothing_is_stored(session: Session, city: City, staff: Staff) -> None:
    explain(staff, category="P0103")

    for table in (Case, CaseAssignment, IntakeMessage, OutboxRow):
        assert session.scalar(select(func.count()).select_from(table)) == 0


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "category"),
        ({"category": "P9999"}, "category"),
        ({"part_code": "0000"}, "part_code"),
        ({"category": "P0103", "longitude": 109.4}, "latitude"),
        ({"category": "P0103", "longitude": 181, "latitude": 24}, "longitude"),
        ({"category": "P0103", "longitude": 109, "latitude": 24, "crs": "wgs72"}, "crs"),
    ],
)
def test_question_that_cannot_be_asked_is_named_by_its_field(
    staff: Staff, body: Json, field: str
) -> None:
    answer = staff["dispatcher"].post(ADDRESS, json=body)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert [error["field"] for error in answer.json()["errors"]] == [field]


@pytest.mark.parametrize(
    ("role", "status"),
    [("agent", 200), ("supervisor", 200), ("admin", 200), ("manager", 403), ("inspector", 403)],
)
def test_the_centre_may_ask(city: City, staff: Staff, role: str, status: int) -> None:
    assert staff[role].post(ADDRESS, json={"category": "P0103"}).status_code == status
