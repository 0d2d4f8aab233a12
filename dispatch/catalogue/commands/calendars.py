"""Calendars of working time: set, added, and kept as they were at each moment."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from dispatch.catalogue.calendar import CITY, national_mark, own_days
from dispatch.catalogue.commands.checks import hours_of
from dispatch.catalogue.model import CalendarVersion, WorkCalendar
from dispatch.departments.reference import departments
from dispatch.kit import ruling
from dispatch.kit.audit import Actor
from dispatch.kit.db import Json
from dispatch.kit.errors import Conflict, invalid

_CODE: Final = re.compile(r"[a-z0-9_-]{1,40}")
#: What makes a version of a calendar another one.
_COMPARED: Final = (
    "name",
    "department_id",
    "hours",
    "weekdays",
    "keeps_holidays",
    "days",
    "national",
)


@dataclass(frozen=True)
class CalendarChange:
    """What an administrator sets of a calendar. `hours` reads `08:00-12:00 14:00-18:00`."""

    name: str
    hours: str
    weekdays: Sequence[int]
    keeps_holidays: bool = True
    department_id: int | None = None

    def values(self, session: Session, *, code: str) -> dict[str, Any]:
        """The columns. Raises InvalidInput, Conflict."""
        if not self.name.strip():
            raise invalid("name", "请填写日历名称", "Name the calendar")
        if not self.weekdays or not set(self.weekdays) <= set(range(7)):
            raise invalid("weekdays", "至少选择一天", "Choose at least one day")
        self._check_unit(session, code)
        return {
            "name": self.name.strip()[:60],
            "department_id": self.department_id,
            "hours": hours_of(self.hours),
            "weekdays": sorted(set(self.weekdays)),
            "keeps_holidays": self.keeps_holidays,
        }

    def _check_unit(self, session: Session, code: str) -> None:
        if self.department_id is None:
            return
        if code == CITY or self.department_id not in departments(session):
            raise invalid(
                "department_id",
                "全市日历不属于某一单位;其他日历请从列表中选择单位",
                "The city's calendar belongs to no unit; for others choose the unit from the list",
            )
        other = session.scalar(
            select(WorkCalendar.name).where(
                WorkCalendar.department_id == self.department_id, WorkCalendar.code != code
            )
        )
        if other is not None:
            raise Conflict(
                "unit_has_calendar",
                f"该单位已有日历“{other}”,请直接修改它",
                f"The unit has a calendar already, {other}: change that one",
            )


def save_calendar(
    session: Session,
    code: str,
    change: CalendarChange,
    *,
    by: Actor,
    reason: str,
    seen: int,
    at: datetime,
) -> WorkCalendar:
    """Set a calendar and keep the version. Raises InvalidInput, Conflict, NotFound, StaleVersion."""
    row = ruling.found_row(session, WorkCalendar, code)
    values = change.values(session, code=code)
    ruling.write(session, row, values, subject=f"calendar:{code}", by=by, reason=reason, seen=seen)
    settle_calendars(session, by=by, reason=reason, at=at)
    return row


def add_calendar(
    session: Session, code: str, change: CalendarChange, *, by: Actor, reason: str, at: datetime
) -> WorkCalendar:
    """A calendar of a unit's own, or of another purpose. Raises InvalidInput, Conflict."""
    check_code(code)
    if session.get(WorkCalendar, code) is not None:
        raise Conflict("row_exists", "已有这一日历,请直接修改它", "There is one; change it")
    values = change.values(session, code=code)
    row = WorkCalendar(code=code, **values)
    ruling.write(
        session, row, values, subject=f"calendar:{code}", by=by, reason=reason, is_new=True
    )
    settle_calendars(session, by=by, reason=reason, at=at)
    return row


def check_code(code: str) -> None:
    """Raise InvalidInput for a code that cannot stand in an address."""
    if not _CODE.fullmatch(code):
        raise invalid(
            "code",
            "代码只用小写字母、数字、下划线和连字符,如 sanitation",
            "A code has small letters, figures, underscores and hyphens only, like sanitation",
        )


def settle_calendars(
    session: Session, *, by: Actor, reason: str, at: datetime, is_first: bool = False
) -> list[str]:
    """Keep a version of every calendar that is not as its last version says; the codes of those.

    Whatever changed it: a form, a row of its days, an import, another year of national holidays. What
    is kept has its due times counted anew by the clock; `is_first`: nothing was counted otherwise.
    """
    kept = []
    last = _last_versions(session)
    of_city = own_days(session, CITY)
    for row in session.scalars(select(WorkCalendar).order_by(WorkCalendar.code).with_for_update()):
        now = _content(session, row, of_city)
        before = last.get(row.code)
        if before is not None and all(now[name] == getattr(before, name) for name in _COMPARED):
            continue
        session.add(
            CalendarVersion(
                calendar_code=row.code,
                version=1 if before is None else before.version + 1,
                at=at,
                by=by.name,
                by_id=by.id,
                reason=reason,
                settled_at=at if is_first and before is None else None,
                **now,
            )
        )
        kept.append(row.code)
    session.flush()
    return kept


def _last_versions(session: Session) -> dict[str, CalendarVersion]:
    rows = session.scalars(
        select(CalendarVersion)
        .ext(distinct_on(CalendarVersion.calendar_code))
        .order_by(CalendarVersion.calendar_code, CalendarVersion.version.desc())
    )
    return {row.calendar_code: row for row in rows}


def _content(session: Session, row: WorkCalendar, of_city: dict[date, bool]) -> Json:
    own = of_city if row.code == CITY else own_days(session, row.code)
    days = {**(of_city if row.keeps_holidays else {}), **own}
    return {
        "name": row.name,
        "department_id": row.department_id,
        "hours": row.hours,
        "weekdays": row.weekdays,
        "keeps_holidays": row.keeps_holidays,
        "days": {day.isoformat(): worked for day, worked in sorted(days.items())},
        "national": national_mark() if row.keeps_holidays else "",
    }
