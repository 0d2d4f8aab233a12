"""Returned cases with their chain: who had them, why they came back; units between which cases go to and fro."""

from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.responses import Response

from dispatch.cases.states import Stage
from dispatch.departments.reference import departments
from dispatch.kit import clock
from dispatch.kit.http import Db
from dispatch.kit.routes import Router
from dispatch.people.http import CurrentLogin, require
from dispatch.people.permissions import Permission
from dispatch.people.policy import Person
from dispatch.units.queries.waiting import CHRONIC_DAYS, chains_of, chronic_returns, waiting_at
from dispatch.web.dispatcher.desk import shown
from dispatch.web.parts.shell import desk_page

router = Router(prefix="/dispatcher", include_in_schema=False)

Reader = Annotated[Person, Depends(require(Permission.DISPATCH_DESK))]
MOST: Final = 50


@router.get("/returned")
def show_returned(session: Db, request: Request, person: Reader, login: CurrentLogin) -> Response:
    """What came back and waits for another unit, the first due first."""
    rows = waiting_at(session, person, Stage.FILED, limit=MOST, returned=True)
    chains = chains_of(session, (row.id for row in rows))
    return desk_page(
        request,
        session,
        login,
        "dispatcher/returned.html",
        cases=list(
            zip(shown(session, person, rows), (chains.get(row.id, []) for row in rows), strict=True)
        ),
        chronic=chronic_returns(session, at=clock.now()),
        days=CHRONIC_DAYS,
        names={each.id: each.words for each in departments(session).values()},
    )
