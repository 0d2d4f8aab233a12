"""An area of the city: its name, its outline, and of which streets a virtual district consists."""

from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import JSONResponse, Response
from sqlalchemy.orm import Session

from dispatch.jurisdiction import commands, queries
from dispatch.jurisdiction.model import Area, AreaKind
from dispatch.kit import audit
from dispatch.kit.errors import NotFound
from dispatch.kit.http import Db
from dispatch.kit.routes import Router
from dispatch.people.http import CurrentLogin, require
from dispatch.people.permissions import Permission
from dispatch.people.policy import Person
from dispatch.people.queries import Login
from dispatch.web.admin import words
from dispatch.web.admin.frame import (
    Filled,
    admin_page,
    attempt,
    filled,
    require_fields,
    seen_in,
)
from dispatch.web.parts.forms import Form, Posted
from dispatch.web.parts.page import go

router = Router(include_in_schema=False)
Editor = Annotated[Person, Depends(require(Permission.GRIDS_EDIT))]
ZONE = AreaKind.VIRTUAL_DISTRICT


@router.get("/admin/areas/virtual_district/new")
def ask_new(session: Db, request: Request, _person: Editor, login: CurrentLogin) -> Response:
    """The empty form of a virtual district."""
    return _form(session, request, login, filled({}), kind=ZONE)


@router.post("/admin/areas/virtual_district/new")
def add(
    session: Db, request: Request, person: Editor, login: CurrentLogin, posted: Form
) -> Response:
    """Add a virtual district."""

    def deed() -> Area:
        require_fields(posted, {"code": ("编码", "code"), "name": ("名称", "name")})
        return _set_zone(session, posted.get("code").upper(), posted, by=person)

    tried = attempt(session, deed)
    if tried.done is None:
        form = tried.again(posted)
        return _form(session, request, login, form, kind=ZONE, status=tried.status)
    return go(f"/admin/areas/{ZONE.value}/{tried.done.code}?said=added")


@router.get("/admin/areas/{kind}/{code}")
def show_one(
    kind: str, code: str, session: Db, request: Request, _person: Editor, login: CurrentLogin
) -> Response:
    """One area."""
    row = queries.area_by_code(session, _kind(kind), code)
    return _form(session, request, login, _as_filled(session, row), kind=_kind(kind), row=row)


@router.post("/admin/areas/{kind}/{code}")
def save(
    kind: str,
    code: str,
    session: Db,
    request: Request,
    person: Editor,
    login: CurrentLogin,
    posted: Form,
) -> Response:
    """Name an area; a virtual district also gets its streets."""
    of = _kind(kind)
    row = queries.area_by_code(session, of, code)

    def deed() -> Area:
        if of is ZONE:
            return _set_zone(session, code, posted, by=person)
        name, seen = posted.get("name"), seen_in(posted)
        return commands.rename_area(session, of, code, name, by=person, seen=seen)

    tried = attempt(session, deed)
    if tried.done is None:
        form = tried.again(posted)
        return _form(session, request, login, form, kind=of, row=row, status=tried.status)
    return go(f"/admin/areas/{of.value}/{code}?said=saved")


@router.get("/admin/areas/{kind}/{code}/map.geojson")
def show_outline(kind: str, code: str, session: Db, _person: Editor) -> Response:
    """The outline of one."""
    return JSONResponse(queries.outlines_of(session, _kind(kind), [code]))


def _kind(given: str) -> AreaKind:
    if given not in set(AreaKind):
        raise NotFound("no_such_area", "没有这种区域", "There is no such kind of area")
    return AreaKind(given)


def _set_zone(session: Session, code: str, posted: Posted, *, by: Person) -> Area:
    return commands.set_virtual_district(
        session,
        code,
        name=posted.get("name"),
        streets=posted.lists.get("streets", []),
        by=by,
        seen=seen_in(posted),
    )


def _as_filled(session: Session, row: Area) -> Filled:
    streets = queries.streets_of_zone(session, row.code) if row.kind == ZONE else []
    seen = audit.version_of(session, commands.subject_of(AreaKind(row.kind), row.code))
    return filled({"code": row.code, "name": row.name}, lists={"streets": streets}, seen=seen)


def _form(
    session: Session,
    request: Request,
    login: Login,
    form_filled: Filled,
    *,
    kind: AreaKind,
    row: Area | None = None,
    status: int = 200,
) -> Response:
    return admin_page(
        request,
        session,
        login,
        "admin/area.html",
        subject=commands.subject_of(kind, row.code) if row else None,
        current="grids",
        status=status,
        filled=form_filled,
        row=row,
        kind=kind.value,
        kind_words=words.AREAS[kind.value],
        streets=queries.areas_named(session, AreaKind.STREET) if kind is ZONE else (),
    )
