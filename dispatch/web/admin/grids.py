"""The city's areas and its gazetteer: what there is, and the way to bring new ones."""

from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.responses import Response

from dispatch.jurisdiction import queries
from dispatch.jurisdiction.model import AreaKind
from dispatch.kit.http import Db
from dispatch.kit.routes import Router
from dispatch.people.http import CurrentLogin, require
from dispatch.people.permissions import Permission
from dispatch.people.policy import Person
from dispatch.uploads.model import UploadKind
from dispatch.uploads.queries import uploads_found
from dispatch.web.admin import words
from dispatch.web.admin.frame import PAGE, admin_page, asked, listing

router = Router(include_in_schema=False)
Editor = Annotated[Person, Depends(require(Permission.GRIDS_EDIT))]
KINDS: Final = [(each.value, words.AREAS[each.value]) for each in AreaKind]


@router.get("/admin/grids")
def show_areas(session: Db, request: Request, _person: Editor, login: CurrentLogin) -> Response:
    """How many areas there are of each kind, the last imports of grids, and the areas by code."""
    wanted = asked(request, "q", "kind")
    given = wanted["kind"]
    kind = AreaKind(given) if given in set(AreaKind) else AreaKind.COMMUNITY
    rows = queries.areas_of_kind(
        session, kind, text=wanted["q"], after=wanted.after(str) or "", limit=PAGE + 1
    )
    return admin_page(
        request,
        session,
        login,
        "admin/grids.html",
        listing=listing(wanted, rows, key=lambda row: row.code),
        kind=kind.value,
        kinds=KINDS,
        counts=queries.area_counts(session),
        unit_grids=queries.count_grids(session),
        uploads=uploads_found(session, kind=UploadKind.GRID, before=None, limit=5),
    )


@router.get("/admin/places")
def show_places(session: Db, request: Request, _person: Editor, login: CurrentLogin) -> Response:
    """The names of the gazetteer."""
    wanted = asked(request, "q", "kind")
    rows = queries.places_found(
        session,
        kind=wanted["kind"],
        text=wanted["q"],
        after=wanted.after(int) or 0,
        limit=PAGE + 1,
    )
    return admin_page(
        request,
        session,
        login,
        "admin/places.html",
        listing=listing(wanted, rows, key=lambda row: row.id),
        kinds=list(words.PLACES.items()),
        counts=queries.place_counts(session),
    )
