"""One screen (一屏通览): how the city's day goes, live, on a wall, a desk and a phone."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import Annotated, Any, Final

import orjson
from fastapi import Depends, Query, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from dispatch.catalogue.reference import catalogue
from dispatch.jurisdiction.reference import area_names
from dispatch.kit import clock
from dispatch.kit.clock import city_date
from dispatch.kit.db import open_session
from dispatch.kit.http import Db
from dispatch.kit.routes import Router
from dispatch.people.http import CurrentLogin, require
from dispatch.people.permissions import Permission
from dispatch.people.policy import Person
from dispatch.people.queries import Login, login_by_hash
from dispatch.supervision.measures import Span, Subject
from dispatch.supervision.policy import district_of
from dispatch.supervision.queries.narrowed import wall_of
from dispatch.supervision.queries.spots import LEVELS, cells_drawn, spots
from dispatch.web.parts import labels
from dispatch.web.parts.language import Language, language_of
from dispatch.web.parts.page import environment, show
from dispatch.web.parts.rail import home_of
from dispatch.web.supervisor import words
from dispatch.web.supervisor.feed import FEED, Seen

router = Router(prefix="/supervisor/wall", include_in_schema=False)

Viewer = Annotated[Person, Depends(require(Permission.FIGURES_READ))]
#: A viewer hears of a new state within so many seconds of its being worked out.
STEP: Final = 0.4
#: So often a sign of life is sent, and it is asked whether the log-in still holds.
BEAT: Final = 15.0
SPANS: Final[Mapping[int, tuple[str, str]]] = {
    1: ("今天", "today"),
    7: ("7 天", "7 days"),
    30: ("30 天", "30 days"),
    365: ("一年", "a year"),
}
LEVEL_WORDS: Final[Mapping[Subject, tuple[str, str]]] = {
    Subject.DISTRICT: ("城区", "districts"),
    Subject.STREET: ("街道", "streets"),
    Subject.COMMUNITY: ("社区", "communities"),
    Subject.UNIT_GRID: ("单元网格", "unit grids"),
}

_FRESH: Final = {"Cache-Control": "no-store"}


def _context(session: Session, seen: Seen, person: Person) -> dict[str, Any]:
    district = district_of(person)
    state = seen.wall if district is None else wall_of(session, seen.wall, district)
    return {
        "number": seen.number,
        "whose": area_names(session).get(("district", district), district) if district else "",
        "at": state.at,
        "bigs": words.big_numbers(state, district),
        "overdue": words.overdue(state),
        "channels": words.channel_bars(state),
        "hours": state.hours,
        "this_hour": state.at.astimezone(clock.CITY_ZONE).hour,
        "units": words.unit_bars(session, state),
        "districts": words.district_bars(session, state),
        "lights": words.lights(state),
        "waiting": words.waiting(state),
        "times": words.times(state),
        "happened": words.lines(session, state),
    }


def _look() -> Seen:
    seen = FEED.look()
    while seen is None:  # the first look waits for whoever works it out
        seen = FEED.look()
    return seen


@router.get("")
def show_wall(session: Db, request: Request, person: Viewer, login: CurrentLogin) -> Response:
    """The whole screen; it goes on by itself where scripts run."""
    groups = {each.group for each in catalogue(session).by_id.values() if each.active}
    return show(
        request,
        "supervisor/wall.html",
        login=login,
        home=home_of(person),
        levels=LEVEL_WORDS,
        spans=SPANS,
        groups=[(key, pair) for key, (_, pair) in labels.GROUPS.items() if key in groups],
        **_context(session, _look(), person),
    )


@router.get("/spots")
def show_spots(
    session: Db,
    person: Viewer,
    level: Subject = Subject.STREET,
    days: Annotated[int, Query(ge=1, le=365)] = 7,
    group: Annotated[str, Query(max_length=32)] = "",
) -> Response:
    """How many cases each area of a level had in the last days: what the map is coloured by."""
    day = city_date(clock.now()) + timedelta(days=1)
    level = level if level in LEVELS else Subject.STREET
    span = Span(day - timedelta(days=days), day)
    within = district_of(person)
    if level is Subject.UNIT_GRID and within is None:  # tens of thousands, and none has a name
        drawn = cells_drawn(session, span, group=group)
        return Response(drawn, media_type="application/json", headers=_FRESH)
    names = area_names(session)
    found = spots(session, level, span, group=group)
    return JSONResponse(
        [
            (*each, names.get((level, each.code), ""))
            for each in found
            if each.code.startswith(within or "")
        ],
        headers=_FRESH,
    )


class _Drawn:
    """The last state as HTML, by language and district: drawn once for all who see the same."""

    def __init__(self) -> None:
        self._number = 0
        self._kept: dict[tuple[Language, str | None], bytes] = {}

    def of(self, seen: Seen, person: Person, language: Language) -> bytes:
        key = (language, district_of(person))
        if self._number != seen.number:
            self._number, self._kept = seen.number, {}
        held = self._kept.get(key)
        if held is None:
            with open_session() as session:
                template = environment(language).get_template("supervisor/wall_state.html")
                html = template.render(now=seen.wall.at, **_context(session, seen, person))
            held = self._kept[key] = orjson.dumps({"number": seen.number, "html": html})
        return held


_DRAWN: Final = _Drawn()


def _next(person: Person, language: Language, known: int) -> tuple[int, bytes] | None:
    seen = FEED.look()
    if seen is None or seen.number == known:
        return None
    return seen.number, _DRAWN.of(seen, person, language)


def _still_holds(login: Login) -> bool:
    with open_session() as session:
        now = login_by_hash(session, login.secret_hash, at=clock.now())
    return now is not None and now.person == login.person


async def _stream(request: Request, login: Login, language: Language) -> AsyncIterator[bytes]:
    yield b"retry: 2000\n\n"
    known, silent = 0, 0.0
    while not request.state.watchers.is_closing:
        new = await run_in_threadpool(_next, login.person, language, known)
        if new is not None:
            known, silent = new[0], 0.0
            yield b"id: %d\ndata: %b\n\n" % new
        elif silent >= BEAT:
            silent = 0.0
            if not await run_in_threadpool(_still_holds, login):
                return
            yield b": \n\n"
        await asyncio.sleep(STEP)
        silent += STEP


@router.get("/live")
async def watch_wall(request: Request, _person: Viewer, login: CurrentLogin) -> StreamingResponse:
    """The state again whenever it has changed, drawn, as `data: {"number": …, "html": …}`."""
    return StreamingResponse(
        _stream(request, login, language_of(request, own=login.person.language)),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )
