"""Limits and clocks: when something is due, how much time is used, and why.

Hours and days run on continuously. Work hours and work days count only the working periods of
working days; a work day is as much as one day's periods hold (8 hours: 08:00–12:00, 14:00–18:00).
All arithmetic is exact to the microsecond, on the city's wall clock (Asia/Shanghai, which knows no
summer time since 1991). Instants must carry a zone; results carry the city's.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cached_property, lru_cache
from importlib.resources import files
from itertools import accumulate, pairwise
from typing import Final

from dispatch.kit.clock import CITY_ZONE

MICROSECOND: Final = timedelta(microseconds=1)
WORKING_PERIODS: Final = ((time(8), time(12)), (time(14), time(18)))
MONDAY_TO_FRIDAY: Final = frozenset(range(5))


class Unit(StrEnum):
    """What a limit is counted in; the first three run on continuously."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    WORK_HOUR = "work_hour"
    WORK_DAY = "work_day"

    @property
    def is_worked(self) -> bool:
        """Whether only working time counts."""
        return self in (Unit.WORK_HOUR, Unit.WORK_DAY)


@dataclass(frozen=True)
class Limit:
    """So many of a unit, more than none."""

    value: int | float | Decimal
    unit: Unit

    def __post_init__(self) -> None:
        if not self.value > 0:
            raise ValueError(f"a limit must be positive, not {self.value} {self.unit}")


