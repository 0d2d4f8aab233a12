"""A department's webhook: where its own system takes cases, how fast, with which secret."""

from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from dispatch.departments.model import Department, DepartmentEndpoint
from dispatch.exchange import commands, queries, webhook
from dispatch.exchange.commands import EndpointChange
from dispatch.kit import audit, clock
from dispatch.kit.errors import NotFound
from dispatch.kit.http import Db
from dispatch.kit.routes import Router
from dispatch.people.http import CurrentLogin, require
from dispatch.people.permissions import Permission
from dispatch.people.policy import Person
from dispatch.people.queries import Login
from dispatch.web.admin.frame import (
    Filled,
    a_number,
    admin_page,
    attempt,
    filled,
    require_fields,
)
from dispatch.web.parts.forms import Form
from dispatch.web.parts.page import go

router = Router(include_in_schema=False)
Editor = Annotated[Person, Depends(require(Permission.DEPARTMENTS_EDIT))]
FRESH = {"url": "", "enabled": True, "timeout_s": 5, "rate_per_minute": 120, "max_attempts": 8}


@router.get("/admin/departments/{department_id}/endpoint")
def show(
    department_id: int, session: Db, request: Request, _person: Editor, login: CurrentLogin
) -> Response:
    """The form, and how the system has been doing."""
    return _form(session, request, login, department_id)


@router.post("/admin/departments/{department_id}/endpoint")
def save(
    department_id: int,
    session: Db,
    request: Request,
    person: Editor,
    login: CurrentLogin,
    posted: Form,
) -> Response:
    """Set it up or change it; a new secret is shown this once."""
    is_new = queries.endpoint_of(session, department_id) is None
    rotates = posted.get("new_secret") == "yes"

    def deed() -> DepartmentEndpoint:
        require_fields(posted, {"url": ("推送地址", "address")})
        change = EndpointChange(
            url=posted.get("url"),
            enabled=posted.get("enabled") == "yes",
            timeout_s=a_number(posted, "timeout_s", least=1, most=30),
            rate_per_minute=int(a_number(posted, "rate_per_minute", least=1, most=6000)),
            max_attempts=int(a_number(posted, "max_attempts", least=1, most=30)),
            new_secret=rotates,
        )
        return commands.set_endpoint(session, department_id, change, by=person)

    tried = attempt(session, deed)
    if tried.done is None:
        form = tried.again(posted)
        return _form(session, request, login, department_id, form, status=tried.status)
    if is_new or rotates:
        secret = webhook.secret_of(_unit(session, department_id).code, tried.done.secret_version)
        return _form(session, request, login, department_id, secret=secret)
    return go(f"/admin/departments/{department_id}/endpoint?said=saved")


@router.post("/admin/departments/{department_id}/endpoint/try")
def try_out(
    department_id: int, session: Db, request: Request, person: Editor, login: CurrentLogin
) -> Response:
    """Send a message that says nothing but that it is a test, and tell what was answered."""
    at = clock.now()
    unit = _unit(session, department_id)
    audit.record(
        session,
        "endpoint.tried",
        subject=f"department:{unit.code}",
        actor=person.username or person.name,
        actor_id=person.id,
    )
    message = commands.trial_message(session, department_id, at=at)
    return _form(session, request, login, department_id, outcome=webhook.send(message, at=at))


def _unit(session: Session, department_id: int) -> Department:
    found = session.get(Department, department_id)
    if found is None:
        raise NotFound("department_not_found", "没有这个部门", "There is no such department")
    return found


def _form(
    session: Session,
    request: Request,
    login: Login,
    department_id: int,
    form_filled: Filled | None = None,
    *,
    status: int = 200,
    secret: str = "",
    outcome: Any = None,
) -> Response:
    row = _unit(session, department_id)
    endpoint = queries.endpoint_of(session, department_id)
    held = FRESH if endpoint is None else audit.snapshot(endpoint, FRESH)
    return admin_page(
        request,
        session,
        login,
        "admin/endpoint.html",
        subject=f"department:{row.code}",
        status=status,
        row=row,
        endpoint=endpoint,
        filled=form_filled or filled(held),
        secret=secret,
        outcome=outcome,
    )
