"""The city's calendars of working time: China's holidays and the rows by which a city departs from them."""

from datetime import date, time
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.catalogue.model import CalendarDay, WorkCalendar
from dispatch.kit import clock
from dispatch.kit.reference import Cached
from dispatch.kit.worktime import Calendar, china_calendar

#: The calendar that limits are counted by.
CITY: Final = "city"


def _calendars(session: Session) -> dict[str, Calendar]:
    year = clock.now().year
    found = {CITY: china_calendar(year - 5, year + 10, overrides=_days(session, CITY))}
    for row in session.scalars(select(WorkCalendar)):
        found[row.code] = china_calendar(
            year - 5,
            year + 10,
            overrides=_days(session, row.code),
            periods=tuple((time.fromisoformat(a), time.fromisoformat(b)) for a, b in row.hours),
            weekdays=frozenset(row.weekdays),
        )
    return found


def _days(session: Session, code: str) -> dict[date, bool]:
    rows = session.execute(
        select(CalendarDay.day, CalendarDay.working).where(CalendarDay.calendar_code == code)
    )
    return dict(rows.all())


_held = Cached("calendar", _calendars)


def calendar_named(session: Session, code: str) -> Calendar:
    """The calendar with this code; the city's where there is none of that name."""
    held = _held.get(session)
    return held.get(code, held[CITY])
