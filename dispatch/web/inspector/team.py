"""Where the inspectors are now and what they covered today: for their shift leader and supervisor."""

from datetime import date, timedelta
from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from dispatch.kit import clock
from dispatch.kit.http import Db
from dispatch.kit.routes import Router
from dispatch.patrol import queries
from dispatch.patrol.api import team_members, today, track_for
from dispatch.people.http import CurrentLogin, require
from dispatch.people.permissions import Permission
from dispatch.people.policy import Person
from dispatch.people.queries import Login
from dispatch.web.parts.shell import desk_page

router = Router(include_in_schema=False)

Watcher = Annotated[Person, Depends(require(Permission.PATROL_WATCH))]
#: Somebody on shift who was not seen for so long is said to be silent.
SILENT = timedelta(minutes=15)


def _page(
    session: Session,
    request: Request,
    login: Login,
    *,
    user_id: int | None = None,
    day: date | None = None,
) -> Response:
    now, wanted = clock.now(), day or today()
    members = team_members(session, login.person, day=wanted)
    track = None if user_id is None else track_for(session, login.person, user_id, day=wanted)
    spots = [
        {"id": each.user_id, "name": each.name, "at": [each.last.longitude, each.last.latitude]}
        for each in members
        if each.last is not None
    ]
    return desk_page(
        request,
        session,
        login,
        "inspector/team.html",
        members=members,
        spots=spots,
        track=track,
        way=[[each.longitude, each.latitude] for each in track.points] if track else [],
        chosen=user_id,
        day=wanted,
        silent_before=now - SILENT,
        on_shift=sum(each.on_shift_since is not None for each in members),
    )


@router.get("/inspector/team")
def show_team(
    session: Db, request: Request, _person: Watcher, login: CurrentLogin, day: date | None = None
) -> Response:
    """Everybody this person answers for; that they looked is in the audit log."""
    return _page(session, request, login, day=day)


@router.get("/inspector/team/{user_id}")
def show_member(
    session: Db,
    request: Request,
    _person: Watcher,
    login: CurrentLogin,
    user_id: int,
    day: date | None = None,
) -> Response:
    """The same with one inspector's way of the day; that look is in the audit log too."""
    queries.watched_user(session, login.person, user_id)
    return _page(session, request, login, user_id=user_id, day=day)
