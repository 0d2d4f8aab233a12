"""Working grids: who looks after which, from which day to which."""

from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import JSONResponse, Response
from sqlalchemy.orm import Session

from dispatch.jurisdiction import queries
from dispatch.jurisdiction.model import AreaKind
from dispatch.kit import audit, clock
from dispatch.kit.clock import CITY_ZONE
from dispatch.kit.errors import NotFound, invalid
from dispatch.kit.http import Db
from dispatch.kit.routes import Router
from dispatch.people import commands
from dispatch.people.http import CurrentLogin, require
from dispatch.people.permissions import Permission
from dispatch.people.policy import Person
from dispatch.people.queries import Login, assignments, grids_covered, holders, inspectors
from dispatch.web.admin.frame import (
    Filled,
    a_day,
    admin_page,
    asked,
    attempt,
    filled,
    maybe_day,
    maybe_id,
)
from dispatch.web.parts.forms import Form
from dispatch.web.parts.page import go

router = Router(include_in_schema=False)
Editor = Annotated[Person, Depends(require(Permission.GRIDS_EDIT))]


@router.get("/admin/working-grids")
def show_list(session: Db, request: Request, _person: Editor, login: CurrentLogin) -> Response:
    """All working grids with their inspectors, as a list and on a map."""
    wanted = asked(request, "q", "district", "lack")
    covered = grids_covered(session)
    rows = queries.working_grids(session, district=wanted["district"], text=wanted["q"])
    if wanted["lack"] == "inspector":
        rows = [row for row in rows if row.code not in covered]
    return admin_page(
        request,
        session,
        login,
        "admin/working_grids.html",
        asked=wanted,
        rows=rows,
        holders=holders(session),
        districts=queries.areas_named(session, AreaKind.DISTRICT),
    )


@router.get("/admin/working-grids.geojson")
def show_map(session: Db, _person: Editor) -> Response:
    """The working grids for a map; those without an inspector are marked."""
    covered = grids_covered(session)
    found = queries.outlines_of(session, AreaKind.WORKING_GRID)
    for each in found["features"]:
        each["properties"]["fault"] = each["properties"]["code"] not in covered
    return JSONResponse(found)


@router.get("/admin/working-grids/{code}")
def show_one(
    code: str, session: Db, request: Request, _person: Editor, login: CurrentLogin
) -> Response:
    """One working grid and its assignments."""
    return _one(session, request, login, code)


@router.get("/admin/working-grids/{code}/map.geojson")
def show_outline(code: str, session: Db, _person: Editor) -> Response:
    """The outline of one."""
    return JSONResponse(queries.outlines_of(session, AreaKind.WORKING_GRID, [code]))


@router.post("/admin/working-grids/{code}")
def change(
    code: str,
    session: Db,
    request: Request,
    person: Editor,
    login: CurrentLogin,
    posted: Form,
) -> Response:
    """Assign an inspector from a day on, or end an assignment."""
    today = clock.now().astimezone(CITY_ZONE).date()

    def deed() -> object:
        if ending := maybe_id(posted, "end"):
            day = maybe_day(posted, "until") or today
            found = commands.end_assignment(session, ending, day=day, today=today)
            told = {"until": [None, day.isoformat()]}
        else:
            chosen = maybe_id(posted, "user")
            if chosen is None:
                raise invalid("user", "请选择巡查员", "Choose an inspector")
            user = commands.locked_user(session, chosen)
            since, until = a_day(posted, "since"), maybe_day(posted, "until")
            found = commands.add_assignment(
                session, user, code, day=since, until=until, today=today
            )
            told = {"valid_from": [None, since.isoformat()]}
        changes = {"user_id": [None, found.user_id], **told}
        subject = f"working_grid:{code}"
        audit.changed(session, "grids_assigned", subject=subject, by=person, changes=changes)
        return found

    tried = attempt(session, deed)
    if tried.error is not None:
        form = tried.again(posted)
        return _one(session, request, login, code, form, status=tried.status)
    return go(f"/admin/working-grids/{code}?said=assigned")


def _one(
    session: Session,
    request: Request,
    login: Login,
    code: str,
    form_filled: Filled | None = None,
    *,
    status: int = 200,
) -> Response:
    found = [row for row in queries.working_grids(session, text=code) if row.code == code]
    if not found:
        raise NotFound("no_such_grid", f"没有责任网格 {code}", f"There is no working grid {code}")
    today = clock.now().astimezone(CITY_ZONE).date()
    return admin_page(
        request,
        session,
        login,
        "admin/working_grid.html",
        subject=f"working_grid:{code}",
        status=status,
        row=found[0],
        filled=form_filled or filled({"since": today}),
        assignments=assignments(session, grid=code, ended=True),
        holders=holders(session).get(code, ()),
        people=[(each.id, f"{each.display_name}({each.username})") for each in inspectors(session)],
    )
