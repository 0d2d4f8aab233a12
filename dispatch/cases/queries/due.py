"""Why a case is due when it is: the limit and what gave it, every stretch that was counted, by whose calendar."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.cases.deadlines import (
    MAKE_SAFE,
    STAGE_LIMITS,
    handling_limit,
    make_safe_due,
    stage_calendar,
    stage_limit,
    subject_of,
)
from dispatch.cases.model import Case, CaseHistory
from dispatch.cases.queries.clocks import Kept, grants_of, holder_at, holders_of, reckoned
from dispatch.cases.reckoning import Grant, Pause, Reckoning, Run, pauses_in
from dispatch.cases.states import Stage
from dispatch.catalogue.calendar import NamedCalendar, calendar_at, calendar_for
from dispatch.catalogue.limits import LimitRuleFacts, Weighed, rule_by_id, weighed_rules
from dispatch.catalogue.model import CalendarDay
from dispatch.kit.clock import CITY_ZONE, city_date
from dispatch.kit.worktime import Calendar, Limit, Unit, elapsed, length

#: Rows of a count at most; a limit of years is told in short.
MOST_DAYS: Final = 120
#: A due time that is counted anew may differ by this much from the one that is kept.
SAME: Final = timedelta(seconds=1)


class Source(StrEnum):
    """What gave a limit."""

    RULE = "rule"
    CONDITION = "condition"
    HASTE = "haste"
    NONE = "none"


class Off(StrEnum):
    """Why a day counts other than its weekday would have it, or does not count."""

    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    MADE_UP = "made_up"
    OWN_OFF = "own_off"
    OWN_WORK = "own_work"


@dataclass(frozen=True)
class DayCount:
    """What counted on a day: between which hours, how much, how much up to its end, and why not as usual."""

    day: date
    hours: tuple[tuple[datetime, datetime], ...]
    counted: timedelta
    total: timedelta
    off: Off | None
    name: str


@dataclass(frozen=True)
class Stretch:
    """A run of the clock as it was counted. `end` is where the run or the limit ended."""

    start: datetime
    end: datetime
    runs_on: bool
    department_id: int | None
    calendar: NamedCalendar
    counted: timedelta
    days: tuple[DayCount, ...]


@dataclass(frozen=True)
class Correction:
    """A change of the due time by somebody's hand or by another calendar."""

    at: datetime
    actor: str
    note: str | None
    before: str | None
    after: str | None


@dataclass(frozen=True)
class StageWhy:
    """The present stage's own limit."""

    name: str
    limit: Limit | None
    since: datetime
    due_at: datetime | None
    calendar: NamedCalendar


@dataclass(frozen=True)
class SafeWhy:
    """By when a hazard must be made safe, and when it was."""

    limit: Limit
    due_at: datetime
    made_safe_at: datetime | None


@dataclass(frozen=True)
class Why:
    """The whole reckoning of a case's due time.

    `agrees`: counting anew gives the due time that is kept; if not, it is being put right.
    """

    limit: Limit | None
    source: Source
    rule: LimitRuleFacts | None
    weighed: tuple[Weighed, ...]
    started_at: datetime | None
    stopped_at: datetime | None
    due_at: datetime | None
    warn_at: datetime | None
    stretches: tuple[Stretch, ...]
    pauses: tuple[Pause, ...]
    grants: tuple[Grant, ...]
    corrections: tuple[Correction, ...]
    whole: timedelta | None
    used: timedelta
    left: timedelta | None
    is_paused: bool
    agrees: bool
    exempt: bool
    stage: StageWhy | None
    make_safe: SafeWhy | None


def why_due(session: Session, case: Case) -> Why:
    """How the due times of a case came about, for whoever disputes them."""
    limit = handling_limit(session, case)
    kept = Kept(holders_of(session, [case.id]), grants_of(session, [case.id]))
    by_whom = _Calendars(session, case, kept)
    found = reckoned(session, case, kept, calendar_at=by_whom.days_at)
    stretches = () if found is None or limit is None else by_whom.stretches(found, limit)
    on = city_date(case.clock_started_at or case.created_at)
    until = city_date(case.clock_stopped_at or case.updated_at)
    return Why(
        limit=limit,
        source=_source(case, limit),
        rule=rule_by_id(session, case.limit_rule_id) if case.limit_rule_id else None,
        weighed=tuple(weighed_rules(session, subject_of(session, case), on=on, until=until)),
        started_at=case.clock_started_at,
        stopped_at=case.clock_stopped_at,
        due_at=case.due_at,
        warn_at=case.warn_at,
        stretches=stretches,
        pauses=pauses_in(case.pauses),
        grants=tuple(kept.grants.get(case.id, ())),
        corrections=_corrections(session, case),
        whole=None if limit is None else length(limit, by_whom.days_at(case.stage_since)),
        used=sum((each.counted for each in stretches), timedelta()),
        left=None if found is None or found.left is None else timedelta(seconds=found.left),
        is_paused=case.remaining_s is not None and case.clock_stopped_at is None,
        agrees=_agrees(case, found),
        exempt=case.exempt,
        stage=_stage(session, case),
        make_safe=_make_safe(session, case),
    )


