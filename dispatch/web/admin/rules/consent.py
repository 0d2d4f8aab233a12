"""What inspectors agree to before their track is kept: its versions, and a new one looked at before it is published."""

from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from dispatch.kit import clock
from dispatch.kit.http import Db
from dispatch.kit.routes import Router
from dispatch.patrol import commands, queries
from dispatch.people.http import CurrentLogin, require
from dispatch.people.permissions import Permission
from dispatch.people.policy import Person
from dispatch.people.queries import Login
from dispatch.web.admin.frame import Filled, a_reason, admin_page, attempt, filled, seen_in, typed
from dispatch.web.admin.rules.spoken import FAMILY
from dispatch.web.parts.forms import Form, Posted
from dispatch.web.parts.page import go

router = Router(include_in_schema=False)
Editor = Annotated[Person, Depends(require(Permission.RULES_EDIT))]


@router.get("/admin/rules/consent")
def show(session: Db, request: Request, _person: Editor, login: CurrentLogin) -> Response:
    """The version that holds, ready to be changed into the next."""
    holds = queries.current_text(session)
    values = {"zh": holds.zh, "en": holds.en} if holds else {}
    form = filled(values, seen=holds.version if holds else 0)
    return _page(session, request, login, form)


@router.post("/admin/rules/consent")
def publish(
    session: Db, request: Request, person: Editor, login: CurrentLogin, posted: Form
) -> Response:
    """Look at it as inspectors will, or publish it as the next version."""
    if posted.get("do") == "preview":
        return _page(session, request, login, typed(posted), shown=posted)
    tried = attempt(
        session,
        lambda: commands.add_text(
            session,
            zh=_text(posted, "zh"),
            en=_text(posted, "en"),
            by=person,
            at=clock.now(),
            reason=a_reason(posted),
            seen=seen_in(posted) or None,
        ),
    )
    if tried.error is not None:
        return _page(session, request, login, tried.again(posted), status=tried.status)
    return go("/admin/rules/consent?said=published")


def _text(posted: Posted, name: str) -> str:
    """What was written, with the line ends of a text and not of a form."""
    return "\n".join(line.rstrip() for line in posted.get(name).splitlines()).strip()


def _page(
    session: Session,
    request: Request,
    login: Login,
    form: Filled,
    *,
    shown: Posted | None = None,
    status: int = 200,
) -> Response:
    return admin_page(
        request,
        session,
        login,
        "admin/rules/consent.html",
        subject=commands.TEXT,
        current=FAMILY,
        status=status,
        filled=form,
        versions=queries.texts_of_consent(session),
        shown=None if shown is None else (_text(shown, "zh"), _text(shown, "en")),
    )
