"""Registering a case: what a caller says to an agent, what an inspector sees or has mended."""

from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.responses import Response
from pydantic import ValidationError
from sqlalchemy.orm import Session

from dispatch.catalogue.reference import catalogue
from dispatch.hotline.queries.imports import sources
from dispatch.intake.api import STAFF_CHANNELS, StaffReportIn, channel_for
from dispatch.intake.commands import receive
from dispatch.intake.schemas import Receipt, Report
from dispatch.kit import clock
from dispatch.kit.errors import Conflict, DomainError
from dispatch.kit.http import Db, status_of
from dispatch.kit.routes import Router
from dispatch.people.http import CurrentLogin, require
from dispatch.people.model import Role
from dispatch.people.permissions import Permission
from dispatch.people.policy import Person
from dispatch.people.queries import Login
from dispatch.web.parts import labels
from dispatch.web.parts.drafts import TWICE, Draft, complaints_of, draft_of, empty, take_photos
from dispatch.web.parts.forms import Form
from dispatch.web.parts.page import go
from dispatch.web.parts.shell import desk_page

router = Router(include_in_schema=False)

Pair = tuple[str, str]
Registrar = Annotated[Person, Depends(require(Permission.CASES_REGISTER))]
FIELDS: Final = (
    "channel",
    "description",
    "category",
    "address",
    "longitude",
    "latitude",
    "part_code",
    "contact_name",
    "contact_phone",
    "on_behalf_of",
    "foreign_number",
    "foreign_source",
    "handled_on_the_spot",
)


def _form(
    session: Session,
    request: Request,
    login: Login,
    draft: Draft,
    problems: dict[str, Pair] | None = None,
    *,
    status: int = 200,
) -> Response:
    is_desk = login.person.has(Role.AGENT, Role.SHIFT_LEADER)
    return desk_page(
        request,
        session,
        login,
        "staff/register.html",
        status=status,
        draft=draft,
        problems=problems or {},
        is_desk=is_desk,
        channels=[each for each in labels.CHANNELS if each in STAFF_CHANNELS] if is_desk else [],
        platforms=[each.name for each in sources(session)] if is_desk else [],
        categories=[each for each in catalogue(session).by_id.values() if each.active],
    )


@router.get("/cases/new")
def ask(session: Db, request: Request, _person: Registrar, login: CurrentLogin) -> Response:
    """The empty form."""
    return _form(session, request, login, empty(FIELDS))


@router.post("/cases/new")
def send(
    session: Db, request: Request, person: Registrar, login: CurrentLogin, posted: Form
) -> Response:
    """Register it; on any fault the form comes back with everything that was typed and sent."""
    draft = draft_of(posted, FIELDS)
    try:
        with session.begin_nested():
            draft = take_photos(session, draft, posted, by=person)
        with session.begin_nested():
            receipt = _receive(session, person, draft)
    except ValidationError as error:
        return _form(session, request, login, draft, complaints_of(error), status=422)
    except DomainError as error:
        problems = {each.name: (each.zh, each.en) for each in error.fields}
        if isinstance(error, Conflict) and error.code == "idempotency_key_reused":
            draft, problems = draft.anew(), {"form": TWICE}
        shown = problems or {"form": (error.zh, error.en)}
        return _form(session, request, login, draft, shown, status=status_of(error))
    return go(f"/cases/{receipt.id}?said=report")


def _receive(session: Session, person: Person, draft: Draft) -> Receipt:
    given = StaffReportIn.model_validate(draft.fields)
    fields = given.model_dump(exclude={"channel", "reporter", "condition", "photos"})
    return receive(
        session,
        Report(
            **fields,
            channel=channel_for(person, given),
            source=f"user:{person.id}",
            dedupe_key=draft.key,
            payload=dict(draft.fields),
            photos=draft.kept,
            reported_by=person,
        ),
        at=clock.now(),
    )
