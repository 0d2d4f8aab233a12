"""The board of a department: a column for each step, cards that are moved by hand or by key."""

from typing import Annotated, Any, Final

from fastapi import Query, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from dispatch.crews.queries import crews_of, workers_of
from dispatch.kit import clock
from dispatch.kit.http import Db
from dispatch.kit.routes import Router
from dispatch.people.http import CurrentLogin
from dispatch.people.model import Role
from dispatch.people.policy import Person
from dispatch.units.queries import work
from dispatch.units.states import STEP_LABELS, WAYS, Step
from dispatch.web.department.desk import Worker, shown, unit_of
from dispatch.web.parts.shell import desk_page

router = Router(prefix="/department", include_in_schema=False)

#: Cards of a column; what is beyond is a link to the list of that step.
CARDS: Final = 30


def _columns(session: Session, person: Person, wanted: work.Wanted) -> list[dict[str, Any]]:
    unit, now = unit_of(person), clock.now()
    counts = work.count_steps(session, unit, at=now, wanted=wanted)
    rows = {
        step: work.cases_of(
            session,
            unit,
            work.Wanted(step=step, crew_id=wanted.crew_id, worker=wanted.worker),
            at=now,
            limit=CARDS - 1,
        )
        for step in Step
        if counts[step]
    }
    cards = shown(session, person, [case for found in rows.values() for case in found])
    by_id = {case.id: case for case in cards}
    return [
        {
            "step": step,
            "name": STEP_LABELS[step],
            "count": counts[step],
            "verb": WAYS.get(step),
            "cards": [by_id[row.public_id] for row in rows.get(step, ())],
        }
        for step in Step
    ]


@router.get("/board")
def show_board(
    session: Db,
    request: Request,
    person: Worker,
    login: CurrentLogin,
    crew: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """What the unit has in hand, by step, for all or for one crew."""
    crew_id = int(crew) if crew.isdecimal() else None
    return desk_page(
        request,
        session,
        login,
        "department/board.html",
        columns=_columns(session, person, work.Wanted(crew_id=crew_id)),
        most=CARDS,
        crew=crew,
        crews=crews_of(session, unit_of(person)),
        workers=workers_of(session, unit_of(person)),
        manages=person.has(Role.MANAGER),
    )
