"""The list of cases: a queue, a saved list or a filter; dense rows, the next page behind a cursor."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import Depends, Request
from fastapi.responses import JSONResponse, Response
from sqlalchemy.orm import Session

from dispatch.cases import listing, queries
from dispatch.cases.deadlines import Light
from dispatch.cases.queries import CaseFilter
from dispatch.cases.states import VERB_LABELS, Verb
from dispatch.catalogue.reference import catalogue
from dispatch.departments.reference import departments
from dispatch.jurisdiction.model import AreaKind
from dispatch.jurisdiction.reference import area_names
from dispatch.kit import clock, paging
from dispatch.kit.http import Db
from dispatch.kit.routes import Router
from dispatch.lists.queries import Arranged, arranged, lists_of, saved_list
from dispatch.people.http import CurrentLogin, require
from dispatch.people.permissions import Permission
from dispatch.people.policy import SEES_REPORTERS, Person
from dispatch.web.parts.shell import desk_page
from dispatch.web.staff import chips
from dispatch.web.staff.chosen import Chosen, chosen, filter_of, from_query, order_of
from dispatch.web.staff.columns import arranged_columns, left_out, sortable
from dispatch.web.staff.looking import note_look

router = Router(include_in_schema=False)

Reader = Annotated[Person, Depends(require(Permission.CASES_READ))]
ROWS: Final = 50
#: A list says how many it holds up to here.
MOST_COUNTED: Final = 1000
#: So many cases of a list are on its map at once; further ones come when one looks closer.
POINTS: Final = 2000


def _asked(session: Session, request: Request, person: Person, held: Arranged) -> Chosen:
    """What the address asks for; a saved list by its number; nothing: the list that opens first."""
    asked = request.query_params
    wanted = asked.get("list", "") or ("" if asked else str(held.default_list_id or ""))
    narrowed = set(asked) - {"list", "cursor", "said", "of"}
    if wanted.isdecimal() and not narrowed:
        found = saved_list(session, int(wanted), person)
        if found is not None:
            kept = from_query(found.query, person).with_saved(found.id)
            return Chosen(
                kept.queue, kept.given, kept.sort, asked.get("cursor", ""), kept.view, kept.saved
            )
    return chosen(asked, person)


def _page(
    session: Session, person: Person, asked: Chosen, wanted: CaseFilter
) -> tuple[list[listing.Shown], str | None]:
    now, order = clock.now(), order_of(asked, wanted)
    lines = queries.lines_for(
        session,
        person,
        wanted,
        at=now,
        sort=order,
        after=paging.decode(asked.cursor or None, parts=2),
        limit=ROWS,
    )
    on_page, following = paging.cut(lines, ROWS, key=order.key_of)
    return listing.shown(session, on_page, person=person, at=now), following


def _choices(session: Session) -> dict[str, Any]:
    """What the filters offer."""
    names = area_names(session).items()
    districts = (AreaKind.DISTRICT, AreaKind.VIRTUAL_DISTRICT)
    units = (each for each in departments(session).values() if each.active)
    return {
        "units": sorted(units, key=lambda each: each.name),
        "districts": sorted((code, name) for (kind, code), name in names if kind in districts),
        "streets": sorted((code, name) for (kind, code), name in names if kind is AreaKind.STREET),
        "categories": [each for each in catalogue(session).by_id.values() if each.active],
        "lights": [each for each in Light if each is not Light.NONE],
        "spans": chips.SPANS,
        "requests": chips.REQUESTS,
    }


def _done(asked: Mapping[str, str]) -> tuple[tuple[str, str], str] | None:
    verb = asked.get("said", "")
    return (VERB_LABELS[Verb(verb)], asked.get("of", "")[:64]) if verb in set(Verb) else None


@router.get("/cases")
def list_cases(session: Db, request: Request, person: Reader, login: CurrentLogin) -> Response:
    """The queue of one's post, a saved list, or what the filters ask for."""
    held = arranged(session, person)
    asked = _asked(session, request, person, held)
    now = clock.now()
    wanted = filter_of(session, person, asked, at=now)
    note_look(session, person, wanted, at=now)
    found, following = _page(session, person, asked, wanted)
    count = queries.count_up_to(session, person, {"": wanted}, at=now, most=MOST_COUNTED)[""]
    columns, saved = arranged_columns(held.columns), lists_of(session, person)
    return desk_page(
        request,
        session,
        login,
        "staff/cases.html",
        current=asked.queue,
        queue=asked.of_queue,
        chosen=asked,
        chips=chips.chips_of(session, asked),
        cases=found,
        count=count,
        most_counted=MOST_COUNTED,
        following=asked.address(cursor=following) if following else None,
        columns=columns,
        more_columns=left_out(columns),
        sortable={
            each.key: asked.sorted_by(each.sort)
            for each in columns
            if sortable(each, is_open=wanted.is_open)
        },
        saved=saved,
        open_list=next((each for each in saved if str(each.id) == asked.saved), None),
        opens_first=held.default_list_id,
        sees_reporters=person.has(*SEES_REPORTERS),
        done=_done(request.query_params),
        **_choices(session),
    )


@router.get("/cases/points")
def points(session: Db, request: Request, person: Reader) -> JSONResponse:
    """The places of a list for its map: GeoJSON in WGS-84/CGCS2000 degrees, no more than `POINTS`."""
    asked, now = chosen(request.query_params, person), clock.now()
    wanted = filter_of(session, person, asked, at=now)
    order = order_of(asked, wanted)
    found = queries.points_for(session, person, wanted, at=now, sort=order, limit=POINTS)
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [each.longitude, each.latitude]},
            "properties": {"id": each.public_id, "light": each.light, "hazard": each.hazard},
        }
        for each in found[:POINTS]
    ]
    return JSONResponse(
        {"type": "FeatureCollection", "features": features, "more": len(found) > POINTS},
        headers={"Cache-Control": "no-store"},
    )
