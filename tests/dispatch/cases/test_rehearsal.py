"""The dry run of limits and calendars: it says beforehand what putting into effect then does, case by case."""

from datetime import date, datetime, timedelta
from itertools import cycle
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.cases import rehearsal
from dispatch.cases.commands import act
from dispatch.cases.commands.clocks import recount_open, refit_open, restage_open
from dispatch.cases.model import Case, CaseHistory
from dispatch.cases.queries.due import why_due
from dispatch.cases.rehearsal import Rehearsal, try_calendars, try_rule, try_stage_limit
from dispatch.cases.states import Stage, Verb
from dispatch.catalogue.calendar import CalendarDraft, calendars_with
from dispatch.catalogue.limits import rule_by_id
from dispatch.catalogue.model import CalendarDay, LimitRule, StageLimit, WorkCalendar
from dispatch.kit import reference
from dispatch.kit.worktime import Limit, Unit
from tests.factories.cases import add_case
from tests.factories.city import NOW, City, add_city, spot

HOUR = timedelta(hours=1)
PLACES = cycle(spot(column, row) for column in range(5) for row in range(5))


@pytest.fixture
def city(session: Session) -> City:
    return add_city(session)


def add(session: Session, *rows: object) -> None:
    session.add_all(rows)
    session.flush()
    reference.forget_all()


def a_case(session: Session, city: City, stage: Stage, **given: Any) -> Case:
    """A missing cover: two hours from Monday 10:00."""
    longitude, latitude = next(PLACES)
    return add_case(session, city, stage, longitude=longitude, latitude=latitude, **given)


def a_worked_case(session: Session, city: City) -> Case:
    """A broken one: four work hours from Monday 10:00, due at 16:00."""
    case = a_case(session, city, Stage.DISPATCHED)
    body = {"condition": city.broken.id}
    return act(session, case.id, Verb.CORRECT, by=city["dispatcher"], at=NOW, body=body)


def told(run: Rehearsal) -> dict[str, tuple[datetime | None, datetime | None]]:
    return {each.public_id: (each.before, each.after) for each in run.shifts}


def last_row(session: Session, case: Case) -> CaseHistory:
    rows = select(CaseHistory).where(CaseHistory.case_id == case.id)
    return session.scalars(rows.order_by(CaseHistory.version.desc()).limit(1)).one()


def a_rule(city: City, **given: Any) -> LimitRule:
    fields = {
        "category_id": city.manhole.id,
        "limit_value": 1,
        "limit_unit": "hour",
        "valid_from": date(2026, 11, 23),
        "explanation": "会议纪要",
        "for_open": True,
    }
    return LimitRule(**{**fields, **given})


def test_rule_says_what_would_move_and_then_moves_it_in_lots_with_history(
    session: Session, city: City
) -> None:
    cases = [a_case(session, city, Stage.DISPATCHED) for _ in range(3)]
    paused = a_case(session, city, Stage.SUSPENDED)
    row = a_rule(city)
    add(session, row)
    draft = rule_by_id(session, row.id)
    session.delete(row)
    session.flush()
    reference.forget_all()

    run = try_rule(session, draft, replaces=None, at=NOW + 1.5 * HOUR)

    assert (run.among, run.looked_at, run.is_estimate) == (4, 4, False)
    assert (run.moved, run.earlier, run.later) == (4, 4, 0)
    assert (run.turn_red, run.turn_green) == (3, 0)
    assert (run.usual, run.longest) == (HOUR, HOUR)
    foretold = told(run)
    assert foretold[cases[0].public_id] == (NOW + 2 * HOUR, NOW + HOUR)
    versions = {case.id: case.version for case in cases}

    add(session, a_rule(city))
    note, at = "时限规则调整:试行", NOW + 1.5 * HOUR
    lot = refit_open(session, [city.manhole.id], note=note, at=at, limit=2)
    rest = refit_open(session, [city.manhole.id], note=note, at=at, after=lot.last_id or 0)
    again = refit_open(session, [city.manhole.id], note=note, at=at)

    assert (lot.moved, rest.moved, again.moved) == (2, 2, 0)
    assert {case.public_id: case.due_at for case in cases} == {
        case.public_id: foretold[case.public_id][1] for case in cases
    }
    assert paused.remaining_s == 3600
    assert all(case.version == versions[case.id] + 1 for case in cases)
    story = last_row(session, cases[0])
    assert (story.verb, story.note) == ("correct", note)
    assert story.changes["limit"] == ["2 hour", "1 hour"]
    assert why_due(session, cases[0]).agrees
    assert [each.chosen for each in why_due(session, cases[0]).weighed] == [True]
    # a later correction of the case keeps the limit that it was given
    act(session, cases[0].id, Verb.CORRECT, by=city["dispatcher"], at=at, body={"hazard": False})
    assert cases[0].due_at == NOW + HOUR


