"""Clocks of cases: by whose calendar, by which rule, and put right when facts or calendars change."""

from datetime import UTC, date, datetime, timedelta
from itertools import cycle
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.cases.commands import act, mark_due
from dispatch.cases.commands.clocks import recount_open
from dispatch.cases.deadlines import Light, light_of
from dispatch.cases.model import Case, CaseHistory
from dispatch.cases.queries.due import Source, why_due
from dispatch.cases.states import Stage, Verb
from dispatch.catalogue.model import (
    AreaClass,
    CitySetting,
    ClassedArea,
    Condition,
    LimitRule,
    StageLimit,
    WorkCalendar,
)
from dispatch.kit import reference
from dispatch.kit.errors import InvalidInput
from dispatch.kit.outbox import OutboxRow
from tests.factories.cases import add_case, report
from tests.factories.city import NOW, City, add_city, spot

HOUR = timedelta(hours=1)
#: Apart from one another, so that none is taken for the same thing.
PLACES = cycle(spot(column, row) for column in range(5) for row in range(5))
DAILY = [["00:00", "12:00"], ["12:30", "23:59"]]


@pytest.fixture
def city(session: Session) -> City:
    return add_city(session)


def add(session: Session, *rows: object) -> None:
    session.add_all(rows)
    session.flush()
    reference.forget_all()


def do(session: Session, city: City, case: Case, verb: Verb, role: str, **given: Any) -> Case:
    at = NOW + given.pop("hours", 0.0) * HOUR
    return act(session, case.id, verb, by=city[role], at=at, body=given)


def broken_cover(session: Session, city: City, unit: str = "works") -> Case:
    """Four work hours from Monday 10:00: due at 16:00 by the city's hours."""
    longitude, latitude = next(PLACES)
    given: dict[str, Any] = {
        "description": "井盖破了",
        "longitude": longitude,
        "latitude": latitude,
    }
    case = session.get_one(Case, report(session, **given).case_id)
    do(session, city, case, Verb.ACCEPT, "agent")
    do(session, city, case, Verb.FILE, "shift_leader", condition=city.broken.id)
    return do(session, city, case, Verb.DISPATCH, "dispatcher", department=unit)


def at_stage(session: Session, city: City, stage: Stage) -> Case:
    longitude, latitude = next(PLACES)
    return add_case(session, city, stage, longitude=longitude, latitude=latitude)


def due_in(case: Case) -> float:
    assert case.due_at is not None
    return (case.due_at - NOW) / HOUR


def last_row(session: Session, case: Case) -> CaseHistory:
    rows = select(CaseHistory).where(CaseHistory.case_id == case.id)
    return session.scalars(rows.order_by(CaseHistory.version.desc()).limit(1)).one()


# --- whose calendar ------------------------------------------------------------------------------


def own_calendar(city: City, **given: Any) -> WorkCalendar:
    fields = {"hours": [["10:00", "12:00"]], "weekdays": list(range(7)), "keeps_holidays": False}
    return WorkCalendar(code="own", name="轮班", department_id=city.works.id, **{**fields, **given})


def test_time_of_a_unit_is_counted_by_its_own_calendar(session: Session, city: City) -> None:
    add(session, own_calendar(city))

    case = broken_cover(session, city)

    # Monday and Tuesday 10–12, whatever the city works
    assert case.due_at == datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


def test_next_unit_counts_what_was_left_by_its_own_hours(session: Session, city: City) -> None:
    add(session, own_calendar(city))
    case = broken_cover(session, city)

    do(session, city, case, Verb.RETURN, "manager", hours=1, reason="非我处")
    assert case.remaining_s == 3 * 3600
    do(session, city, case, Verb.DISPATCH, "dispatcher", hours=4, department="cleaners")

    assert due_in(case) == 7  # 14–17 by the city's hours
    why = why_due(session, case)
    assert [each.calendar.code for each in why.stretches] == ["own", "city"]
    assert [each.counted for each in why.stretches] == [HOUR, 3 * HOUR]
    assert why.agrees


def test_unit_below_works_by_the_calendar_of_the_unit_above(session: Session, city: City) -> None:
    city.cleaners.parent_id = city.works.id
    add(session, own_calendar(city))

    case = broken_cover(session, city, "cleaners")

    assert case.due_at == datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


# --- limits by rule ------------------------------------------------------------------------------


def rule(city: City, value: int, **given: Any) -> LimitRule:
    fields = {
        "category_id": city.manhole.id,
        "limit_unit": "work_hour",
        "valid_from": date(2026, 1, 1),
        "explanation": f"{value} 工作时",
    }
    return LimitRule(limit_value=value, **{**fields, **given})