def _source(case: Case, limit: Limit | None) -> Source:
    if limit is None:
        return Source.NONE
    if case.limit_value is None:
        return Source.HASTE
    return Source.RULE if case.limit_rule_id is not None else Source.CONDITION


def _agrees(case: Case, found: Reckoning | None) -> bool:
    if found is None:
        return case.due_at is None
    if case.due_at is None:
        return case.remaining_s is not None and abs((found.left or 0.0) - case.remaining_s) < 1
    return abs(found.due - case.due_at) < SAME


class _Calendars:
    """The calendars that a case was counted by; of a clock that has stopped, as they were then."""

    def __init__(self, session: Session, case: Case, kept: Kept) -> None:
        self._session, self._case = session, case
        self._holders = kept.holders.get(case.id, ())
        self._seen: dict[int | None, NamedCalendar] = {}

    def holder(self, at: datetime) -> int | None:
        return holder_at(self._case, self._holders, at)

    def named_at(self, at: datetime) -> NamedCalendar:
        unit = self.holder(at)
        if unit not in self._seen:
            named = calendar_for(self._session, unit)
            stopped = self._case.closed_at
            if stopped is not None:
                named = calendar_at(self._session, named, stopped)
            self._seen[unit] = named
        return self._seen[unit]

    def days_at(self, at: datetime) -> Calendar:
        return self.named_at(at).days

    def stretches(self, found: Reckoning, limit: Limit) -> tuple[Stretch, ...]:
        made, total = [], timedelta()
        for run in found.runs:
            each = self._stretch(run, limit.unit, total)
            total += each.counted
            made.append(each)
        return tuple(made)

    def _stretch(self, run: Run, unit: Unit, before: timedelta) -> Stretch:
        named = self.named_at(run.start)
        end = run.due if run.end is None else min(run.end, run.due)
        end = max(run.start, end)
        days = tuple(_days(self._session, named, run.start, end, before)) if unit.is_worked else ()
        return Stretch(
            run.start,
            end,
            run.end is None,
            self.holder(run.start),
            named,
            elapsed(run.start, end, named.days, unit),
            days,
        )


def _days(
    session: Session, named: NamedCalendar, start: datetime, end: datetime, before: timedelta
) -> Iterator[DayCount]:
    """The days of a stretch; of a long one only those on which something counted."""
    first, last = start.astimezone(CITY_ZONE).date(), end.astimezone(CITY_ZONE).date()
    names = _names_of_days(session, named.code, first, last)
    short = (last - first).days > MOST_DAYS
    total = before
    for number in range(min((last - first).days, 4 * MOST_DAYS) + 1):
        day = first + timedelta(days=number)
        hours = _hours(named.days, day, start, end)
        counted = sum((b - a for a, b in hours), timedelta())
        total += counted
        off = _off(named.days, day, is_own=day in names)
        if counted or not short:
            yield DayCount(day, hours, counted, total, off, names.get(day, ""))


def _hours(
    days: Calendar, day: date, start: datetime, end: datetime
) -> tuple[tuple[datetime, datetime], ...]:
    midnight = datetime.combine(day, time(), CITY_ZONE)
    spans = days.working_spans(midnight, midnight)
    clipped = [(max(a, start), min(b, end)) for a, b in spans]
    return tuple((a, b) for a, b in clipped if a < b)


def _off(days: Calendar, day: date, *, is_own: bool) -> Off | None:
    works, usual = days.is_working_day(day), day.weekday() in days.weekdays
    if works == usual:
        return None if works else Off.WEEKEND
    if is_own:
        return Off.OWN_WORK if works else Off.OWN_OFF
    return Off.MADE_UP if works else Off.HOLIDAY


def _names_of_days(session: Session, code: str, first: date, last: date) -> dict[date, str]:
    """What the city and the unit call the days by which they depart."""
    rows = session.execute(
        select(CalendarDay.day, CalendarDay.reason).where(
            CalendarDay.calendar_code.in_({"city", code}), CalendarDay.day.between(first, last)
        )
    )
    return dict(rows.all())


def _corrections(session: Session, case: Case) -> tuple[Correction, ...]:
    rows: Sequence[CaseHistory] = session.scalars(
        select(CaseHistory)
        .where(CaseHistory.case_id == case.id, CaseHistory.verb == "correct")
        .order_by(CaseHistory.version)
    ).all()
    return tuple(
        Correction(row.at, row.actor, row.note, *row.changes["due_at"])
        for row in rows
        if "due_at" in row.changes
    )


def _stage(session: Session, case: Case) -> StageWhy | None:
    name = STAGE_LIMITS.get(Stage(case.stage))
    if name is None or (case.stage == Stage.DISPATCHED and case.acknowledged_at is not None):
        return None
    unit = case.department_id if case.stage == Stage.DISPATCHED else None
    named = replace(calendar_for(session, unit), days=stage_calendar(session, case))
    limit = stage_limit(session, name, case.severity)
    return StageWhy(name, limit, case.stage_since, case.stage_due_at, named)


def _make_safe(session: Session, case: Case) -> SafeWhy | None:
    due, limit = make_safe_due(session, case), stage_limit(session, MAKE_SAFE, case.severity)
    if due is None or limit is None:
        return None
    return SafeWhy(limit, due, case.made_safe_at)
