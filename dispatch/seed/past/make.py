"""Fill a demonstration's past: cases of more than a year, months that were published, and what stands out in them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from dispatch.catalogue.calendar import calendar_for, calendar_named
from dispatch.departments.reference import departments
from dispatch.kit.clock import CITY_ZONE, city_date
from dispatch.kit.worktime import Calendar
from dispatch.seed.past.draws import CALENDARS, DAYS, DRAW, HOURS, PREPARE, READY, WORK
from dispatch.seed.past.rows import ROWS

#: So many days, with so many cases on an ordinary one in the end; reporting has grown by half since.
LENGTH: Final = 400
A_DAY: Final = 28
#: Reports by hour, month and weekday: mornings and hot, wet summers are busy.
BY_HOUR: Final = (
    2,
    1,
    1,
    1,
    1,
    3,
    9,
    22,
    44,
    52,
    50,
    40,
    26,
    30,
    44,
    48,
    44,
    36,
    28,
    24,
    20,
    16,
    9,
    4,
)
BY_MONTH: Final = (0.85, 0.8, 0.95, 1.0, 1.08, 1.15, 1.2, 1.15, 1.05, 1.0, 0.95, 0.9)
BY_WEEKDAY: Final = (1.12, 1.08, 1.05, 1.05, 1.04, 0.86, 0.8)


@dataclass(frozen=True)
class Day:
    """A day and how many cases it brought."""

    day: date
    cases: int


def days_before(until: date) -> list[Day]:
    """How many cases each day before this one brought."""
    found = []
    for n in range(LENGTH):
        day = until - timedelta(days=LENGTH - n)
        swing = 1 + 0.12 * math.sin(n * 12.9898)
        share = BY_MONTH[day.month - 1] * BY_WEEKDAY[day.weekday()] * (0.66 + 0.34 * n / LENGTH)
        found.append(Day(day, round(A_DAY * share * swing)))
    return found


def working_spans(calendar: Calendar, *, first: date, last: date) -> dict[str, list[float]]:
    """The working periods of a calendar, and the work done before each, in seconds."""
    begins, ends, before, done = [], [], [], 0.0
    start, end = (datetime.combine(day, time(12), CITY_ZONE) for day in (first, last))
    for begin, finish in calendar.working_spans(start, end):
        begins.append(begin.timestamp())
        ends.append(finish.timestamp())
        before.append(done)
        done += ends[-1] - begins[-1]
    return {"begins": begins, "ends": ends, "before": before}


def _calendars(session: Session, *, first: date, last: date) -> float:
    """Hand the calendars to the database; returns the seconds of the city's working day."""
    whole = calendar_named(session, "city")
    always = {
        "begins": [datetime.combine(first, time(), CITY_ZONE).timestamp()],
        "ends": [datetime.combine(last, time(), CITY_ZONE).timestamp()],
        "before": [0.0],
    }
    spans = {"always": always, "city": working_spans(whole, first=first, last=last)}
    units: list[int] = []
    codes: list[str] = []
    lengths: list[float] = []
    for unit in departments(session):
        own = calendar_for(session, unit)
        units.append(unit)
        codes.append(own.code)
        lengths.append(own.days.work_day.total_seconds())
        if own.code not in spans:
            spans[own.code] = working_spans(own.days, first=first, last=last)
    for code, values in spans.items():
        session.execute(text(WORK), {"code": code, **values})
    session.execute(text(CALENDARS), {"units": units, "codes": codes, "days": lengths})
    return whole.work_day.total_seconds()


def fill(session: Session, days: Sequence[Day], *, now: datetime) -> int:
    """The cases of these days with everything that hangs on them; how many there are."""
    for statement in PREPARE:
        session.execute(text(statement))
    first, last = days[0].day - timedelta(days=1), city_date(now) + timedelta(days=90)
    values: dict[str, Any] = {
        "now": now,
        "first": days[-1].day,
        "work_day": _calendars(session, first=first, last=last),
    }
    session.execute(text(HOURS), {"weights": [float(each) for each in BY_HOUR]})
    session.execute(text(DAYS), {"days": [d.day for d in days], "counts": [d.cases for d in days]})
    for statement in READY:
        session.execute(text(statement))
    for statement in (*DRAW, *ROWS):
        bound = text(statement)
        session.execute(bound, {name: values[name] for name in bound.compile().params})
    return session.scalar(text("SELECT count(*) FROM past_lived")) or 0