@pytest.mark.parametrize(
    ("others", "hours"),
    [
        ([], 1),
        ([{"limit_value": 2, "severity": "normal"}], 2),
        ([{"limit_value": 2, "severity": "normal"}, {"limit_value": 3, "area_class": "1"}], 3),
        ([{"limit_value": 3, "area_class": "1"}, {"limit_value": 5, "department_id": "works"}], 5),
        (
            [
                {"limit_value": 5, "department_id": "works", "area_class": "1"},
                {"limit_value": 6, "condition_id": "broken"},
            ],
            6,
        ),
        ([{"limit_value": 7, "department_id": "cleaners"}], 1),
        ([{"limit_value": 7, "area_class": "2"}], 1),
        ([{"limit_value": 7, "severity": "urgent"}], 1),
        ([{"limit_value": 7, "severity": "normal", "valid_from": date(2026, 11, 24)}], 1),
        ([{"limit_value": 7, "severity": "normal", "valid_to": date(2026, 11, 23)}], 1),
        ([{"limit_value": 2, "valid_from": date(2026, 6, 1)}], 2),
    ],
)
def test_most_specific_rule_that_holds_gives_the_limit(
    session: Session, city: City, others: list[dict[str, Any]], hours: int
) -> None:
    add(session, AreaClass(code="1", name="一类"), AreaClass(code="2", name="二类"))
    add(session, ClassedArea(area_kind="district", area_code="450204", class_code="2"))
    add(session, ClassedArea(area_kind="street", area_code="450204001", class_code="1"))
    named = {"works": city.works.id, "cleaners": city.cleaners.id, "broken": city.broken.id}
    rows = [
        {
            key: named.get(value, value) if key.endswith("_id") else value
            for key, value in each.items()
        }
        for each in others
    ]
    add(session, rule(city, 1), *(rule(city, each.pop("limit_value"), **each) for each in rows))

    case = broken_cover(session, city)

    assert (case.limit_value, case.limit_unit) == (hours, "work_hour")
    why = why_due(session, case)
    assert why.source is Source.RULE
    assert [each.rule.limit_value for each in why.weighed if each.chosen] == [hours]
    assert all(each.why_not for each in why.weighed if not each.chosen)


def test_edited_rule_is_for_clocks_that_start_later(session: Session, city: City) -> None:
    row = rule(city, 2)
    add(session, row)
    case = broken_cover(session, city)
    row.limit_value = 8
    add(session)

    recount_open(session, note="再算", at=NOW + HOUR)

    assert due_in(case) == 2
    assert due_in(broken_cover(session, city)) == 24


def test_unit_with_a_rule_of_its_own_has_the_time_that_the_clock_has_left(
    session: Session, city: City
) -> None:
    add(session, rule(city, 6, department_id=city.cleaners.id))
    case = broken_cover(session, city)
    do(session, city, case, Verb.RETURN, "manager", hours=1, reason="非我处")

    do(session, city, case, Verb.DISPATCH, "dispatcher", hours=4, department="cleaners")

    # one hour of six is used: 14–18 and one hour of the next morning
    assert case.due_at == datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
    assert last_row(session, case).changes["limit"] == ["4 work_hour", "6 work_hour"]


# --- put right -----------------------------------------------------------------------------------


def test_corrected_condition_moves_the_due_time_and_says_so(session: Session, city: City) -> None:
    case = at_stage(session, city, Stage.DISPATCHED)
    assert due_in(case) == 2

    do(session, city, case, Verb.CORRECT, "dispatcher", hours=1, condition=city.broken.id)

    assert due_in(case) == 6
    changes = last_row(session, case).changes
    assert changes["limit"] == ["2 hour", "4 work_hour"]
    assert [datetime.fromisoformat(each) for each in changes["due_at"]] == [
        NOW + 2 * HOUR,
        NOW + 6 * HOUR,
    ]


def test_correction_takes_an_overdue_back_that_was_none(session: Session, city: City) -> None:
    case = at_stage(session, city, Stage.DISPATCHED)
    mark_due(session, at=NOW + 3 * HOUR)
    marked = case.overdue_at
    assert marked == NOW + 3 * HOUR

    do(session, city, case, Verb.CORRECT, "dispatcher", hours=3, condition=city.broken.id)

    times = (case.overdue_at, case.warned_at)
    assert times == (None, None)
    assert light_of(case, at=NOW + 3 * HOUR) is Light.GREEN


def test_correction_that_leaves_the_limit_alone_moves_nothing(session: Session, city: City) -> None:
    case = at_stage(session, city, Stage.DISPATCHED)
    session.get_one(Condition, city.missing.id).limit_value = 9
    add(session)

    do(session, city, case, Verb.CORRECT, "dispatcher", hours=1, part_code="4502040101000001")

    assert due_in(case) == 2


def test_correction_of_a_paused_case_changes_what_is_left(session: Session, city: City) -> None:
    case = at_stage(session, city, Stage.SUSPENDED)
    assert case.remaining_s == 2 * 3600

    do(session, city, case, Verb.CORRECT, "dispatcher", hours=9, condition=city.broken.id)

    assert (case.due_at, case.remaining_s) == (None, 4 * 3600)


