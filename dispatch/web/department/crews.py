"""The crews of a department, as its manager sets them up: who belongs to which, and what it can do in a day."""

from collections.abc import Mapping
from typing import Any

from fastapi import Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from dispatch.crews import commands
from dispatch.crews.queries import crews_of, workers_of
from dispatch.kit.errors import DomainError
from dispatch.kit.http import Db, status_of
from dispatch.kit.routes import Router
from dispatch.people.http import CurrentLogin
from dispatch.people.queries import Login
from dispatch.web.department.desk import Manager, unit_of
from dispatch.web.parts.forms import Form, Posted
from dispatch.web.parts.page import go
from dispatch.web.parts.shell import desk_page

router = Router(prefix="/department/crews", include_in_schema=False)


def _page(
    session: Session,
    request: Request,
    login: Login,
    *,
    error: DomainError | None = None,
    typed: Mapping[str, str] | None = None,
    of: int | None = None,
) -> Response:
    unit = unit_of(login.person)
    return desk_page(
        request,
        session,
        login,
        "department/crews.html",
        status=status_of(error) if error else 200,
        crews=crews_of(session, unit, with_closed=True),
        workers=workers_of(session, unit),
        error=(error.zh, error.en) if error else None,
        typed=typed or {},
        of=of,
    )


@router.get("")
def show_crews(session: Db, request: Request, _person: Manager, login: CurrentLogin) -> Response:
    """Every crew with its people, and a form for a new one."""
    return _page(session, request, login)


def _given(posted: Posted) -> dict[str, Any]:
    capacity = posted.get("daily_capacity")
    return {
        "name": posted.get("name"),
        "phone": posted.get("phone"),
        "daily_capacity": int(capacity) if capacity.isdecimal() else -1,
        "members": [int(each) for each in posted.lists.get("member", []) if each.isdecimal()],
    }


@router.post("")
def add_crew(
    session: Db, request: Request, person: Manager, login: CurrentLogin, posted: Form
) -> Response:
    """Set up a crew."""
    try:
        with session.begin_nested():
            commands.add_crew(session, **_given(posted), by=person)
    except DomainError as error:
        return _page(session, request, login, error=error, typed=posted.fields)
    return go("/department/crews")


@router.post("/{crew_id}")
def change_crew(
    session: Db,
    request: Request,
    person: Manager,
    login: CurrentLogin,
    crew_id: int,
    posted: Form,
) -> Response:
    """Change a crew, close it or open it again."""
    try:
        with session.begin_nested():
            commands.change_crew(
                session, crew_id, **_given(posted), active=bool(posted.get("active")), by=person
            )
    except DomainError as error:
        return _page(session, request, login, error=error, typed=posted.fields, of=crew_id)
    return go("/department/crews")
