"""The seeded rules: somebody answers for every category in every place."""

from datetime import date

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.catalogue.reference import CategoryFacts, catalogue
from dispatch.departments.reference import departments
from dispatch.jurisdiction.model import UnitGrid
from dispatch.jurisdiction.reference import Location, location_of
from dispatch.routing.queries import Decision, Method, Question, decide

TODAY = date(2026, 11, 21)


def _locations(session: Session) -> list[Location]:
    """One place in every street, virtual districts among them."""
    first = select(func.min(UnitGrid.code)).group_by(UnitGrid.street_code)
    found = [location_of(session, code) for code in session.scalars(first)]
    return [each for each in found if each is not None]


def _decide(
    session: Session, category: CategoryFacts, location: Location, *, on: date = TODAY
) -> Decision:
    return decide(session, Question(category=category, on=on, location=location))


def _unit(session: Session, code: str, location: Location, *, on: date = TODAY) -> str:
    category = catalogue(session).find(code)
    assert category is not None
    decision = _decide(session, category, location, on=on)
    assert decision.department_id is not None
    return departments(session)[decision.department_id].code


def _in(session: Session, *, street: str) -> Location:
    return next(each for each in _locations(session) if each.street_code == street)


def test_every_active_category_has_a_department_in_every_street(city: Session) -> None:
    locations = _locations(city)
    active = [each for each in catalogue(city).by_id.values() if each.active]
    nobody = {
        (category.code, location.street)
        for location in locations
        for category in active
        if _decide(city, category, location).method is Method.DESK
    }

    assert {each.district_code for each in locations} == {f"45020{n}" for n in range(2, 7)}
    assert {each.virtual_district_code for each in locations} >= {"4502LD", "4502BB"}
    assert len(active) > 180
    assert nobody == set()


def test_few_categories_fall_through_to_the_default_of_their_kind(city: Session) -> None:
    location = _in(city, street="450202001")
    active = [each for each in catalogue(city).by_id.values() if each.active]
    fallen = [
        each.code for each in active if _decide(city, each, location).method is Method.DEFAULT
    ]

    assert fallen == []


@pytest.mark.parametrize(
    ("category", "street", "unit"),
    [
        ("P0103", "450202001", "housing-construction"),
        ("P0103", "450203100", "dongcheng"),
        ("P0103", "450205007", "beicheng"),
        ("P0123", "450204003", "street-450204003"),
        ("P0137", "450204001", "street-lighting"),
        ("P0298", "450204001", "traffic-police"),
        ("P0402", "450204001", "liunan-greens"),
        ("P0402", "450202001", "forestry-parks"),
        ("E0110", "450205001", "liubei-sanitation"),
        ("E0405", "450204001", "liunan-enforcement"),
        ("E0405", "450203100", "liudong-enforcement"),
        ("E0113", "450206100", "liujiang-construction"),
        ("E0113", "450202001", "municipal-works"),
        ("E0501", "450202001", "water-group"),
        ("E0508", "450203100", "power-supply"),
    ],
)
def test_the_known_unit_answers(city: Session, category: str, street: str, unit: str) -> None:
    assert _unit(city, category, _in(city, street=street)) == unit


def test_a_rule_that_has_ended_no_longer_holds(city: Session) -> None:
    location = _in(city, street="450202001")

    assert _unit(city, "E0301", location, on=date(2019, 3, 31)) == "chengzhong-enforcement"
    assert _unit(city, "E0301", location, on=date(2019, 4, 1)) == "ecology"
