"""Reports to accept: one after the other, each with a key: accept, reject, have verified, link."""

from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import Depends, Query, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from dispatch.cases import present
from dispatch.cases.states import Verb
from dispatch.catalogue.reference import catalogue
from dispatch.hotline.model import ModuleUse
from dispatch.hotline.queries.waiting import waiting_for
from dispatch.hotline.reference import modules_for
from dispatch.kit import clock
from dispatch.kit.errors import DomainError, NotFound
from dispatch.kit.http import Db, status_of
from dispatch.kit.routes import Router
from dispatch.people.http import CurrentLogin, require
from dispatch.people.permissions import Permission
from dispatch.people.policy import Person
from dispatch.people.queries import Login
from dispatch.web.agent import work
from dispatch.web.parts.forms import Form
from dispatch.web.parts.page import go
from dispatch.web.parts.shell import desk_page

router = Router(include_in_schema=False)

Agent = Annotated[Person, Depends(require(Permission.AGENT_DESK))]
DEEDS: Final = frozenset({Verb.ACCEPT, Verb.REJECT, Verb.REQUEST_VERIFICATION, Verb.LINK_DUPLICATE})


def _page(
    session: Session,
    request: Request,
    login: Login,
    *,
    wanted: str,
    said: str = "",
    of: str = "",
    refused: DomainError | None = None,
) -> Response:
    person = login.person
    waiting = waiting_for(session, person, camera=False)
    case = work.in_hand(waiting, wanted)
    return desk_page(
        request,
        session,
        login,
        "agent/accept.html",
        status=status_of(refused) if refused else 200,
        refused=(refused.zh, refused.en) if refused else None,
        said=work.said_of(said, of),
        waiting=present.cases_out(session, waiting, person=person, at=clock.now()),
        hand=work.details_of(session, person, case) if case else None,
        following=work.after(waiting, case) if case else "",
        reasons=modules_for(session, ModuleUse.REJECT),
        categories=[each for each in catalogue(session).by_id.values() if each.active],
        conditions=_conditions(session, case.category_id if case else None),
    )


def _conditions(session: Session, category_id: int | None) -> tuple[object, ...]:
    found = catalogue(session).by_id.get(category_id or 0)
    return found.conditions if found else ()


@router.get("/agent/accept")
def list_waiting(
    session: Db,
    request: Request,
    _person: Agent,
    login: CurrentLogin,
    case: Annotated[str, Query(max_length=64)] = "",
    said: Annotated[str, Query(max_length=40)] = "",
    of: Annotated[str, Query(max_length=64)] = "",
) -> Response:
    """The list and the one in hand."""
    return _page(session, request, login, wanted=case, said=said, of=of)


@router.post("/agent/accept/{case_id}/{verb}")
def decide(
    session: Db,
    request: Request,
    person: Agent,
    login: CurrentLogin,
    case_id: str,
    verb: Verb,
    posted: Form,
) -> Response:
    """Do it and go on to the next; a refusal says why and stays."""
    if verb not in DEEDS:
        raise NotFound("no_such_deed", "这里没有这个操作", "There is no such deed here")
    refused = work.do(session, person, case_id, verb, posted)
    if refused is not None:
        return _page(session, request, login, wanted=case_id, refused=refused)
    asked = urlencode({"case": posted.get("next"), "said": verb.value, "of": case_id})
    return go(f"/agent/accept?{asked}")
