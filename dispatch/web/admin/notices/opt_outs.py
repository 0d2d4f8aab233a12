"""Who wants no more notices: found by number, taken back, and written down for who asks on the phone."""

from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from dispatch.kit import clock
from dispatch.kit.errors import NotFound
from dispatch.kit.http import Db
from dispatch.kit.routes import Router
from dispatch.notices import commands, queries
from dispatch.notices.events import WAYS, Way
from dispatch.people.http import CurrentLogin, require
from dispatch.people.permissions import Permission
from dispatch.people.policy import Person
from dispatch.people.queries import Login
from dispatch.web.admin.frame import (
    PAGE,
    Filled,
    a_reason,
    admin_page,
    asked,
    attempt,
    filled,
    listing,
)
from dispatch.web.parts.forms import Form
from dispatch.web.parts.page import go

router = Router(include_in_schema=False)
Editor = Annotated[Person, Depends(require(Permission.NOTICES_EDIT))]
SOURCES: Final = {
    "sms": ("短信回复", "answer to an SMS"),
    "wechat": ("微信回复", "message on WeChat"),
    "web": ("进度页面", "page of the report"),
    "staff": ("来电登记", "asked on the phone"),
}


@router.get("/admin/notices/opt-outs")
def show(session: Db, request: Request, _person: Editor, login: CurrentLogin) -> Response:
    """The latest first; a number is found by its fingerprint, which is all that is kept."""
    return _page(session, request, login, filled({}))


@router.post("/admin/notices/opt-outs")
def add(
    session: Db, request: Request, person: Editor, login: CurrentLogin, posted: Form
) -> Response:
    """Write down that somebody wants no more SMS."""
    tried = attempt(
        session,
        lambda: commands.opt_out_by_hand(
            session,
            number=posted.get("number"),
            by=person,
            reason=a_reason(posted),
            at=clock.now(),
        ),
    )
    if tried.error is not None:
        return _page(session, request, login, tried.again(posted), status=tried.status)
    return go("/admin/notices/opt-outs?said=opted_out")


@router.post("/admin/notices/opt-outs/restore")
def restore(
    session: Db, request: Request, person: Editor, login: CurrentLogin, posted: Form
) -> Response:
    """Let notices go to somebody again."""
    given, way = posted.get("mark"), posted.get("way")
    if way not in set(Way) or len(given) != 2 * queries.MARK or not given.isalnum():
        raise NotFound("opt_out_not_found", "没有这条退订", "There is no such opt-out")
    tried = attempt(
        session,
        lambda: commands.take_back(
            session, way=Way(way), mark=_bytes(given), by=person, reason=a_reason(posted)
        ),
    )
    if tried.error is not None:
        return _page(session, request, login, tried.again(posted), status=tried.status)
    return go("/admin/notices/opt-outs?said=opted_in")


def _bytes(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise NotFound("opt_out_not_found", "没有这条退订", "There is no such opt-out") from None


def _page(
    session: Session, request: Request, login: Login, form: Filled, *, status: int = 200
) -> Response:
    wanted = asked(request, "q", "way")
    rows = queries.opted_out(
        session, number=wanted["q"], way=wanted["way"], after=wanted.after(str), limit=PAGE + 1
    )
    return admin_page(
        request,
        session,
        login,
        "admin/notices/opt_outs.html",
        status=status,
        listing=listing(wanted, rows, key=queries.place_of),
        filled=form,
        ways=WAYS,
        sources=SOURCES,
        dead=queries.count_dead(session),
    )
