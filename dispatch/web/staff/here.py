"""Who else looks at a case: the line in its head, and the word of each browser that somebody is still there."""

from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import Response

from dispatch.cases.commands import find_case
from dispatch.kit import clock
from dispatch.kit.http import Db
from dispatch.kit.routes import Router
from dispatch.people.http import CurrentLogin, require
from dispatch.people.permissions import Permission
from dispatch.people.policy import Person
from dispatch.web.parts.forms import Form
from dispatch.web.parts.page import show
from dispatch.web.parts.presence import go_away, others_here, stay

router = Router(include_in_schema=False)

Reader = Annotated[Person, Depends(require(Permission.CASES_READ))]


@router.get("/cases/{case_id}/here")
def who_is_here(
    session: Db, request: Request, person: Reader, login: CurrentLogin, case_id: str
) -> Response:
    """The others, as the head of the page shows them."""
    case = find_case(session, case_id, by=person)
    others = others_here(case, person, at=clock.now())
    return show(request, "staff/case/here.html", login=login, case=case, here_now=others)


@router.post("/cases/{case_id}/here")
def i_am_here(
    session: Db,
    request: Request,
    person: Reader,
    login: CurrentLogin,
    case_id: str,
    posted: Form,
) -> Response:
    """Still there, filling in a form or none; or gone."""
    case, now = find_case(session, case_id, by=person), clock.now()
    if posted.get("gone"):
        go_away(case, person, at=now)
        return Response(status_code=204)
    stay(case, person, doing=posted.get("doing"), at=now)
    others = others_here(case, person, at=now)
    return show(request, "staff/case/here.html", login=login, case=case, here_now=others)
