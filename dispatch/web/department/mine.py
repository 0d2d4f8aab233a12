"""A handler's own tasks, for the phone in the street: what is theirs or their crew's, the first due first."""

from typing import Final

from fastapi import Request
from fastapi.responses import Response

from dispatch.cases.schemas import CaseOut
from dispatch.facilities.navigation import Navigation, links
from dispatch.kit import clock
from dispatch.kit.http import Db
from dispatch.kit.routes import Router
from dispatch.people.http import CurrentLogin
from dispatch.units.queries import work
from dispatch.units.states import OWN_WORK, Step
from dispatch.web.department.desk import Worker, shown, unit_of
from dispatch.web.parts.shell import desk_page

router = Router(prefix="/department", include_in_schema=False)

MOST: Final = 40


def ways_to(task: CaseOut) -> Navigation | None:
    """Links that open a map app with the way to the place of a task."""
    if task.longitude is None or task.latitude is None:
        return None
    words = next((place.text for place in task.places if place.text), None)
    return links(task.longitude, task.latitude, words or task.community or task.id)


@router.get("/mine")
def show_mine(session: Db, request: Request, person: Worker, login: CurrentLogin) -> Response:
    """Tasks as cards with a picture, where to go, what is due; then what nobody has taken yet."""
    unit, now = unit_of(person), clock.now()
    own = work.cases_of(
        session, unit, work.Wanted(worker=person.id, steps=OWN_WORK), at=now, limit=MOST
    )[:MOST]
    free = work.cases_of(
        session,
        unit,
        work.Wanted(unclaimed=True, steps=(Step.NEW, Step.TAKEN)),
        at=now,
        limit=MOST,
    )[:MOST]
    rows = [*own, *free]
    photos = work.first_photos(session, (row.id for row in rows))
    tasks = shown(session, person, rows)
    waiting = work.count_steps(session, unit, at=now, wanted=work.Wanted(worker=person.id))
    return desk_page(
        request,
        session,
        login,
        "department/mine.html",
        own=tasks[: len(own)],
        free=tasks[len(own) :],
        handled=waiting[Step.HANDLED],
        photos={row.public_id: photos[row.id] for row in rows if row.id in photos},
        ways={task.id: ways_to(task) for task in tasks},
    )
