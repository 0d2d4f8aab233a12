"""Due times: stage limits, the handling clock through pauses and rework, worked hours, lights."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from dispatch.cases.commands import act
from dispatch.cases.deadlines import Light, accept_due, calendar, handling_limit, light_of
from dispatch.cases.model import Case
from dispatch.cases.states import Stage, Verb
from dispatch.catalogue.model import CalendarDay, Severity, StageLimit, WorkCalendar
from dispatch.kit import reference
from dispatch.kit.worktime import Limit, Unit
from tests.factories.cases import add_case, report
from tests.factories.city import NOW, City, add_city

HOUR = timedelta(hours=1)


@pytest.fixture
def city(session: Session) -> City:
    return add_city(session)


class Walk:
    """A case and the deeds done to it, each at so many hours after NOW."""

    def __init__(self, session: Session, city: City, case: Case) -> None:
        self.session, self.city, self.case = session, city, case

    def do(self, verb: Verb, role: str, *, hours: float, **body: Any) -> Case:
        at = NOW + hours * HOUR
        return act(self.session, self.case.id, verb, by=self.city[role], at=at, body=body)

    def due_in(self) -> float:
        """Hours after NOW at which the case is due."""
        assert self.case.due_at is not None
        return (self.case.due_at - NOW) / HOUR


@pytest.fixture
def walk(session: Session, city: City) -> Walk:
    """A missing cover, dispatched at NOW: two urgent hours."""
    return Walk(session, city, add_case(session, city, Stage.DISPATCHED))


@pytest.fixture
def worked(session: Session, city: City) -> Walk:
    """A broken cover, dispatched at NOW (10:00): four work hours."""
    case = session.get_one(Case, report(session, description="井盖破了").case_id)
    walk = Walk(session, city, case)
    walk.do(Verb.ACCEPT, "agent", hours=0)
    walk.do(Verb.FILE, "shift_leader", hours=0)
    walk.do(Verb.DISPATCH, "dispatcher", hours=0, department="works")
    return walk


# --- stage limits --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stage", "minutes"),
    [
        (Stage.REPORTED, 15),
        (Stage.VERIFYING, 30),
        (Stage.ACCEPTED, 15),
        (Stage.FILED, 15),
        (Stage.DISPATCHED, None),
        (Stage.SUSPENDED, None),
        (Stage.HANDLED, 120),
        (Stage.CHECKED, 60),
        (Stage.CLOSED, None),
        (Stage.REJECTED, None),
    ],
)
def test_each_stage_has_its_own_limit(
    session: Session, city: City, stage: Stage, minutes: int | None
) -> None:
    case = add_case(session, city, stage)

    due = None if minutes is None else NOW + timedelta(minutes=minutes)
    assert case.stage_due_at == due


def test_limit_of_a_stage_depends_on_the_haste(session: Session, city: City) -> None:
    session.execute(
        update(StageLimit)
        .where(StageLimit.stage == "accept", StageLimit.severity == "urgent")
        .values(limit_value=5)
    )
    reference.forget_all()

    assert accept_due(session, Severity.URGENT, at=NOW) == NOW + timedelta(minutes=5)
    assert accept_due(session, Severity.NORMAL, at=NOW) == NOW + timedelta(minutes=15)
    assert accept_due(session, "unheard-of", at=NOW) is None


# --- the handling clock --------------------------------------------------------------------------


def test_suspension_pauses_and_what_was_left_goes_on(walk: Walk) -> None:
    walk.do(Verb.SUSPEND, "manager", hours=0.5, until="2026-12-01T18:00:00+08:00", reason="等料")
    walk.do(Verb.APPROVE_SUSPENSION, "dispatcher", hours=0.5)
    assert (walk.case.due_at, walk.case.remaining_s) == (None, 5400)

    walk.do(Verb.RESUME, "manager", hours=10)

    assert walk.due_in() == 11.5
    assert walk.case.warn_at == NOW + 10 * HOUR + timedelta(minutes=66)
    assert light_of(walk.case, at=NOW + 11 * HOUR) is Light.GREEN
    assert [reason for _, _, reason in walk.case.pauses] == ["suspension"]
    assert all(end for _, end, _ in walk.case.pauses)


def test_return_pauses_until_the_next_unit_has_it(walk: Walk) -> None:
    walk.do(Verb.RETURN, "manager", hours=1.5, reason="非我处")
    assert light_of(walk.case, at=NOW + 9 * HOUR) is Light.PAUSED

    walk.do(Verb.DISPATCH, "dispatcher", hours=9, department="cleaners")

    assert walk.due_in() == 9.5
    assert light_of(walk.case, at=NOW + 9.05 * HOUR) is Light.GREEN


def test_waiting_for_the_check_is_not_the_unit_s_time(walk: Walk) -> None:
    walk.do(Verb.REPORT_DONE, "handler", hours=1, result="已换")
    walk.do(Verb.CHECK, "inspector", hours=5, passed=False)

    assert walk.due_in() == 6
    assert walk.case.clock_stopped_at is None


def test_done_in_time_stays_green_however_late_it_is_closed(walk: Walk) -> None:
    walk.do(Verb.REPORT_DONE, "handler", hours=1.5, result="已换")

    assert light_of(walk.case, at=NOW + 100 * HOUR) is Light.GREEN
    walk.do(Verb.CHECK, "inspector", hours=50, passed=True)
    walk.do(Verb.CLOSE, "shift_leader", hours=60, outcome="fixed")
    assert light_of(walk.case, at=NOW + 100 * HOUR) is Light.DONE


def test_overdue_is_a_fact_that_no_pause_takes_back(walk: Walk) -> None:
    walk.do(Verb.RETURN, "manager", hours=3, reason="非我处")
    assert walk.due_in() == 2

    walk.do(Verb.DISPATCH, "dispatcher", hours=4, department="cleaners")

    assert walk.due_in() == 2
    assert light_of(walk.case, at=NOW + 4 * HOUR) is Light.RED


def test_extension_moves_the_due_time_and_warns_anew(walk: Walk) -> None:
    until = NOW + 12 * HOUR
    walk.do(Verb.EXTEND, "manager", hours=1, until=until.isoformat(), reason="需开挖")
    walk.do(Verb.APPROVE_EXTENSION, "dispatcher", hours=2 - 1 / 60)

    assert walk.due_in() == 12
    assert walk.case.warn_at is not None
    assert NOW + 9 * HOUR < walk.case.warn_at < until


def test_reopened_case_has_what_was_left_of_its_limit(walk: Walk) -> None:
    walk.do(Verb.REPORT_DONE, "handler", hours=0.5, result="已换")
    walk.do(Verb.CHECK, "inspector", hours=1, passed=True)
    walk.do(Verb.CLOSE, "shift_leader", hours=1, outcome="fixed")
    walk.do(Verb.REOPEN, "agent", hours=20, reason="又坏了")
    assert light_of(walk.case, at=NOW + 20 * HOUR) is Light.PAUSED

    walk.do(Verb.DISPATCH, "dispatcher", hours=21, department="works")

    assert walk.due_in() == 22.5


# --- worked hours --------------------------------------------------------------------------------


def test_worked_hours_leave_the_noon_break_out(worked: Walk) -> None:
    assert worked.due_in() == 6  # 10–12 and 14–16


def test_worked_hours_that_are_left_over_night_go_on_in_the_morning(worked: Walk) -> None:
    worked.do(Verb.SUSPEND, "manager", hours=1, until="2026-12-01T18:00:00+08:00", reason="等料")
    worked.do(Verb.APPROVE_SUSPENSION, "dispatcher", hours=1)
    assert worked.case.remaining_s == 3 * 3600

    worked.do(Verb.RESUME, "dispatcher", hours=7)  # 17:00: one hour today, two tomorrow

    assert worked.case.due_at == datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


def test_days_of_the_city_s_own_are_no_work_days(session: Session, city: City) -> None:
    session.add(WorkCalendar(code="city", name="x", hours=[["09:00", "12:00"]], weekdays=[0, 1, 2]))
    session.flush()
    session.add(CalendarDay(calendar_code="city", day=NOW.date(), working=False, reason="停工"))
    session.flush()
    reference.forget_all()

    days = calendar(session)
    case = session.get_one(Case, report(session, description="井盖破了").case_id)
    walk = Walk(session, city, case)
    walk.do(Verb.ACCEPT, "agent", hours=0)
    walk.do(Verb.FILE, "shift_leader", hours=0)
    walk.do(Verb.DISPATCH, "dispatcher", hours=0, department="works")

    assert days is calendar(session)
    # Tuesday 9–12 and Wednesday 9–10, for Monday is closed
    assert walk.case.due_at == datetime(2026, 11, 25, 2, 0, tzinfo=UTC)


def test_limit_of_the_haste_serves_where_the_condition_has_none(
    session: Session, city: City
) -> None:
    case = add_case(session, city, Stage.FILED)
    case.limit_value = case.limit_unit = None
    assert handling_limit(session, case) is None
    session.add(StageLimit(stage="handle", severity="urgent", limit_value=4, limit_unit="hour"))
    session.flush()
    reference.forget_all()

    assert handling_limit(session, case) == Limit(4, Unit.HOUR)


def test_case_without_any_limit_has_no_due_time_and_is_green(session: Session, city: City) -> None:
    case = add_case(session, city, Stage.FILED)
    case.limit_value = case.limit_unit = None

    body = {"department": "works"}
    act(session, case.id, Verb.DISPATCH, by=city["dispatcher"], at=NOW, body=body)

    assert case.due_at is None
    assert light_of(case, at=NOW + 1000 * HOUR) is Light.GREEN