def test_new_calendar_moves_open_cases_and_tells_only_those_that_moved(
    session: Session, city: City
) -> None:
    worked, urgent = broken_cover(session, city), at_stage(session, city, Stage.DISPATCHED)
    versions = worked.version, urgent.version
    add(
        session, WorkCalendar(code="city", name="全市", hours=[["08:00", "12:00"]], weekdays=[0, 1])
    )

    first = recount_open(session, note="工作日历第 2 版", at=NOW + HOUR)
    again = recount_open(session, note="工作日历第 2 版", at=NOW + HOUR)

    assert (first.moved, again.moved) == (1, 0)
    # 10–12 on Monday, 8–10 on Tuesday
    assert worked.due_at == datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
    row = last_row(session, worked)
    assert (row.verb, row.actor, row.note) == ("correct", "平台", "工作日历第 2 版")
    assert (worked.version, urgent.version) == (versions[0] + 1, versions[1])
    told = session.scalars(select(OutboxRow.name).order_by(OutboxRow.id.desc()).limit(1)).one()
    assert told == "case.corrected"
    assert why_due(session, worked).agrees


def test_nothing_moves_when_nothing_has_changed(session: Session, city: City) -> None:
    for stage in (Stage.DISPATCHED, Stage.SUSPENDED, Stage.HANDLED, Stage.CHECKED):
        at_stage(session, city, stage)
    case = broken_cover(session, city)
    until = (NOW + 30 * HOUR).isoformat()
    do(session, city, case, Verb.EXTEND, "manager", hours=1, until=until, reason="开挖")
    do(session, city, case, Verb.APPROVE_EXTENSION, "dispatcher", hours=2)
    do(session, city, case, Verb.REPORT_DONE, "manager", hours=3, result="已修")
    do(session, city, case, Verb.CHECK, "inspector", hours=5, passed=False)

    assert recount_open(session, note="再算", at=NOW + 6 * HOUR).moved == 0
    assert why_due(session, case).agrees


def test_count_goes_on_where_the_last_lot_ended(session: Session, city: City) -> None:
    cases = [broken_cover(session, city) for _ in range(3)]
    add(session, WorkCalendar(code="city", name="全市", hours=DAILY, weekdays=[0]))

    lot = recount_open(session, note="x", at=NOW, limit=2)
    rest = recount_open(session, note="x", at=NOW, after=lot.last_id or 0, limit=2)

    assert (lot.moved, rest.moved, rest.last_id) == (2, 1, None)
    assert len({case.due_at for case in cases}) == 1


# --- stages --------------------------------------------------------------------------------------


def stage_events(session: Session, case: Case) -> list[str]:
    rows = session.execute(select(OutboxRow.name, OutboxRow.payload).order_by(OutboxRow.id))
    names = ("case.stage_warned", "case.stage_overdue", "case.unacknowledged")
    return [name for name, said in rows if name in names and said["case_id"] == case.id]


def test_stage_turns_yellow_once_and_then_overdue(session: Session, city: City) -> None:
    case = at_stage(session, city, Stage.REPORTED)

    for minutes in (11, 12, 13, 15, 16):
        mark_due(session, at=NOW + timedelta(minutes=minutes))

    assert stage_events(session, case) == ["case.stage_warned", "case.stage_overdue"]
    assert case.stage_warned_at == NOW + timedelta(minutes=12)


def test_worked_stage_turns_yellow_by_its_working_time(session: Session, city: City) -> None:
    add(
        session,
        StageLimit(stage="acknowledge", severity="normal", limit_value=5, limit_unit="work_hour"),
    )
    case = broken_cover(session, city)
    assert case.stage_due_at == NOW + 7 * HOUR  # 10–12 and 14–17

    mark_due(session, at=NOW + 5.9 * HOUR)
    assert stage_events(session, case) == []
    mark_due(session, at=NOW + 6 * HOUR)
    mark_due(session, at=NOW + 7 * HOUR)

    assert stage_events(session, case) == ["case.stage_warned", "case.unacknowledged"]


def test_acknowledging_ends_the_limit_for_it(session: Session, city: City) -> None:
    add(
        session,
        StageLimit(stage="acknowledge", severity="urgent", limit_value=30, limit_unit="minute"),
    )
    case = at_stage(session, city, Stage.DISPATCHED)
    assert case.stage_due_at == NOW + HOUR / 2

    do(session, city, case, Verb.ACKNOWLEDGE, "manager", hours=0.25)
    mark_due(session, at=NOW + HOUR)

    assert stage_events(session, case) == []
    assert [each for each in (case.stage_due_at,) if each] == []


def test_extension_is_bounded_by_the_limit_itself(session: Session, city: City) -> None:
    add(session, CitySetting(name="max_extension_share", value=1))
    case = at_stage(session, city, Stage.DISPATCHED)

    late = (NOW + 5 * HOUR).isoformat()
    with pytest.raises(InvalidInput, match="until"):
        do(session, city, case, Verb.EXTEND, "manager", until=late, reason="开挖")
    until = (NOW + 4 * HOUR).isoformat()
    do(session, city, case, Verb.EXTEND, "manager", until=until, reason="开挖")
