"""Who is responsible and why: owner of the part, nearest part, rules by how specific they are, default, desk."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete
from sqlalchemy.orm import Session

from dispatch.catalogue.model import CitySetting
from dispatch.catalogue.reference import catalogue
from dispatch.departments.model import Department
from dispatch.jurisdiction.reference import Location, locate
from dispatch.kit import reference
from dispatch.parts.model import Part
from dispatch.routing import queries
from dispatch.routing.model import RoutingRule
from dispatch.routing.queries import Decision, Method, Question, RuleFacts, decide, rules_for
from tests.factories.city import City, add_city, spot
from tests.factories.people import add_department

TODAY = date(2026, 11, 23)
SINCE = date(2016, 1, 1)
METRE = 1 / 101_450
PART = "4502040103000001"


@pytest.fixture
def city(session: Session) -> City:
    made = add_city(session)
    session.execute(delete(RoutingRule))
    reference.forget_all()
    return made


def add_rule(session: Session, unit: Department, **given: Any) -> int:
    rule = RoutingRule(department_id=unit.id, **{"valid_from": SINCE, **given})
    session.add(rule)
    session.flush()
    reference.forget_all()
    return rule.id


def add_part(
    session: Session, city: City, *, code: str = PART, east_m: float = 0, **given: Any
) -> Part:
    longitude, latitude = spot()
    part = Part(
        code=code,
        category_id=city.manhole.id,
        name="雨水井盖",
        geom=f"SRID=4490;POINT({longitude + east_m * METRE} {latitude})",
        **given,
    )
    session.add(part)
    session.flush()
    return part


def ask(session: Session, category: int | None, **given: Any) -> Decision:
    """Route a case in the middle of the city."""
    longitude, latitude = spot()
    place = {
        "longitude": longitude,
        "latitude": latitude,
        "location": locate(session, longitude, latitude),
    }
    known = catalogue(session).by_id.get(category or 0)
    return decide(session, Question(category=known, **{"on": TODAY, **place, **given}))


# --- parts ---------------------------------------------------------------------------------------


def test_owner_of_the_part_goes_before_every_rule_and_the_rules_are_its_rivals(
    session: Session, city: City
) -> None:
    rule = add_rule(session, city.works, category_id=city.manhole.id, reason="市政")
    add_part(session, city, owner_id=city.cleaners.id, east_m=5000)

    found = ask(session, city.manhole.id, part_code=PART)

    assert (found.department_id, found.method, found.part_code) == (
        city.cleaners.id,
        Method.PART,
        PART,
    )
    assert found.rule_id is None
    assert PART in found.reason
    assert [(each.department_id, each.rule_id, each.method) for each in found.rivals] == [
        (city.works.id, rule, Method.RULE)
    ]


def test_owner_decides_even_without_a_category(session: Session, city: City) -> None:
    add_part(session, city, owner_id=city.works.id)

    assert ask(session, None, part_code=PART).department_id == city.works.id


def test_maintainer_answers_for_a_part_without_an_owner(session: Session, city: City) -> None:
    add_part(session, city, maintainer_id=city.cleaners.id)

    assert ask(session, city.manhole.id, part_code=PART).department_id == city.cleaners.id


def test_nearest_part_of_the_class_goes_before_rules(session: Session, city: City) -> None:
    add_rule(session, city.works, category_id=city.manhole.id)
    add_part(session, city, code="far", owner_id=city.works.id, east_m=14)
    add_part(session, city, code="near", owner_id=city.cleaners.id, east_m=-9)

    found = ask(session, city.manhole.id)

    assert (found.department_id, found.method, found.part_code) == (
        city.cleaners.id,
        Method.NEAREST_PART,
        "near",
    )
    assert "9 米" in found.reason


def test_how_near_a_part_must_be_is_a_setting(session: Session, city: City) -> None:
    rule = add_rule(session, city.works, category_id=city.manhole.id)
    add_part(session, city, owner_id=city.cleaners.id, east_m=20)
    assert ask(session, city.manhole.id).rule_id == rule

    session.add(CitySetting(name="part_owner_distance_m", value=25))
    session.flush()
    reference.forget_all()

    assert ask(session, city.manhole.id).department_id == city.cleaners.id


@pytest.mark.parametrize("owner", ["nobody", "a unit that was closed"])
def test_part_that_belongs_to_nobody_leaves_it_to_the_rules(
    session: Session, city: City, owner: str
) -> None:
    rule = add_rule(session, city.works, category_id=city.manhole.id)
    city.cleaners.active = False
    session.flush()
    add_part(session, city, owner_id=None if owner == "nobody" else city.cleaners.id)
    reference.forget_all()

    assert ask(session, city.manhole.id, part_code=PART).rule_id == rule


def test_event_is_not_given_to_the_owner_of_what_stands_there(session: Session, city: City) -> None:
    rule = add_rule(session, city.works, category_id=city.litter.id)
    add_part(session, city, owner_id=city.cleaners.id)

    assert ask(session, city.litter.id).rule_id == rule


def test_unknown_part_code_leaves_it_to_the_rules(session: Session, city: City) -> None:
    rule = add_rule(session, city.works, category_id=city.manhole.id)

    found = ask(session, city.manhole.id, part_code="0000000000000000")

    assert (found.method, found.rule_id, found.part_code) == (Method.RULE, rule, None)


# --- rules ---------------------------------------------------------------------------------------


def test_narrower_subject_goes_before_narrower_area(session: Session, city: City) -> None:
    default = add_rule(session, city.works, area_kind="community", area_code="450204001001")
    assert ask(session, city.manhole.id).rule_id == default
    kind = add_rule(session, city.works, kind="part")
    assert ask(session, city.manhole.id).rule_id == kind
    group = add_rule(session, city.works, group="manhole")
    assert ask(session, city.manhole.id).rule_id == group
    category = add_rule(session, city.works, category_id=city.manhole.id)
    assert ask(session, city.manhole.id).rule_id == category


@pytest.mark.parametrize("turned_round", [False, True])
def test_narrower_area_goes_before_wider_ones(
    session: Session, city: City, turned_round: bool
) -> None:
    areas = [
        (None, None),
        ("city", "450200"),
        ("district", "450204"),
        ("virtual_district", "4502LD"),
        ("street", "450204001"),
        ("community", "450204001001"),
    ]
    location = locate(session, *spot())
    assert location is not None
    inside = Location(
        **{
            **{name: getattr(location, name) for name in Location.__slots__},
            "virtual_district_code": "4502LD",
        }
    )
    ids: dict[int, str | None] = {}
    for kind, code in reversed(areas) if turned_round else areas:
        number = add_rule(
            session, city.works, category_id=city.manhole.id, area_kind=kind, area_code=code
        )
        ids[number] = kind
    question = Question(catalogue(session).by_id[city.manhole.id], TODAY, location=inside)

    ranked = [ids[rule.id] for rule in rules_for(session, question)]

    assert ranked == ["community", "street", "virtual_district", "district", "city", None]


def test_rule_of_another_area_does_not_hold(session: Session, city: City) -> None:
    add_rule(
        session,
        city.works,
        category_id=city.manhole.id,
        area_kind="district",
        area_code="450203",
    )

    assert ask(session, city.manhole.id).method is Method.DESK


def test_without_a_place_only_rules_for_the_whole_city_hold(session: Session, city: City) -> None:
    add_rule(
        session, city.works, category_id=city.manhole.id, area_kind="street", area_code="450204001"
    )
    nowhere = {"longitude": None, "latitude": None, "location": None}
    assert ask(session, city.manhole.id, **nowhere).method is Method.DESK

    rule = add_rule(session, city.cleaners, category_id=city.manhole.id)

    assert ask(session, city.manhole.id, **nowhere).rule_id == rule


@pytest.mark.parametrize(
    ("on", "holds"),
    [
        (date(2026, 11, 22), False),
        (date(2026, 11, 23), True),
        (date(2026, 12, 31), True),
        (date(2027, 1, 1), False),
    ],
)
def test_rule_holds_from_its_first_day_to_the_day_before_its_last(
    session: Session, city: City, on: date, holds: bool
) -> None:
    add_rule(
        session,
        city.works,
        category_id=city.manhole.id,
        valid_from=TODAY,
        valid_to=date(2027, 1, 1),
    )

    assert (ask(session, city.manhole.id, on=on).method is Method.RULE) == holds


def test_younger_of_two_rules_alike_goes_first_then_the_lower_id(
    session: Session, city: City
) -> None:
    old = add_rule(session, city.cleaners, category_id=city.manhole.id)
    add_rule(session, city.cleaners, category_id=city.manhole.id)
    assert ask(session, city.manhole.id).rule_id == old

    young = add_rule(session, city.works, category_id=city.manhole.id, valid_from=TODAY)

    assert ask(session, city.manhole.id).rule_id == young


def test_rule_that_names_the_category_and_its_group_holds_too(session: Session, city: City) -> None:
    rule = add_rule(session, city.works, category_id=city.manhole.id, group="manhole", kind="part")
    add_rule(session, city.cleaners, category_id=city.manhole.id, group="lamp")

    assert ask(session, city.manhole.id).rule_id == rule


def test_unit_that_was_closed_is_passed_over(session: Session, city: City) -> None:
    add_rule(session, city.works, category_id=city.manhole.id)
    next_best = add_rule(session, city.cleaners, group="manhole")
    city.works.active = False
    session.flush()
    reference.forget_all()

    found = ask(session, city.manhole.id)

    assert (found.rule_id, found.rivals) == (next_best, ())


def test_rule_without_category_or_group_is_the_default(session: Session, city: City) -> None:
    rule = add_rule(session, city.works, kind="event", reason="缺省")

    found = ask(session, city.litter.id)

    assert (found.method, found.rule_id) == (Method.DEFAULT, rule)
    assert found.reason == f"规则 {rule}(全市·事件):缺省"


def test_nobody_is_found_and_the_reason_is_said(session: Session, city: City) -> None:
    without_rule = ask(session, city.manhole.id)
    without_category = ask(session, None)

    assert (without_rule.department_id, without_rule.method) == (None, Method.DESK)
    assert without_rule.reason == "没有适用于“雨水井盖”的规则,由派遣员判断"
    assert without_category.reason == "没有类别,由派遣员判断"


def test_rivals_are_the_next_units_each_once_and_at_most_four(session: Session, city: City) -> None:
    units = [add_department(session, f"unit-{n}", name=f"单位{n}") for n in range(6)]
    add_rule(session, units[0], category_id=city.manhole.id, valid_from=TODAY)
    add_rule(session, units[0], category_id=city.manhole.id)
    for unit in units[1:]:
        add_rule(session, unit, group="manhole")
        add_rule(session, unit, kind="part")

    found = ask(session, city.manhole.id)

    assert found.department_id == units[0].id
    assert [each.department for each in found.rivals] == ["单位1", "单位2", "单位3", "单位4"]
    assert all(each.reason.startswith("规则 ") for each in found.rivals)


def test_words_of_a_rule_tell_subject_area_and_reason(session: Session, city: City) -> None:
    rule = add_rule(
        session,
        city.works,
        category_id=city.manhole.id,
        area_kind="district",
        area_code="450204",
        reason="主干道雨污井",
    )

    assert ask(session, city.manhole.id).reason == f"规则 {rule}(柳南区·雨水井盖):主干道雨污井"


# --- the order, for any rules --------------------------------------------------------------------

AREAS = st.sampled_from(
    [
        (None, None),
        ("city", "450200"),
        ("district", "450204"),
        ("district", "450203"),
        ("virtual_district", "4502LD"),
        ("street", "450204001"),
        ("community", "450204001001"),
    ]
)


@st.composite
def any_rules(draw: st.DrawFn) -> list[dict[str, Any]]:
    rows = draw(
        st.lists(
            st.tuples(
                st.booleans(),
                st.sampled_from([None, "manhole", "lamp"]),
                st.sampled_from([None, "part", "event"]),
                AREAS,
                st.integers(-400, 30),
                st.none() | st.integers(-30, 30),
                st.integers(0, 2),
            ),
            max_size=12,
        )
    )
    return [
        {
            "id": number,
            "own": own,
            "group": group,
            "kind": kind,
            "area": area,
            "since": since,
            "until": until,
            "unit": unit,
        }
        for number, (own, group, kind, area, since, until, unit) in enumerate(rows, 1)
    ]


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(rows=any_rules(), random=st.randoms(use_true_random=False))
def test_best_rule_does_not_depend_on_the_order_of_the_rows(
    session: Session, city: City, rows: list[dict[str, Any]], random: Any
) -> None:
    units = [city.works.id, city.cleaners.id, -1]  # the last is unknown
    facts = [
        RuleFacts(
            id=row["id"],
            category_id=city.manhole.id if row["own"] else None,
            group=row["group"],
            kind=row["kind"],
            area_kind=row["area"][0],
            area_code=row["area"][1],
            department_id=units[row["unit"]],
            valid_from=TODAY + timedelta(days=row["since"]),
            valid_to=None if row["until"] is None else TODAY + timedelta(days=row["until"]),
            reason="",
        )
        for row in rows
    ]
    shuffled = list(facts)
    random.shuffle(shuffled)

    ranked, again = (_ranked(session, city, each) for each in (facts, shuffled))

    assert again == ranked
    expected = [rule for rule in facts if _fits(rule)]
    assert {rule.id for rule in ranked} == {rule.id for rule in expected if rule.department_id > 0}
    assert ranked == sorted(ranked, key=_documented_order)


def _ranked(session: Session, city: City, facts: Sequence[RuleFacts]) -> list[RuleFacts]:
    held: dict[Any, list[RuleFacts]] = {}
    for rule in facts:
        held.setdefault((rule.category_id, rule.group, rule.kind), []).append(rule)
    reference.forget_all()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(queries._rules, "_load", lambda _session: held)
        question = Question(
            catalogue(session).by_id[city.manhole.id], TODAY, location=locate(session, *spot())
        )
        found = rules_for(session, question)
    reference.forget_all()
    return found


def _fits(rule: RuleFacts) -> bool:
    """Whether the rule speaks of a manhole of the middle of the city today, read off the model's words."""
    subject = rule.group in (None, "manhole") and rule.kind in (None, "part")
    place = (rule.area_kind, rule.area_code) in {
        (None, None),
        ("city", "450200"),
        ("district", "450204"),
        ("street", "450204001"),
        ("community", "450204001001"),
    }
    begun = rule.valid_from <= TODAY
    return subject and place and begun and (rule.valid_to is None or rule.valid_to > TODAY)


def _documented_order(rule: RuleFacts) -> tuple[Any, ...]:
    subject = next(
        rank
        for rank, value in enumerate((rule.category_id, rule.group, rule.kind, "all"))
        if value is not None
    )
    areas = ("community", "street", "virtual_district", "district", "city", None)
    return subject, areas.index(rule.area_kind), -rule.valid_from.toordinal(), rule.id
