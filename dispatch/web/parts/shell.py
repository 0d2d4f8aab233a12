"""The shell of the desks: one call gives a page its rail with counts, its notices and its search."""

from collections.abc import Mapping
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from dispatch.kit import clock
from dispatch.notices.queries import unread_count
from dispatch.people.queries import Login
from dispatch.web.parts.page import show
from dispatch.web.parts.rail import current_of, desk_of, home_of, rail_of
from dispatch.web.parts.told import teller


def desk_page(
    request: Request,
    session: Session,
    login: Login,
    template: str,
    *,
    current: str | None = None,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **context: Any,
) -> HTMLResponse:
    """Draw a page that extends `staff/layout.html`.

    `current` is the key of the rail's entry that the page belongs to, where its address alone does
    not tell.
    """
    person = login.person
    rail = rail_of(session, person, at=clock.now())
    if current is None:
        current = current_of(rail, request.url.path, request.url.query)
    return show(
        request,
        template,
        login=login,
        status=status,
        headers=headers,
        rail=rail,
        current=current,
        desk=desk_of(person),
        home=home_of(person),
        unread=unread_count(session, person),
        in_words=teller(session),
        **context,
    )
