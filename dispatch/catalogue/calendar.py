"""The calendars of working time: the city's and those of units, China's holidays, and what departs from them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.catalogue.model import CalendarDay, CalendarVersion, WorkCalendar
from dispatch.departments.reference import departments
from dispatch.kit import clock
from dispatch.kit.reference import Cached
from dispatch.kit.worktime import MONDAY_TO_FRIDAY, WORKING_PERIODS, Calendar, china_calendar

#: The calendar that limits are counted by where a unit has none of its own.
CITY: Final = "city"
#: Years that a calendar reaches back and ahead.
_BACK, _AHEAD = 5, 10
_CITY_NAME = "全市工作日历"


@dataclass(frozen=True)
class NamedCalendar:
    """A calendar with what it is called, and which version of it holds (0: never changed)."""

    code: str
    name: str
    version: int
    days: Calendar
    department_id: int | None = None


@dataclass(frozen=True)
class Calendars:
    """Every calendar by its code, and those of units by the unit."""

    by_code: dict[str, NamedCalendar]
    by_department: dict[int, NamedCalendar]

    def of_unit(self, session: Session, department_id: int | None) -> NamedCalendar:
        """The calendar that a unit's time is counted by: its own, that of a unit above it, or the city's."""
        if self.by_department:
            known = departments(session)
            for _ in range(len(known)):
                if department_id is None:
                    break
                if department_id in self.by_department:
                    return self.by_department[department_id]
                unit = known.get(department_id)
                department_id = unit.parent_id if unit else None
        return self.by_code[CITY]


@dataclass(frozen=True)
class CalendarDraft:
    """A calendar as somebody wants it; what is None stays. `days`: worked, not worked, or (None) as usual."""

    code: str
    name: str | None = None
    hours: list[Any] | None = None
    weekdays: list[Any] | None = None
    keeps_holidays: bool | None = None
    department_id: int | None = None
    days: Mapping[date, bool | None] = field(default_factory=dict)


def _load(session: Session) -> Calendars:
    versions = dict(
        session.execute(
            select(CalendarVersion.calendar_code, func.max(CalendarVersion.version)).group_by(
                CalendarVersion.calendar_code
            )
        ).all()
    )
    return _made(session, versions)


def calendars_with(session: Session, draft: CalendarDraft) -> Calendars:
    """The calendars as they would be with a draft in place; nothing is kept."""
    return _made(session, {}, draft)


def _made(
    session: Session, versions: Mapping[str, int], draft: CalendarDraft | None = None
) -> Calendars:
    of_city = _days_with(session, CITY, draft)
    found = {CITY: NamedCalendar(CITY, _CITY_NAME, versions.get(CITY, 0), _built(days=of_city))}
    for row in _rows_with(session, draft):
        own = of_city if row.code == CITY else _days_with(session, row.code, draft)
        found[row.code] = NamedCalendar(
            row.code,
            row.name,
            versions.get(row.code, 0),
            _built(
                days={**(of_city if row.keeps_holidays else {}), **own},
                hours=row.hours,
                weekdays=row.weekdays,
                keeps_holidays=row.keeps_holidays,
            ),
            row.department_id,
        )
    units = {each.department_id: each for each in found.values() if each.department_id is not None}
    return Calendars(found, units)


@dataclass(frozen=True)
class _Row:
    code: str
    name: str
    hours: list[Any]
    weekdays: list[Any]
    keeps_holidays: bool
    department_id: int | None


def _rows_with(session: Session, draft: CalendarDraft | None) -> list[_Row]:
    names = tuple(_Row.__dataclass_fields__)
    asked = select(*(getattr(WorkCalendar, name) for name in names))
    rows = {row.code: _Row(*row) for row in session.execute(asked)}
    if draft is not None and draft.hours is not None and draft.weekdays is not None:
        rows[draft.code] = _Row(
            draft.code,
            draft.name or draft.code,
            draft.hours,
            draft.weekdays,
            bool(draft.keeps_holidays),
            draft.department_id,
        )
    return list(rows.values())


def _days_with(session: Session, code: str, draft: CalendarDraft | None) -> dict[date, bool]:
    found = own_days(session, code)
    if draft is not None and draft.code == code:
        for day, worked in draft.days.items():
            if worked is None:
                found.pop(day, None)
            else:
                found[day] = worked
    return found


def own_days(session: Session, code: str) -> dict[date, bool]:
    """The days by which a calendar departs, beside the national ones: day → worked?"""
    rows = session.execute(
        select(CalendarDay.day, CalendarDay.working).where(CalendarDay.calendar_code == code)
    )
    return dict(rows.all())


def _built(
    *,
    days: Mapping[date, bool],
    hours: list[Any] | None = None,
    weekdays: list[Any] | None = None,
    keeps_holidays: bool = True,
) -> Calendar:
    year = clock.now().year
    periods = (
        WORKING_PERIODS
        if hours is None
        else tuple((time.fromisoformat(a), time.fromisoformat(b)) for a, b in hours)
    )
    week = MONDAY_TO_FRIDAY if weekdays is None else frozenset(weekdays)
    if keeps_holidays:
        return china_calendar(
            year - _BACK, year + _AHEAD, overrides=days, periods=periods, weekdays=week
        )
    span = date(year - _BACK, 1, 1), date(year + _AHEAD, 12, 31)
    return Calendar(*span, dict(days), periods, week)


_held = Cached("calendar", _load)


def calendar_named(session: Session, code: str) -> Calendar:
    """The calendar with this code; the city's where there is none of that name."""
    held = _held.get(session).by_code
    return held.get(code, held[CITY]).days


def calendar_for(session: Session, department_id: int | None) -> NamedCalendar:
    """The calendar that a unit's time is counted by: its own, that of a unit above it, or the city's."""
    return _held.get(session).of_unit(session, department_id)


def calendars_held(session: Session) -> Calendars:
    """The calendars as they are."""
    return _held.get(session)


def units_have_calendars(session: Session) -> bool:
    """Whether any unit keeps time of its own."""
    return bool(_held.get(session).by_department)


def calendars(session: Session) -> dict[str, NamedCalendar]:
    """Every calendar by its code."""
    return _held.get(session).by_code


def calendar_at(session: Session, named: NamedCalendar, at: datetime) -> NamedCalendar:
    """The calendar as it was at a moment: what a clock that had stopped by then was counted by."""
    row = session.scalars(
        select(CalendarVersion)
        .where(CalendarVersion.calendar_code == named.code, CalendarVersion.at <= at)
        .order_by(CalendarVersion.version.desc())
        .limit(1)
    ).first()
    if row is None or row.version == named.version:
        return named
    days = {date.fromisoformat(day): worked for day, worked in row.days.items()}
    built = _built(
        days=days, hours=row.hours, weekdays=row.weekdays, keeps_holidays=row.keeps_holidays
    )
    return NamedCalendar(row.calendar_code, row.name, row.version, built, row.department_id)


@lru_cache(maxsize=1)
def national_mark() -> str:
    """A mark of the national holidays that this installation knows."""
    text = files("dispatch.kit").joinpath("holidays.txt").read_bytes()
    return sha256(text).hexdigest()[:16]
