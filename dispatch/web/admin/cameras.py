"""Cameras: where they look, from when on a person looks first, what their alarms mean, and a trial."""

from datetime import timedelta
from typing import Annotated, Any, Final

from fastapi import Depends, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from dispatch.catalogue.reference import catalogue
from dispatch.intake.channels.camera import registry
from dispatch.intake.channels.camera.adapters import ADAPTERS
from dispatch.intake.channels.camera.registry import CameraChange, CameraFilter
from dispatch.intake.model import Camera
from dispatch.kit import audit, clock
from dispatch.kit.http import Db
from dispatch.kit.routes import Router
from dispatch.people.http import CurrentLogin, require
from dispatch.people.permissions import Permission
from dispatch.people.policy import Person
from dispatch.people.queries import Login
from dispatch.web.admin.frame import (
    PAGE,
    Filled,
    a_number,
    admin_page,
    asked,
    attempt,
    filled,
    listing,
    maybe_id,
    maybe_number,
    seen_in,
)
from dispatch.web.parts.forms import Form, Posted
from dispatch.web.parts.page import go

router = Router(include_in_schema=False)
Editor = Annotated[Person, Depends(require(Permission.CAMERAS_EDIT))]
SOURCES: Final = [(each, each) for each in ADAPTERS]
SILENCE: Final = timedelta(days=7)


@router.get("/admin/cameras")
def show_list(session: Db, request: Request, _person: Editor, login: CurrentLogin) -> Response:
    """Cameras with their last alarms."""
    wanted = asked(request, "q", "source", "state")
    rows = registry.cameras_found(
        session,
        CameraFilter(
            text=wanted["q"],
            source=wanted["source"],
            enabled={"on": True, "off": False}.get(wanted["state"]),
            silent_since=clock.now() - SILENCE if wanted["state"] == "silent" else None,
        ),
        after=wanted.after(int) or 0,
        limit=PAGE + 1,
    )
    return admin_page(
        request,
        session,
        login,
        "admin/cameras.html",
        listing=listing(wanted, rows, key=lambda row: row.camera.id),
        sources=SOURCES,
    )


@router.get("/admin/cameras/types")
def show_types(session: Db, request: Request, _person: Editor, login: CurrentLogin) -> Response:
    """What vendors' type codes mean here, and the devices that have registered."""
    return _types(session, request, login, filled({}))


@router.post("/admin/cameras/types")
def set_type(
    session: Db, request: Request, person: Editor, login: CurrentLogin, posted: Form
) -> Response:
    """Say what a type code means."""
    tried = attempt(
        session,
        lambda: registry.set_type(
            session,
            source=posted.get("source"),
            type_code=posted.get("type_code")[:100],
            label=posted.get("label")[:100],
            category_id=maybe_id(posted, "category"),
            condition_id=maybe_id(posted, "condition"),
            by=person,
        ),
    )
    if tried.done is None:
        return _types(session, request, login, tried.again(posted), status=tried.status)
    return go("/admin/cameras/types?said=saved")


@router.get("/admin/cameras/new")
def ask_new(session: Db, request: Request, _person: Editor, login: CurrentLogin) -> Response:
    """The empty form."""
    return _form(session, request, login, filled({"source": "generic", "enabled": True}))


@router.post("/admin/cameras/new")
def add(
    session: Db, request: Request, person: Editor, login: CurrentLogin, posted: Form
) -> Response:
    """Add a camera."""

    def deed() -> Camera:
        return registry.add_camera(
            session,
            source=posted.get("source"),
            code=posted.get("code"),
            change=_change(posted),
            by=person,
        )

    tried = attempt(session, deed)
    if tried.done is None:
        return _form(session, request, login, tried.again(posted), status=tried.status)
    return go(f"/admin/cameras/{tried.done.id}?said=added")


@router.get("/admin/cameras/{camera_id}")
def show_one(
    camera_id: int, session: Db, request: Request, _person: Editor, login: CurrentLogin
) -> Response:
    """One camera."""
    return _form(session, request, login, None, camera_id=camera_id)


@router.post("/admin/cameras/{camera_id}")
def save(
    camera_id: int,
    session: Db,
    request: Request,
    person: Editor,
    login: CurrentLogin,
    posted: Form,
) -> Response:
    """Change a camera."""
    tried = attempt(
        session,
        lambda: registry.edit_camera(
            session, camera_id, _change(posted), by=person, seen=seen_in(posted)
        ),
    )
    if tried.done is None:
        form = tried.again(posted)
        return _form(session, request, login, form, camera_id=camera_id, status=tried.status)
    return go(f"/admin/cameras/{camera_id}?said=saved")


@router.post("/admin/cameras/{camera_id}/try")
def try_out(
    camera_id: int,
    session: Db,
    request: Request,
    person: Editor,
    login: CurrentLogin,
    posted: Form,
) -> Response:
    """What would become of an alarm now; nothing of it stays."""
    taken = registry.try_alarm(session, camera_id, posted.get("type"), by=person, at=clock.now())
    return _form(session, request, login, None, camera_id=camera_id, taken=taken)


def _change(posted: Posted) -> CameraChange:
    return CameraChange(
        name=posted.get("name"),
        address=posted.get("address")[:200],
        longitude=a_number(posted, "longitude", least=-180, most=180),
        latitude=a_number(posted, "latitude", least=-90, most=90),
        min_confidence=maybe_number(posted, "min_confidence", least=0, most=1),
        enabled=posted.get("enabled") == "yes",
    )


def _form(
    session: Session,
    request: Request,
    login: Login,
    form_filled: Filled | None,
    *,
    camera_id: int = 0,
    taken: Any = None,
    status: int = 200,
) -> Response:
    row = registry.camera_row(session, camera_id) if camera_id else None
    if form_filled is None and row is not None:
        values = {
            **{name: getattr(row.camera, name) for name in registry.EDITED},
            "longitude": f"{row.longitude:.6f}",
            "latitude": f"{row.latitude:.6f}",
        }
        seen = audit.version_of(session, registry.subject_of(row.camera))
        form_filled = filled(values, seen=seen)
    return admin_page(
        request,
        session,
        login,
        "admin/camera.html",
        subject=registry.subject_of(row.camera) if row else None,
        status=status,
        row=row,
        filled=form_filled,
        sources=SOURCES,
        scenes=registry.scenes_of(session, row.camera) if row else (),
        types=registry.types(session, row.camera.source) if row else (),
        taken=taken,
    )


def _types(
    session: Session, request: Request, login: Login, form_filled: Filled, *, status: int = 200
) -> Response:
    known = catalogue(session)
    return admin_page(
        request,
        session,
        login,
        "admin/camera_types.html",
        status=status,
        filled=form_filled,
        types=registry.types(session),
        devices=registry.devices(session),
        silent_since=clock.now() - registry.DEVICE_SILENCE,
        sources=SOURCES,
        categories=[(each.id, each.words) for each in known.by_id.values() if each.active],
        conditions=[
            (each.id, _of_category(known.by_id[each.category_id].words, each.words))
            for each in known.conditions.values()
            if each.category_id in known.by_id
        ],
        names={each.id: each.words for each in known.by_id.values()},
        texts={each.id: each.words for each in known.conditions.values()},
    )


def _of_category(category: tuple[str, str], condition: tuple[str, str]) -> tuple[str, str]:
    """A condition behind its category, as a list of choices shows it."""
    zh, en = (f"{category[at]}: {condition[at]}"[:80] for at in (0, 1))
    return zh, en
