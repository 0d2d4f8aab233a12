"""Calendars of working time: hours, lunch and weekdays, and a month as the limits will count it."""

import hashlib
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import Depends, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from dispatch.cases.rehearsal import Rehearsal, try_calendars
from dispatch.catalogue import commands
from dispatch.catalogue.calendar import (
    CITY,
    CalendarDraft,
    calendar_named,
    calendars,
    calendars_with,
)
from dispatch.catalogue.model import CalendarDay, WorkCalendar
from dispatch.catalogue.queries import calendar_versions
from dispatch.departments.reference import departments
from dispatch.kit import audit, clock, ruling
from dispatch.kit.clock import CITY_ZONE
from dispatch.kit.http import Db
from dispatch.kit.routes import Router
from dispatch.people.http import CurrentLogin, require
from dispatch.people.permissions import Permission
from dispatch.people.policy import Person
from dispatch.people.queries import Login
from dispatch.web.admin.frame import (
    Filled,
    a_reason,
    admin_page,
    attempt,
    filled,
    maybe_id,
    seen_in,
)
from dispatch.web.admin.rules.trials import span_words
from dispatch.web.parts.forms import Form, Posted
from dispatch.web.parts.page import go

router = Router(include_in_schema=False)
Editor = Annotated[Person, Depends(require(Permission.RULES_EDIT))]
Month = Annotated[str, Query(pattern=r"^\d{4}-\d{2}$")]
WEEKDAYS = [
    (0, ("周一", "Mon")),
    (1, ("周二", "Tue")),
    (2, ("周三", "Wed")),
    (3, ("周四", "Thu")),
    (4, ("周五", "Fri")),
    (5, ("周六", "Sat")),
    (6, ("周日", "Sun")),
]


@router.get("/admin/rules")
def show_rules(_person: Editor) -> RedirectResponse:
    """The first of the tables."""
    return go("/admin/rules/routing")


@router.get("/admin/rules/calendars")
def show_list(session: Db, request: Request, _person: Editor, login: CurrentLogin) -> Response:
    """The calendars."""
    rows = ruling.listed(session, WorkCalendar, identity=("code",), limit=100)
    return admin_page(
        request,
        session,
        login,
        "admin/rules/calendars.html",
        rows=rows,
        weekdays=dict(WEEKDAYS),
        names={each.id: each.words for each in departments(session).values()},
        held=calendars(session),
    )


@router.get("/admin/rules/calendars/new")
def ask_new(session: Db, request: Request, _person: Editor, login: CurrentLogin) -> Response:
    """The empty form of a unit's own calendar."""
    start = {"hours": "08:00-12:00 14:00-18:00", "keeps_holidays": True}
    form = filled(start, lists={"weekdays": ["0", "1", "2", "3", "4"]})
    return _new(session, request, login, form)


@router.post("/admin/rules/calendars/new")
def add(
    session: Db, request: Request, person: Editor, login: CurrentLogin, posted: Form
) -> Response:
    """Try a calendar, and add it once it has been tried."""
    change, code = _change(posted), posted.get("code")
    trial = _trial(session, posted, code, change, "new")
    if trial is not None:
        return _new(session, request, login, trial.form, status=trial.status, trial=trial)
    tried = attempt(
        session,
        lambda: commands.add_calendar(
            session,
            code,
            change,
            by=person,
            reason=a_reason(posted),
            at=clock.now(),
        ),
    )
    if tried.done is None:
        return _new(session, request, login, tried.again(posted), status=tried.status)
    return go(f"/admin/rules/calendars/{tried.done.code}?said=added")


def _change(posted: Posted) -> commands.CalendarChange:
    return commands.CalendarChange(
        name=posted.get("name"),
        hours=posted.get("hours"),
        weekdays=[int(each) for each in posted.lists.get("weekdays", ()) if each.isdigit()],
        keeps_holidays=posted.get("keeps_holidays") == "yes",
        department_id=maybe_id(posted, "department_id"),
    )


@dataclass(frozen=True)
class Trial:
    """A calendar as it was tried: what would move (None: it cannot be), by what the form shows that it was."""

    form: Filled
    status: int
    run: Rehearsal | None
    mark: str


def _trial(
    session: Session, posted: Posted, code: str, change: commands.CalendarChange, key: str
) -> Trial | None:
    """What would move; None when just this has been tried and is to take effect."""
    mark = hashlib.sha256(repr((key, code, change)).encode()).hexdigest()[:20]
    if posted.get("do") == "save" and posted.get("tried") == mark:
        return None

    def deed() -> Rehearsal:
        commands.check_code(code)
        values = change.values(session, code=code)
        draft = CalendarDraft(code=code, **values)
        return try_calendars(session, calendars_with(session, draft), at=clock.now())

    tried = attempt(session, deed)
    return Trial(tried.again(posted), tried.status, tried.done, "" if tried.error else mark)