def test_rule_taken_away_would_give_the_condition_its_limit_back(
    session: Session, city: City
) -> None:
    row = a_rule(city, valid_from=date(2026, 1, 1), for_open=False)
    add(session, row)
    case = a_case(session, city, Stage.DISPATCHED)
    late = NOW + 1.5 * HOUR

    run = try_rule(session, None, replaces=rule_by_id(session, row.id), at=late)

    assert told(run) == {case.public_id: (NOW + HOUR, NOW + 2 * HOUR)}
    assert (run.turn_red, run.turn_green) == (0, 1)


def test_of_very_many_cases_some_are_counted_and_the_rest_estimated(
    session: Session, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(6):
        a_case(session, city, Stage.DISPATCHED)
    row = a_rule(city)
    add(session, row)
    draft = rule_by_id(session, row.id)
    monkeypatch.setattr(rehearsal, "MOST_COUNTED", 3)

    run = try_rule(session, draft, replaces=draft, at=NOW)

    assert run.is_estimate
    assert (run.among, run.looked_at, run.moved) == (6, 3, 6)


def test_calendar_says_what_would_move_and_then_moves_it(session: Session, city: City) -> None:
    city_calendar = WorkCalendar(
        code="city", name="全市", hours=[["08:00", "12:00"], ["14:00", "18:00"]], weekdays=[0, 1, 2]
    )
    add(session, city_calendar)
    worked, running = a_worked_case(session, city), a_case(session, city, Stage.DISPATCHED)
    draft = CalendarDraft("city", days={date(2026, 11, 23): False})

    run = try_calendars(session, calendars_with(session, draft), at=NOW + HOUR)

    assert run.among == 1  # what runs on continuously is not asked
    ((before, after),) = told(run).values()
    assert before == NOW + 6 * HOUR
    add(
        session,
        CalendarDay(calendar_code="city", day=date(2026, 11, 23), working=False, reason="停电"),
    )
    recount_open(session, note="x", at=NOW + HOUR)
    assert (worked.due_at, running.due_at) == (after, NOW + 2 * HOUR)


def test_calendar_of_a_unit_concerns_its_own_cases(session: Session, city: City) -> None:
    a_worked_case(session, city)
    hours = [["10:00", "12:00"]]
    for unit, moved in ((city.works.id, 1), (city.cleaners.id, 0)):
        draft = CalendarDraft("own", "轮班", hours, list(range(7)), False, unit)
        assert try_calendars(session, calendars_with(session, draft), at=NOW).moved == moved


STAGES = [
    (Stage.REPORTED, "accept"),
    (Stage.VERIFYING, "verify"),
    (Stage.ACCEPTED, "file"),
    (Stage.FILED, "dispatch"),
    (Stage.DISPATCHED, "acknowledge"),
    (Stage.HANDLED, "check"),
    (Stage.CHECKED, "close"),
]


@pytest.mark.parametrize(("stage", "name"), STAGES)
def test_limit_of_each_stage_says_what_would_move_and_then_moves_it(
    session: Session, city: City, stage: Stage, name: str
) -> None:
    case = a_case(session, city, stage)
    limit = Limit(7, Unit.HOUR)

    run = try_stage_limit(session, name, case.severity, limit, at=NOW)

    assert [after for _, after in told(run).values()] == [NOW + 7 * HOUR]
    row = session.get(StageLimit, (name, case.severity))
    row = row or StageLimit(stage=name, severity=case.severity)
    row.limit_value, row.limit_unit = 7, "hour"
    add(session, row)
    assert restage_open(session, stage, case.severity, note="x", at=NOW).moved == 1
    assert restage_open(session, stage, case.severity, note="x", at=NOW).moved == 0
    assert case.stage_due_at == NOW + 7 * HOUR
    _, said = last_row(session, case).changes["stage_due_at"]
    assert datetime.fromisoformat(said) == case.stage_due_at
