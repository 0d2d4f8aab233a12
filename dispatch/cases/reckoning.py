"""The handling clock counted from what is kept of it: runs, pauses and granted extensions, unit by unit.

The deeds move due times step by step as they happen (`deadlines`); this counts the same anew from the
beginning, for a correction, another calendar, and whoever asks why.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dispatch.kit.worktime import Calendar, Limit, Unit, due_at, elapsed

#: The calendar of whoever had the case at a moment.
CalendarAt = Callable[[datetime], Calendar]


@dataclass(frozen=True)
class Pause:
    """A time that does not count; `until` None: it lasts."""

    since: datetime
    until: datetime | None
    why: str


@dataclass(frozen=True)
class Grant:
    """An extension that was approved, when and until when; it never makes a due time earlier."""

    at: datetime
    until: datetime


@dataclass(frozen=True)
class Run:
    """A stretch in which the clock ran, by whose calendar, and what was due at its end.

    `end` None: it runs on. `due` is the due time that held at its end.
    """

    start: datetime
    end: datetime | None
    calendar: Calendar
    due: datetime


@dataclass(frozen=True)
class Reckoning:
    """How a clock stands: its due time and the moment of the yellow light, and what was left.

    `left` and `warn_left` are seconds of the limit's own time, None while the clock runs. `due` holds
    also while it is paused: when the case would be due had it not been.
    """

    due: datetime
    warn: datetime
    left: float | None
    warn_left: float | None
    runs: tuple[Run, ...]


def pauses_in(rows: Sequence[Sequence[Any]]) -> tuple[Pause, ...]:
    """The pauses as a case keeps them ([from, to or null, why]); one that was never ended ends with the next."""
    found = []
    for at, (since, until, why) in enumerate(rows):
        end = until or (rows[at + 1][0] if at + 1 < len(rows) else None)
        found.append(
            Pause(
                datetime.fromisoformat(str(since)),
                datetime.fromisoformat(str(end)) if end else None,
                str(why),
            )
        )
    return tuple(found)


def seconds_of(seconds: float, unit: Unit) -> Limit:
    """So many seconds (more than 0) of a unit's own time."""
    if unit.is_worked:
        return Limit(seconds / 3600, Unit.WORK_HOUR)
    return Limit(seconds / 60, Unit.MINUTE)


def rest(at: datetime, until: datetime, unit: Unit, calendar: Calendar) -> float:
    """How many seconds of the unit's own time are left at a moment; none where it is over."""
    return elapsed(at, until, calendar, unit).total_seconds() if at < until else 0.0


def warn_of(
    at: datetime, until: datetime, *, share: float, unit: Unit, calendar: Calendar
) -> datetime:
    """When the yellow light comes on of a time that was granted anew: at its share of what is left."""
    left = rest(at, until, unit, calendar) * share
    return due_at(at, seconds_of(left, unit), calendar) if left > 0 else at


@dataclass
class _Walk:
    """A clock on its way through what happened to it."""

    unit: Unit
    share: float
    calendar_at: CalendarAt
    start: datetime
    due: datetime
    warn: datetime
    runs: list[Run]

    def grant(self, grant: Grant) -> None:
        if grant.until > self.due:
            days = self.calendar_at(grant.at)
            self.due = grant.until
            self.warn = warn_of(
                grant.at, grant.until, share=self.share, unit=self.unit, calendar=days
            )

    def stop(self, at: datetime) -> tuple[float, float]:
        """End the run; the seconds left of the limit and up to the yellow light."""
        days = self.calendar_at(self.start)
        self.runs.append(Run(self.start, at, days, self.due))
        return rest(at, self.due, self.unit, days), rest(at, self.warn, self.unit, days)

    def go_on(self, at: datetime, left: tuple[float, float]) -> None:
        """Begin the next run with what was left; what was over stays over."""
        days = self.calendar_at(at)
        self.start = at
        if left[0] > 0:
            self.due = due_at(at, seconds_of(left[0], self.unit), days)
        if left[1] > 0:
            self.warn = due_at(at, seconds_of(left[1], self.unit), days)


def reckon(
    limit: Limit,
    *,
    started: datetime,
    pauses: Sequence[Pause],
    grants: Sequence[Grant],
    stopped: datetime | None,
    share: float,
    calendar_at: CalendarAt,
) -> Reckoning:
    """Count a clock from its beginning.

    What is used up stays used up: no pause, rework or other unit gives it back. A unit's time is
    counted by the calendar of the unit that had the case when the run began.
    """
    days = calendar_at(started)
    walk = _Walk(
        limit.unit,
        share,
        calendar_at,
        started,
        due_at(started, limit, days),
        due_at(started, Limit(float(limit.value) * share, limit.unit), days),
        [],
    )
    left: tuple[float, float] | None = None
    for _at, _, event in sorted(
        [(each.since, 0, each) for each in pauses] + [(each.at, 1, each) for each in grants],
        key=lambda each: each[:2],
    ):
        if isinstance(event, Grant):
            walk.grant(event)
            continue
        left = walk.stop(event.since)
        if event.until is None:
            break
        walk.go_on(event.until, left)
        left = None
    if left is None:
        if stopped is not None:
            left = walk.stop(stopped)
        else:
            walk.runs.append(Run(walk.start, None, calendar_at(walk.start), walk.due))
    return Reckoning(
        walk.due,
        walk.warn,
        None if left is None else left[0],
        None if left is None else left[1],
        tuple(walk.runs),
    )