def _units(session: Session) -> list[tuple[int, tuple[str, str]]]:
    known = sorted(departments(session).values(), key=lambda each: each.name)
    return [(each.id, each.words) for each in known if each.active]


def _new(
    session: Session,
    request: Request,
    login: Login,
    form: Filled,
    *,
    status: int = 200,
    trial: Trial | None = None,
) -> Response:
    return admin_page(
        request,
        session,
        login,
        "admin/rules/calendar_new.html",
        status=status,
        filled=form,
        weekdays=WEEKDAYS,
        units=_units(session),
        tried=trial,
        span=span_words,
    )


@router.get("/admin/rules/calendars/{code}")
def show_one(
    code: str,
    session: Db,
    request: Request,
    _person: Editor,
    login: CurrentLogin,
    month: Month = "",
) -> Response:
    """A calendar with a month of it."""
    row = ruling.found_row(session, WorkCalendar, code)
    values = {
        "name": row.name,
        "hours": " ".join(f"{a}-{b}" for a, b in row.hours),
        "keeps_holidays": row.keeps_holidays,
        "department_id": row.department_id,
    }
    chosen = {"weekdays": [str(each) for each in row.weekdays]}
    seen = audit.version_of(session, f"calendar:{code}")
    return _page(session, request, login, row, filled(values, lists=chosen, seen=seen), month)


@router.post("/admin/rules/calendars/{code}")
def save(
    code: str, session: Db, request: Request, person: Editor, login: CurrentLogin, posted: Form
) -> Response:
    """Try a change of a calendar; once tried it is set, and the clock counts open cases by it."""
    change = _change(posted)
    trial = _trial(session, posted, code, change, code)
    if trial is not None:
        row = ruling.found_row(session, WorkCalendar, code)
        return _page(session, request, login, row, trial.form, "", status=trial.status, trial=trial)
    tried = attempt(
        session,
        lambda: commands.save_calendar(
            session,
            code,
            change,
            by=person,
            reason=a_reason(posted),
            seen=seen_in(posted),
            at=clock.now(),
        ),
    )
    if tried.error is not None:
        row = ruling.found_row(session, WorkCalendar, code)
        return _page(session, request, login, row, tried.again(posted), "", status=tried.status)
    return go(f"/admin/rules/calendars/{code}?said=saved")


def _page(
    session: Session,
    request: Request,
    login: Login,
    row: WorkCalendar,
    form: Filled,
    month: str,
    *,
    status: int = 200,
    trial: Trial | None = None,
) -> Response:
    today = clock.now().astimezone(CITY_ZONE).date()
    first = date.fromisoformat(f"{month}-01") if _is_month(month) else today.replace(day=1)
    return admin_page(
        request,
        session,
        login,
        "admin/rules/calendar.html",
        subject=f"calendar:{row.code}",
        status=status,
        row=row,
        filled=form,
        weekdays=WEEKDAYS,
        first=first,
        before=first - timedelta(days=1),
        after=first + timedelta(days=32),
        weeks=_weeks(session, row, first),
        today=today,
        units=_units(session),
        city=CITY,
        versions=calendar_versions(session, row.code, limit=20),
        tried=trial,
        span=span_words,
        names={each.id: each.words for each in departments(session).values()},
    )


def _is_month(month: str) -> bool:
    year, _, number = month.partition("-")
    now = clock.now().year
    return month != "" and now - 4 <= int(year) <= now + 9 and 1 <= int(number) <= 12


def _weeks(session: Session, row: WorkCalendar, first: date) -> list[list[dict[str, Any]]]:
    """The month in weeks from Monday on, each day with whether it is worked and why not as usual."""
    held = calendar_named(session, row.code)
    days = ruling.listed(
        session,
        CalendarDay,
        identity=("calendar_code", "day"),
        chosen={"calendar_code": row.code},
        limit=4000,
    )
    own = {each.day: each.reason for each in days}
    start = first - timedelta(days=first.weekday())
    shown = []
    for number in range(42):
        day = start + timedelta(days=number)
        usual = day.weekday() in row.weekdays
        works = held.is_working_day(day)
        shown.append(
            {
                "day": day,
                "inside": day.month == first.month,
                "works": works,
                "departs": works != usual,
                "own": own.get(day),
            }
        )
    weeks = [shown[at : at + 7] for at in range(0, 42, 7)]
    return [week for week in weeks if any(each["inside"] for each in week)]
