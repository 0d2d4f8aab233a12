"""What the search box offers while one types: cases by number, telephone, words; and what else it could mean."""

from typing import Annotated, Final

from fastapi import Depends, Query, Request
from fastapi.responses import Response

from dispatch.cases import listing, queries
from dispatch.cases.queries import CaseFilter
from dispatch.kit import clock
from dispatch.kit.http import Db
from dispatch.kit.routes import Router
from dispatch.people.http import CurrentLogin, require
from dispatch.people.permissions import Permission
from dispatch.people.policy import SEES_REPORTERS, Person
from dispatch.web.parts.page import show
from dispatch.web.staff.looking import note_look

router = Router(include_in_schema=False)

Reader = Annotated[Person, Depends(require(Permission.CASES_READ))]
MOST: Final = 7


@router.get("/cases/suggest")
def suggest(
    session: Db,
    request: Request,
    person: Reader,
    login: CurrentLogin,
    q: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """The newest cases that what was typed so far may mean, as options of a list box."""
    now, words = clock.now(), q.strip()
    found: list[listing.Shown] = []
    if len(words) > 1:
        wanted = CaseFilter(text=words, phones=person.has(*SEES_REPORTERS))
        note_look(session, person, wanted, at=now)
        newest = queries.SORTS[queries.USUAL]
        lines = queries.lines_for(
            session, person, wanted, at=now, sort=newest, after=None, limit=MOST
        )
        found = listing.shown(session, lines[:MOST], person=person, at=now)
    return show(request, "staff/suggest.html", login=login, cases=found, typed=words)
