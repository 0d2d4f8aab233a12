"""Deliveries: what went to departments' own systems, what was given up, and what to do about it."""

from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from dispatch.departments.reference import departments
from dispatch.exchange import commands, queries
from dispatch.exchange.model import DeliveryStatus
from dispatch.exchange.queries import LogFilter, OutboxState
from dispatch.kit import clock
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
    a_reason,
    admin_page,
    asked,
    attempt,
    filled,
    listing,
)
from dispatch.web.parts.forms import Form, Posted
from dispatch.web.parts.page import go

router = Router(include_in_schema=False)
Manager = Annotated[Person, Depends(require(Permission.DELIVERIES_MANAGE))]
STATES: Final = [(each.value, words.DELIVERIES[each.value][2]) for each in DeliveryStatus]


@router.get("/admin/deliveries")
def show_log(session: Db, request: Request, _person: Manager, login: CurrentLogin) -> Response:
    """The log, newest first; or the events of the platform that were not worked off."""
    if request.query_params.get("show") == "events":
        return _events(session, request, login)
    return _log(session, request, login, filled({}))


@router.post("/admin/deliveries")
def do_many(
    session: Db, request: Request, person: Manager, login: CurrentLogin, posted: Form
) -> Response:
    """Send the marked ones again, or give them up for a reason."""
    ids = [int(each) for each in posted.lists.get("id", []) if each.isdigit()]

    def deed() -> str:
        if not ids:
            raise invalid("id", "请先勾选要处理的推送", "Mark the messages first")
        if posted.get("do") == "drop":
            commands.drop(session, ids, reason=a_reason(posted), by=person)
            return "dropped"
        for each in ids:
            commands.resend(session, each, by=person, at=clock.now())
        return "sent"

    tried = attempt(session, deed)
    if tried.done is None:
        return _log(session, request, login, tried.again(posted), status=tried.status)
    return go(f"/admin/deliveries?status=dead&said={tried.done}")


@router.post("/admin/deliveries/all")
def send_all(session: Db, person: Manager, posted: Form) -> Response:
    """Send everything again that was given up, of one department or of all."""
    commands.resend_dead(session, department_id=_unit(posted), by=person, at=clock.now())
    return go("/admin/deliveries?said=sent")


@router.post("/admin/deliveries/events")
def send_events(session: Db, person: Manager, posted: Form) -> Response:
    """Have the relay send events again; what is done is not done twice."""
    ids = [int(each) for each in posted.lists.get("id", []) if each.isdigit()]
    commands.resend_events(session, ids=ids or None, by=person)
    return go("/admin/deliveries?show=events&said=sent")


@router.get("/admin/deliveries/{delivery_id}")
def show_one(
    delivery_id: int, session: Db, request: Request, _person: Manager, login: CurrentLogin
) -> Response:
    """One message with what is in it and what was answered."""
    return _one(session, request, login, delivery_id, filled({}))


@router.post("/admin/deliveries/{delivery_id}")
def do_one(
    delivery_id: int,
    session: Db,
    request: Request,
    person: Manager,
    login: CurrentLogin,
    posted: Form,
) -> Response:
    """Send one again, or give it up for a reason."""

    def deed() -> str:
        if posted.get("do") == "drop":
            commands.drop(session, [delivery_id], reason=a_reason(posted), by=person)
            return "dropped"
        commands.resend(session, delivery_id, by=person, at=clock.now())
        return "sent"

    tried = attempt(session, deed)
    if tried.done is None:
        form = tried.again(posted)
        return _one(session, request, login, delivery_id, form, status=tried.status)
    return go(f"/admin/deliveries/{delivery_id}?said={tried.done}")


def _unit(posted: Posted) -> int | None:
    given = posted.get("department")
    return int(given) if given.isdigit() else None


def _log(
    session: Session,
    request: Request,
    login: Login,
    form_filled: Filled,
    *,
    status: int = 200,
) -> Response:
    wanted = asked(request, "q", "status", "department")
    chosen, unit = wanted["status"], wanted["department"]
    rows = queries.delivery_log(
        session,
        LogFilter(
            status=DeliveryStatus(chosen) if chosen in set(DeliveryStatus) else None,
            department_id=int(unit) if unit.isdigit() else None,
            number=wanted["q"],
        ),
        before=wanted.after(int),
        limit=PAGE + 1,
    )
    return admin_page(
        request,
        session,
        login,
        "admin/deliveries.html",
        status=status,
        filled=form_filled,
        listing=listing(wanted, rows, key=lambda row: row.delivery.id),
        states=STATES,
        units=departments(session),
        dead=queries.count_dead(session),
        events=queries.count_events(session)[OutboxState.DEAD],
    )


def _events(session: Session, request: Request, login: Login) -> Response:
    return admin_page(
        request,
        session,
        login,
        "admin/delivery_events.html",
        dead=queries.events_in(session, OutboxState.DEAD, limit=PAGE),
        counts=queries.count_events(session),
    )


def _one(
    session: Session,
    request: Request,
    login: Login,
    delivery_id: int,
    form_filled: Filled,
    *,
    status: int = 200,
) -> Response:
    row = queries.logged_delivery(session, delivery_id)
    if row is None:
        raise NotFound("no_such_delivery", "没有这条推送", "There is no such message")
    return admin_page(
        request,
        session,
        login,
        "admin/delivery.html",
        status=status,
        row=row,
        filled=form_filled,
        units=departments(session),
        body=words.pretty(row.delivery.payload),
    )