@dataclass(frozen=True)
class Calendar:
    """Which time is working time from the first to the last day, both included.

    `exceptions` says of single days whether they are worked: holidays and days off (False), make-up
    days (True). Other days go by their weekday (Monday is 0). Periods are in order and disjoint.
    """

    first: date
    last: date
    exceptions: Mapping[date, bool] = field(default_factory=dict)
    periods: tuple[tuple[time, time], ...] = WORKING_PERIODS
    weekdays: frozenset[int] = MONDAY_TO_FRIDAY

    def __post_init__(self) -> None:
        bounds = [at for period in self.periods for at in period]
        if not bounds or any(a >= b for a, b in pairwise(bounds)):
            raise ValueError(f"working periods must follow each other: {self.periods}")
        if self.first > self.last:
            raise ValueError(f"a calendar cannot end ({self.last}) before it begins ({self.first})")

    def is_working_day(self, day: date) -> bool:
        """Whether there is work on that day; holidays and make-up days are taken into account."""
        return self.exceptions.get(day, day.weekday() in self.weekdays)

    @property
    def work_day(self) -> timedelta:
        """The working time of one working day."""
        return self._spans[-1][2] * MICROSECOND

    @cached_property
    def _spans(self) -> tuple[tuple[int, int, int], ...]:
        """Each period's begin and end after midnight, and the work done by its end."""
        spans = [(_after_midnight(a), _after_midnight(b)) for a, b in self.periods]
        done = accumulate(end - begin for begin, end in spans)
        return tuple((begin, end, sum_) for (begin, end), sum_ in zip(spans, done, strict=True))

    @cached_property
    def _works(self) -> list[bool]:
        days = (self.last - self.first).days + 1
        return [self.is_working_day(self.first + timedelta(days=i)) for i in range(days)]

    @cached_property
    def _done(self) -> list[int]:
        """The work done before each day since the first, and at last that of all days."""
        whole = self._spans[-1][2]
        return list(accumulate((whole if works else 0 for works in self._works), initial=0))

    def work_until(self, at: datetime) -> int:
        """Return the microseconds of work from the calendar's beginning until `at`."""
        day = self._day(at)
        if not self._works[day]:
            return self._done[day]
        now = _after_midnight(at.time())
        before = 0
        for begin, end, done in self._spans:
            if now < end:
                return self._done[day] + before + max(0, now - begin)
            before = done
        return self._done[day] + before

    def when_done(self, work: int) -> datetime:
        """Return the earliest instant with so many microseconds (more than 0) of work before it."""
        day = bisect_left(self._done, work) - 1
        if day >= len(self._works):
            raise ValueError(f"the working calendar ends on {self.last}: add later years to it")
        left = work - self._done[day]
        end, done = next((end, done) for _, end, done in self._spans if left <= done)
        midnight = datetime.combine(self.first + timedelta(days=day), time(), CITY_ZONE)
        return midnight + (end - (done - left)) * MICROSECOND

    def _day(self, at: datetime) -> int:
        day = at.toordinal() - self.first.toordinal()
        if not 0 <= day < len(self._works):
            raise ValueError(
                f"the working calendar runs from {self.first} to {self.last}, {at.date()} lies "
                "outside: add years to it"
            )
        return day

    def working_spans(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Yield the working periods of all days that `start`…`end` touches, whole."""
        for day in range(self._day(start), self._day(end) + 1):
            if self._works[day]:
                midnight = datetime.combine(self.first + timedelta(days=day), time(), CITY_ZONE)
                for begin, finish, _ in self._spans:
                    yield midnight + begin * MICROSECOND, midnight + finish * MICROSECOND


def china_calendar(
    first_year: int,
    last_year: int,
    *,
    overrides: Mapping[date, bool] | None = None,
    periods: tuple[tuple[time, time], ...] = WORKING_PERIODS,
    weekdays: frozenset[int] = MONDAY_TO_FRIDAY,
) -> Calendar:
    """Return China's working calendar for whole years.

    Holidays, days off and make-up days (调休) are those that the State Council announces each
    autumn for the next year; for years beyond the last announcement that `holidays.txt` holds, the
    statutory holidays only. `overrides` (day -> worked?) go before them.
    """
    announced = _announced_days()
    years = range(first_year, last_year + 1)
    unknown = [year for year in (first_year, last_year) if year not in announced]
    if unknown:
        raise ValueError(f"holidays.txt knows nothing of {unknown[0]}: add the year to it")
    exceptions = {day: worked for year in years for day, worked in announced[year].items()}
    return Calendar(
        date(first_year, 1, 1),
        date(last_year, 12, 31),
        exceptions | dict(overrides or {}),
        periods,
        weekdays,
    )


@lru_cache(maxsize=1)
def _announced_days() -> Mapping[int, Mapping[date, bool]]:
    """Of each year the days that depart from their weekday, and whether they are worked."""
    text = files("dispatch.kit").joinpath("holidays.txt").read_text(encoding="utf-8")
    found: dict[int, dict[date, bool]] = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            year, kind, *days = line.split()
            found.setdefault(int(year), {}).update(
                (date(int(year), int(day[:2]), int(day[2:])), kind == "work") for day in days
            )
    return found


def due_at(start: datetime, limit: Limit, calendar: Calendar) -> datetime:
    """Return when a limit that starts now runs out; in work units always within working time.

    A limit that is used up at the end of a period is due then, not when the next period begins.
    """
    return _run(_local(start), _whole(limit, calendar), limit.unit, calendar)


def latest_start(end: datetime, limit: Limit, calendar: Calendar) -> datetime | None:
    """Return the latest instant from which a limit has run out by `end`: the other way round of `due_at`.

    None where the calendar does not reach back so far.
    """
    local, whole = _local(end), _whole(limit, calendar)
    if not limit.unit.is_worked:
        return local - whole * MICROSECOND
    work = calendar.work_until(local) - whole
    return None if work < 0 else calendar.when_done(work + 1) - MICROSECOND


def elapsed(start: datetime, end: datetime, calendar: Calendar, unit: Unit) -> timedelta:
    """Return the time from start to end that counts for a unit (none if the end comes first)."""
    return _count(_local(start), _local(end), unit, calendar) * MICROSECOND


def length(limit: Limit, calendar: Calendar) -> timedelta:
    """Return how much time a limit is; of work days as much as so many of the calendar's days hold."""
    return _whole(limit, calendar) * MICROSECOND


def in_units(counted: timedelta, unit: Unit, calendar: Calendar) -> float:
    """Return counted time as a number of units: 12 working hours are 1.5 work days."""
    return counted / _unit(unit, calendar)


@dataclass(frozen=True)
class Segment:
    """A stretch of time that counts."""

    start: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        return self.end - self.start


@dataclass(frozen=True)
class Clock:
    """A running limit: when it started and the pauses (from, to), of which the last may be open."""

    started: datetime
    pauses: tuple[tuple[datetime, datetime | None], ...] = ()

    def __post_init__(self) -> None:
        instants = [self.started, *(at for pause in self.pauses for at in pause)]
        known = [at for at in instants if at is not None]
        for at in known:
            _require_zone(at)
        if None in instants[:-1] or any(a > b for a, b in pairwise(known)):
            raise ValueError(f"pauses must follow the start and each other: {self}")


def is_paused(clock: Clock) -> bool:
    """Whether the clock stands still for now."""
    return bool(clock.pauses) and clock.pauses[-1][1] is None


def pause(clock: Clock, at: datetime) -> Clock:
    """Return the clock stopped at an instant."""
    if is_paused(clock):
        raise ValueError("the clock is paused already")
    return replace(clock, pauses=(*clock.pauses, (at, None)))


def resume(clock: Clock, at: datetime) -> Clock:
    """Return the paused clock running again from an instant."""
    if not is_paused(clock):
        raise ValueError("the clock is not paused")
    return replace(clock, pauses=(*clock.pauses[:-1], (clock.pauses[-1][0], at)))


def due(clock: Clock, limit: Limit, calendar: Calendar) -> datetime | None:
    """Return when the limit runs out; None while paused with some of it left."""
    return _due(clock, _whole(limit, calendar), limit.unit, calendar)


def warn_at(
    clock: Clock, limit: Limit, calendar: Calendar, *, share: float = 0.8
) -> datetime | None:
    """Return when a share of the limit is used: the moment for the yellow light."""
    part = max(1, round(_whole(limit, calendar) * share))
    return _due(clock, part, limit.unit, calendar)


def used(clock: Clock, at: datetime, calendar: Calendar, unit: Unit) -> timedelta:
    """Return the time used until an instant, pauses left out."""
    runs = _runs_until(clock, at)
    return sum(_count(start, end, unit, calendar) for start, end in runs) * MICROSECOND


def share_used(clock: Clock, at: datetime, limit: Limit, calendar: Calendar) -> float:
    """Return how much of the limit is used: 0.8 and more is yellow, above 1 overdue."""
    return used(clock, at, calendar, limit.unit) / (_whole(limit, calendar) * MICROSECOND)


def segments(clock: Clock, at: datetime, calendar: Calendar, unit: Unit) -> tuple[Segment, ...]:
    """Return the stretches that were counted until an instant: together they are what is `used`."""
    runs = _runs_until(clock, at)
    if not unit.is_worked:
        return tuple(Segment(start, end) for start, end in runs)
    found = [
        Segment(max(start, begin), min(end, finish))
        for start, end in runs
        for begin, finish in calendar.working_spans(start, end)
    ]
    return tuple(segment for segment in found if segment.start < segment.end)


def _due(clock: Clock, whole: int, unit: Unit, calendar: Calendar) -> datetime | None:
    left = whole
    for start, end in _runs(clock):
        counted = left if end is None else _count(start, end, unit, calendar)
        if counted >= left:
            return _run(start, left, unit, calendar)
        left -= counted
    return None


def _runs(clock: Clock) -> Iterator[tuple[datetime, datetime | None]]:
    """Yield the stretches between pauses, in the city's time; the last is open while running."""
    start = _local(clock.started)
    for stopped, went_on in clock.pauses:
        yield start, _local(stopped)
        if went_on is None:
            return
        start = _local(went_on)
    yield start, None


def _runs_until(clock: Clock, at: datetime) -> Iterator[tuple[datetime, datetime]]:
    last = _local(at)
    for start, end in _runs(clock):
        stop = last if end is None else min(end, last)
        if start < stop:
            yield start, stop


def _run(start: datetime, work: int, unit: Unit, calendar: Calendar) -> datetime:
    """Return when `work` microseconds (more than 0) have been counted from `start`."""
    if not unit.is_worked:
        return start + work * MICROSECOND
    return calendar.when_done(calendar.work_until(start) + work)


def _count(start: datetime, end: datetime, unit: Unit, calendar: Calendar) -> int:
    if end <= start:
        return 0
    if not unit.is_worked:
        return (end - start) // MICROSECOND
    return calendar.work_until(end) - calendar.work_until(start)


def _unit(unit: Unit, calendar: Calendar) -> timedelta:
    return calendar.work_day if unit is Unit.WORK_DAY else _LENGTHS[unit]


_LENGTHS: Final = {
    Unit.MINUTE: timedelta(minutes=1),
    Unit.HOUR: timedelta(hours=1),
    Unit.DAY: timedelta(days=1),
    Unit.WORK_HOUR: timedelta(hours=1),
}


def _whole(limit: Limit, calendar: Calendar) -> int:
    """Return the microseconds of a limit, at least one."""
    return max(1, round(limit.value * (_unit(limit.unit, calendar) // MICROSECOND)))


def _local(at: datetime) -> datetime:
    _require_zone(at)
    return at.astimezone(CITY_ZONE)


def _require_zone(at: datetime) -> None:
    if at.tzinfo is None:
        raise ValueError(f"an instant without a zone is ambiguous: {at.isoformat()}")


def _after_midnight(at: time) -> int:
    """Return the microseconds since midnight."""
    return ((at.hour * 60 + at.minute) * 60 + at.second) * 1_000_000 + at.microsecond
