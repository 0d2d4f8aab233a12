"""Public facilities: hours, places, and the feeds that tell how full they are."""

import secrets
from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from dispatch.facilities import commands, queries
from dispatch.facilities.commands import FacilityChange
from dispatch.facilities.model import Facility, FacilityKind
from dispatch.facilities.queries import FacilityFilter
from dispatch.kit import audit
from dispatch.kit.errors import NotFound, invalid
from dispatch.kit.http import Db
from dispatch.kit.routes import Router
from dispatch.people.http import CurrentLogin, require
from dispatch.people.permissions import Permission
from dispatch.people.policy import Person
from dispatch.people.queries import Login
from dispatch.web.admin import words
from dispatch.web.admin.frame import (
    PAGE,
    Filled,
    a_number,
    admin_page,
    asked,
    attempt,
    filled,
    listing,
    maybe_number,
    seen_in,
)
from dispatch.web.parts.forms import Form, Posted
from dispatch.web.parts.page import go

router = Router(include_in_schema=False)
Editor = Annotated[Person, Depends(require(Permission.FACILITIES_EDIT))]
KINDS: Final = [(each.value, words.FACILITIES[each.value]) for each in FacilityKind]


@router.get("/admin/facilities")
def show_list(session: Db, request: Request, _person: Editor, login: CurrentLogin) -> Response:
    """Facilities by code."""
    wanted = asked(request, "q", "kind", "state")
    kind = wanted["kind"]
    rows = queries.facilities_found(
        session,
        FacilityFilter(
            text=wanted["q"],
            kind=FacilityKind(kind) if kind in set(FacilityKind) else None,
            active={"on": True, "off": False}.get(wanted["state"]),
        ),
        after=wanted.after(str) or "",
        limit=PAGE + 1,
    )
    return admin_page(
        request,
        session,
        login,
        "admin/facilities.html",
        listing=listing(wanted, rows, key=lambda row: row.facility.code),
        kinds=KINDS,
    )


@router.get("/admin/facilities/keys")
def show_keys(session: Db, request: Request, _person: Editor, login: CurrentLogin) -> Response:
    """The feeds and when each last spoke."""
    return _keys(session, request, login, filled({}))


@router.post("/admin/facilities/keys")
def give_key(
    session: Db, request: Request, person: Editor, login: CurrentLogin, posted: Form
) -> Response:
    """Give a feed a key, shown this once; or let it report, or not any more."""
    if handle := posted.get("handle"):
        enabled = posted.get("on") == "yes"
        commands.set_key_enabled(session, handle, enabled=enabled, by=person)
        return go("/admin/facilities/keys?said=saved")
    made = secrets.token_urlsafe(24)

    def deed() -> object:
        name, kind = posted.get("name"), posted.get("kind")
        if not name:
            raise invalid("name", "请填写数据源名称", "Name the feed")
        chosen = FacilityKind(kind) if kind in set(FacilityKind) else None
        commands.give_key(session, key=made, name=name[:100], kind=chosen)
        audit.record(
            session,
            "facility_key_given",
            subject=f"facility_key:{name[:100]}",
            actor=person.username or person.name,
            actor_id=person.id,
        )
        return name

    tried = attempt(session, deed)
    if tried.error is not None:
        return _keys(session, request, login, tried.again(posted), status=tried.status)
    return _keys(session, request, login, filled({}), secret=made)


@router.get("/admin/facilities/new")
def ask_new(session: Db, request: Request, _person: Editor, login: CurrentLogin) -> Response:
    """The empty form."""
    start = {"kind": FacilityKind.TOILET.value, "opening_hours": "24/7", "active": True}
    return _form(session, request, login, filled(start))


@router.post("/admin/facilities/new")
def add(
    session: Db, request: Request, person: Editor, login: CurrentLogin, posted: Form
) -> Response:
    """Add a facility."""

    def deed() -> Facility:
        kind = posted.get("kind")
        return commands.add_facility(
            session,
            code=posted.get("code"),
            kind=FacilityKind(kind) if kind in set(FacilityKind) else FacilityKind.TOILET,
            change=_change(posted),
            by=person,
        )

    tried = attempt(session, deed)
    if tried.done is None:
        return _form(session, request, login, tried.again(posted), status=tried.status)
    return go(f"/admin/facilities/{tried.done.code}?said=added")


@router.get("/admin/facilities/{code}")
def show_one(
    code: str, session: Db, request: Request, _person: Editor, login: CurrentLogin
) -> Response:
    """One facility."""
    row = _found(session, code)
    item = row.facility
    values = {
        **{name: getattr(item, name) for name in commands.EDITED},
        "longitude": f"{row.longitude:.6f}",
        "latitude": f"{row.latitude:.6f}",
    }
    seen = audit.version_of(session, f"facility:{code}")
    return _form(session, request, login, filled(values, seen=seen), code=code)


@router.post("/admin/facilities/{code}")
def save(
    code: str,
    session: Db,
    request: Request,
    person: Editor,
    login: CurrentLogin,
    posted: Form,
) -> Response:
    """Change a facility."""
    tried = attempt(
        session,
        lambda: commands.edit_facility(
            session, code, _change(posted), by=person, seen=seen_in(posted)
        ),
    )
    if tried.done is None:
        form = tried.again(posted)
        return _form(session, request, login, form, code=code, status=tried.status)
    return go(f"/admin/facilities/{code}?said=saved")


def _found(session: Session, code: str) -> queries.PlacedFacility:
    row = queries.placed_facility(session, code)
    if row is None:
        raise NotFound("no_such_facility", f"没有设施 {code}", f"There is no facility {code}")
    return row


def _change(posted: Posted) -> FacilityChange:
    total = maybe_number(posted, "spaces_total", least=0, most=100_000)
    return FacilityChange(
        name=posted.get("name"),
        address=posted.get("address")[:200],
        opening_hours=posted.get("opening_hours"),
        accessible=posted.get("accessible") == "yes",
        spaces_total=None if total is None else int(total),
        active=posted.get("active") == "yes",
        longitude=a_number(posted, "longitude", least=-180, most=180),
        latitude=a_number(posted, "latitude", least=-90, most=90),
    )


def _form(
    session: Session,
    request: Request,
    login: Login,
    form_filled: Filled,
    *,
    code: str = "",
    status: int = 200,
) -> Response:
    row = _found(session, code) if code else None
    return admin_page(
        request,
        session,
        login,
        "admin/facility.html",
        subject=f"facility:{code}" if code else None,
        status=status,
        row=row,
        filled=form_filled,
        kinds=KINDS,
    )


def _keys(
    session: Session,
    request: Request,
    login: Login,
    form_filled: Filled,
    *,
    secret: str = "",
    status: int = 200,
) -> Response:
    return admin_page(
        request,
        session,
        login,
        "admin/facility_keys.html",
        status=status,
        filled=form_filled,
        secret=secret,
        keys=queries.feed_keys(session),
        kinds=KINDS,
    )
