"""Saved lists: keep one, rename, share, delete, let one open first; and the columns one looks at."""

from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import Response

from dispatch.kit import clock
from dispatch.kit.errors import DomainError
from dispatch.kit.http import Db, status_of
from dispatch.kit.routes import Router
from dispatch.lists import commands
from dispatch.lists.queries import arranged, lists_of
from dispatch.people.http import CurrentLogin, require
from dispatch.people.permissions import Permission
from dispatch.people.policy import Person
from dispatch.people.queries import Login
from dispatch.web.parts.forms import Form, Posted
from dispatch.web.parts.page import go, local_address
from dispatch.web.parts.shell import desk_page
from dispatch.web.staff.chosen import from_query
from dispatch.web.staff.columns import COLUMNS

router = Router(include_in_schema=False)

Reader = Annotated[Person, Depends(require(Permission.CASES_READ))]
MOST_LETTERS = 2000


def _query(posted: Posted, person: Person) -> str:
    """What was sent, read and written again: nothing gets in that a list does not know."""
    return from_query(posted.get("query")[:MOST_LETTERS], person).query


def _show(
    session: Db, request: Request, login: Login, *, error: DomainError | None = None
) -> Response:
    person = login.person
    return desk_page(
        request,
        session,
        login,
        "staff/lists.html",
        status=status_of(error) if error else 200,
        saved=lists_of(session, person),
        opens_first=arranged(session, person).default_list_id,
        problem=(error.zh, error.en) if error else None,
    )


@router.get("/cases/lists")
def show_lists(session: Db, request: Request, _person: Reader, login: CurrentLogin) -> Response:
    """The lists that one has, and what can be done to them."""
    return _show(session, request, login)


@router.post("/cases/lists")
def save(
    session: Db, request: Request, person: Reader, login: CurrentLogin, posted: Form
) -> Response:
    """Keep the list as it is under a name, and go on in it."""
    try:
        with session.begin_nested():
            made = commands.save_list(
                session,
                by=person,
                name=posted.get("name"),
                query=_query(posted, person),
                shared_role=posted.get("shared_role"),
                at=clock.now(),
            )
    except DomainError as error:
        return _show(session, request, login, error=error)
    return go(f"/cases?list={made.id}")


@router.post("/cases/lists/{list_id}")
def change(
    session: Db,
    request: Request,
    person: Reader,
    login: CurrentLogin,
    list_id: int,
    posted: Form,
) -> Response:
    """Rename it, share it, give it the filter of now, let it open first, or delete it."""
    try:
        with session.begin_nested():
            return go(_change(session, person, list_id, posted))
    except DomainError as error:
        return _show(session, request, login, error=error)


def _change(session: Db, person: Person, list_id: int, posted: Posted) -> str:
    deed, now = posted.get("deed"), clock.now()
    if deed == "delete":
        commands.delete_list(session, list_id, by=person)
    elif deed == "first":
        commands.open_first(session, list_id, by=person)
    elif deed == "not_first":
        commands.open_first(session, None, by=person)
    elif deed == "query":
        query = _query(posted, person)
        commands.change_list(session, list_id, by=person, at=now, query=query)
        return f"/cases?list={list_id}"
    else:
        commands.change_list(
            session,
            list_id,
            by=person,
            at=now,
            name=posted.get("name"),
            shared_role=posted.get("shared_role"),
        )
    return "/cases/lists"


@router.post("/cases/columns")
def columns(session: Db, person: Reader, posted: Form) -> Response:
    """Remember which columns one looks at and in which order."""
    wanted = [] if posted.get("usual") else posted.lists.get("column", [])
    known = [key for key in dict.fromkeys(wanted) if key in COLUMNS]
    commands.arrange_columns(session, known, by=person)
    return go(local_address(posted.get("back"), otherwise="/cases"))
