"""Handing a shift over (交接班): how things stand, what to watch, written by one shift and taken by the next."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from dispatch.kit import clock
from dispatch.kit.errors import DomainError
from dispatch.kit.http import Db, status_of
from dispatch.kit.routes import Router
from dispatch.people.http import CurrentLogin, require
from dispatch.people.permissions import Permission
from dispatch.people.policy import Person
from dispatch.people.queries import Login
from dispatch.units.commands import handover as commands
from dispatch.units.queries.rulings import handovers, standing, worth_watching
from dispatch.web.dispatcher.desk import shown
from dispatch.web.parts.forms import Form, Posted
from dispatch.web.parts.page import go
from dispatch.web.parts.shell import desk_page

router = Router(prefix="/dispatcher/handover", include_in_schema=False)

OnShift = Annotated[Person, Depends(require(Permission.HAND_OVER))]
NOTES: Final = 12
WATCH: Final = 12
SHIFTS: Final[dict[str, tuple[str, str]]] = {
    "day": ("白班", "day"),
    "evening": ("中班", "evening"),
    "night": ("夜班", "night"),
}
FACTS: Final[dict[str, tuple[str, str]]] = {
    "reported": ("待受理", "to accept"),
    "to_file": ("待立案", "to file"),
    "to_dispatch": ("待派遣", "to dispatch"),
    "disputed": ("争议", "disputed"),
    "in_work": ("处理中", "in work"),
    "overdue": ("超时", "overdue"),
    "urgent": ("紧急在办", "urgent in work"),
    "hazards": ("未排险隐患", "hazards not made safe"),
    "suspended": ("挂账", "suspended"),
    "requests": ("待批申请", "requests"),
    "to_check": ("待核查", "to check"),
    "to_close": ("待结案", "to close"),
}


def _present_shift(at: datetime) -> str:
    hour = at.astimezone(clock.CITY_ZONE).hour
    return "day" if 8 <= hour < 16 else "evening" if 16 <= hour < 24 else "night"


def _page(
    session: Session,
    request: Request,
    login: Login,
    *,
    error: DomainError | None = None,
    posted: Posted | None = None,
) -> Response:
    person, now = login.person, clock.now()
    typed: Mapping[str, str] = posted.fields if posted else {}
    return desk_page(
        request,
        session,
        login,
        "dispatcher/handover.html",
        status=status_of(error) if error else 200,
        notes=handovers(session, limit=NOTES),
        facts=standing(session, person, at=now),
        fact_names=FACTS,
        watch=shown(session, person, worth_watching(session, person, at=now, limit=WATCH)),
        ticked=posted.lists.get("watch", []) if posted else [],
        shifts=SHIFTS,
        shift=typed.get("shift") or _present_shift(now),
        error=(error.zh, error.en) if error else None,
        typed=typed,
    )


@router.get("")
def show_handover(session: Db, request: Request, _person: OnShift, login: CurrentLogin) -> Response:
    """The last notes, the one to take over first, and a form for one's own."""
    return _page(session, request, login)


def _watched(posted: Posted) -> Iterator[tuple[str, str]]:
    for case in posted.lists.get("watch", []):
        yield case, posted.get(f"what-{case}")
    if posted.get("other"):
        yield posted.get("other"), posted.get("other_what")


@router.post("")
def write(
    session: Db, request: Request, person: OnShift, login: CurrentLogin, posted: Form
) -> Response:
    """Write the note of one's shift."""
    try:
        with session.begin_nested():
            commands.hand_over(
                session,
                shift=posted.get("shift"),
                note=posted.get("note"),
                watch=list(_watched(posted)),
                by=person,
                at=clock.now(),
            )
    except DomainError as error:
        return _page(session, request, login, error=error, posted=posted)
    return go("/dispatcher/handover")


@router.post("/{handover_id}/take")
def take(
    session: Db,
    request: Request,
    person: OnShift,
    login: CurrentLogin,
    handover_id: int,
    posted: Form,
) -> Response:
    """Take the shift over."""
    try:
        with session.begin_nested():
            commands.take_over(
                session, handover_id, note=posted.get("note"), by=person, at=clock.now()
            )
    except DomainError as error:
        return _page(session, request, login, error=error)
    return go("/dispatcher/handover")
