"""Urging (督办): what is late or soon will be, one or many at once, and who has answered since."""

from collections.abc import Mapping
from typing import Annotated, Final

from fastapi import Depends, Query, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from dispatch.cases.states import Verb
from dispatch.kit import clock
from dispatch.kit.errors import DomainError, invalid
from dispatch.kit.http import Db, status_of
from dispatch.kit.routes import Router
from dispatch.people.http import CurrentLogin, require
from dispatch.people.permissions import Permission
from dispatch.people.policy import Person
from dispatch.people.queries import Login
from dispatch.units.commands.bulk import Report, act_on_many
from dispatch.units.queries.asking import to_urge, urged
from dispatch.units.queries.load import loads
from dispatch.web.dispatcher.desk import shown
from dispatch.web.parts.forms import Form
from dispatch.web.parts.shell import desk_page

router = Router(prefix="/dispatcher/urging", include_in_schema=False)

Urger = Annotated[Person, Depends(require(Permission.URGE_MANY))]
MOST: Final = 100


def _page(
    session: Session,
    request: Request,
    login: Login,
    *,
    department: str = "",
    error: DomainError | None = None,
    typed: Mapping[str, str] | None = None,
    report: Report | None = None,
) -> Response:
    person, now = login.person, clock.now()
    unit = int(department) if department.isdecimal() else None
    rows = to_urge(session, person, at=now, department_id=unit, limit=MOST)
    told = urged(session, person, limit=MOST)
    return desk_page(
        request,
        session,
        login,
        "dispatcher/urging.html",
        status=status_of(error) if error else 200,
        cases=shown(session, person, rows),
        urge_counts={row.public_id: row.urge_count for row in rows},
        urged=list(zip(told, shown(session, person, [each.case for each in told]), strict=True)),
        late=[each for each in loads(session, at=now) if each.overdue],
        department=department,
        most=MOST,
        error=(error.zh, error.en) if error else None,
        typed=typed or {},
        report=report,
    )


@router.get("")
def show_urging(
    session: Db,
    request: Request,
    _person: Urger,
    login: CurrentLogin,
    department: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """Late cases to tick, and what was urged with the answers."""
    return _page(session, request, login, department=department)


@router.post("")
def urge_many(
    session: Db, request: Request, person: Urger, login: CurrentLogin, posted: Form
) -> Response:
    """Urge everything ticked with the same words."""
    department = posted.get("department")
    try:
        if not posted.get("text"):
            raise invalid("text", "请写明督办要求", "Write what is urged")
        report = act_on_many(
            session,
            posted.lists.get("case", []),
            Verb.URGE,
            by=person,
            at=clock.now(),
            body={"text": posted.get("text")},
        )
    except DomainError as error:
        return _page(
            session, request, login, department=department, error=error, typed=posted.fields
        )
    return _page(session, request, login, department=department, report=report)
