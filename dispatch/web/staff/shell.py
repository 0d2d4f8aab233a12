"""The moving parts of the shell: the rail with its counts, and the notices behind the bell."""

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Query, Request
from fastapi.responses import Response

from dispatch.kit import clock
from dispatch.kit.errors import NotFound
from dispatch.kit.http import Db
from dispatch.kit.routes import Router
from dispatch.notices.commands import mark_read, open_notice, set_preferences
from dispatch.notices.events import TELLINGS
from dispatch.notices.queries import latest, muted_by, ringing_for, unread_count
from dispatch.people.http import CurrentLogin, require
from dispatch.people.permissions import Permission
from dispatch.people.policy import Person
from dispatch.web.parts.forms import Form
from dispatch.web.parts.page import go, local_address, show
from dispatch.web.parts.shell import desk_page

router = Router(include_in_schema=False)

Anybody = Annotated[Person, Depends(require(Permission.SIGNED_IN))]
SHOWN = 20
SAID = {"chosen": ("已保存", "Saved")}


@router.get("/shell/rail")
def rail(
    session: Db,
    request: Request,
    _person: Anybody,
    login: CurrentLogin,
    current: Annotated[str, Query(max_length=60)] = "",
) -> Response:
    """The rail as it is now."""
    return desk_page(request, session, login, "staff/rail.html", current=current)


@router.get("/shell/bell")
def bell(session: Db, request: Request, person: Anybody, login: CurrentLogin) -> Response:
    """The bell as it is now."""
    return show(request, "staff/bell.html", login=login, unread=unread_count(session, person))


@router.get("/notices")
def notices(
    session: Db,
    request: Request,
    person: Anybody,
    login: CurrentLogin,
    before: Annotated[int | None, Query(ge=1)] = None,
    said: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """What one was told, newest first; the panel behind the bell takes the list out of this page."""
    found = list(latest(session, person, SHOWN + 1, before=before))
    return desk_page(
        request,
        session,
        login,
        "staff/notices.html",
        notices=found[:SHOWN],
        following=f"/notices?before={found[SHOWN - 1].id}" if len(found) > SHOWN else None,
        first="/notices" if before else None,
        ringing=[(name, TELLINGS[name].name) for name in ringing_for(session, person)],
        muted=muted_by(session, person),
        said=SAID.get(said),
    )


@router.post("/notices/read")
def read_all(session: Db, person: Anybody) -> Response:
    """Everything behind the bell is read."""
    mark_read(session, person, at=clock.now())
    return go("/notices")


@router.post("/notices/muted")
def choose(session: Db, person: Anybody, posted: Form) -> Response:
    """What rings for oneself from now on; what no rule rings for now stays as it was chosen."""
    offered, wanted = set(ringing_for(session, person)), set(posted.lists.get("told", ()))
    kept = muted_by(session, person) - offered
    set_preferences(session, person, muted=kept | (offered - wanted))
    return go("/notices?said=chosen#mine")


@router.get("/notices/{notice_id}")
def follow(session: Db, person: Anybody, notice_id: int) -> Response:
    """One notice is read, and leads where it is to be dealt with."""
    found = open_notice(session, person, notice_id, at=clock.now())
    if found is None:
        raise NotFound("notice_not_found", "没有这条通知", "There is no such notice")
    return go(local_address(urlsplit(found.link).path, otherwise="/notices"))
