"""One case: what is known of it, what happened, and what the person may do to it now."""

from typing import Annotated

from fastapi import Depends, Query, Request
from fastapi.responses import Response
from pydantic import ValidationError
from sqlalchemy.orm import Session

from dispatch.cases import present, queries
from dispatch.cases.commands import act, find_case, reveal_reporters
from dispatch.cases.photos import store_photos
from dispatch.cases.schemas import DeedBody
from dispatch.cases.states import VERB_LABELS, Verb
from dispatch.catalogue.reference import catalogue
from dispatch.kit import clock
from dispatch.kit.address import client_address
from dispatch.kit.errors import DomainError, Field, InvalidInput, NotFound
from dispatch.kit.http import Db
from dispatch.kit.routes import Router
from dispatch.people.http import CurrentLogin, require
from dispatch.people.permissions import Permission
from dispatch.people.policy import Person
from dispatch.web.parts.drafts import complaints_of
from dispatch.web.parts.forms import Form, Posted
from dispatch.web.parts.given import reason_given
from dispatch.web.parts.page import go, show
from dispatch.web.parts.told import teller
from dispatch.web.staff.case_page import Attempt, case_page, chain_of
from dispatch.web.staff.deeds import body_of, typed
from dispatch.web.staff.timeline import timeline
from dispatch.web.staff.why import clock_of

router = Router(include_in_schema=False)

Reader = Annotated[Person, Depends(require(Permission.CASES_READ))]
Doer = Annotated[Person, Depends(require(Permission.CASES_ACT))]


def _is_partial(request: Request) -> bool:
    """Whether a part of the page asks, not the browser for the page."""
    return request.headers.get("hx-request") == "true"


@router.get("/cases/conditions")
def conditions(session: Db, request: Request, _person: Reader, category: int) -> Response:
    """The filing conditions of a category as options: for the field beside the one being changed."""
    found = catalogue(session).by_id.get(category)
    return show(request, "staff/conditions.html", conditions=found.conditions if found else ())


@router.get("/cases/{case_id}")
def show_case(
    session: Db,
    request: Request,
    person: Reader,
    login: CurrentLogin,
    case_id: str,
    said: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """Facts, photos, places, routing, what happened, and the deeds that are allowed."""
    case = find_case(session, case_id, by=person)
    done = VERB_LABELS[Verb(said)] if said in set(Verb) else None
    moved = {"HX-Replace-Url": f"/cases/{case_id}?said={said}"} if done else {}
    return case_page(
        request,
        session,
        login,
        case,
        said=done,
        given=dict(request.query_params),
        headers=moved if _is_partial(request) else None,
    )


@router.get("/cases/{case_id}/print")
def print_case(
    session: Db, request: Request, person: Reader, login: CurrentLogin, case_id: str
) -> Response:
    """The case on paper: A4, black on white, the reporter masked."""
    case, now = find_case(session, case_id, by=person), clock.now()
    return show(
        request,
        "staff/print.html",
        login=login,
        case=present.cases_out(session, [case], person=person, at=now)[0],
        in_words=teller(session),
        timeline=list(reversed(timeline(session, case))),
        chain=chain_of(session, case),
        photos=queries.photos_of(session, case),
        reckoning=clock_of(session, case),
        reporters=[
            present.reporter_out(row, channel, reveal=False)
            for row, channel in queries.reporters_of(session, case)
        ],
    )


@router.post("/cases/{case_id}/reporters")
def reveal(
    session: Db, request: Request, person: Doer, login: CurrentLogin, case_id: str
) -> Response:
    """Who reported, unmasked; the look is written into the audit log."""
    case = find_case(session, case_id, by=person)
    found = reveal_reporters(session, case, by=person, address=client_address(request.scope))
    return show(
        request,
        "staff/case/reporters.html",
        login=login,
        reporters=[present.reporter_out(row, channel, reveal=True) for row, channel in found],
    )


def _body(session: Session, verb: Verb, posted: Posted) -> DeedBody:
    given = body_of(verb, posted)
    if posted.get("reason_code"):
        given.update(reason_given(session, verb, posted))
    try:
        return DeedBody.model_validate(given)
    except ValidationError as error:
        problems = complaints_of(error).items()
        raise InvalidInput(
            "invalid_input",
            "请看标红的地方;已填写的内容都还在",
            "Look at what is marked; what you typed is still here",
            [Field(name, zh, en) for name, (zh, en) in problems],
        ) from error


def _do(session: Session, person: Person, case_id: str, verb: Verb, posted: Posted) -> None:
    now, version = clock.now(), posted.get("expected_version")
    body = _body(session, verb, posted).model_dump(exclude_none=True)
    uploads = posted.files.get("photos", [])
    if uploads:
        stored = store_photos(session, uploads, kind="before", by=person, at=now)
        body["photos"] = [each.photo.id for each in stored]
    act(
        session,
        case_id,
        verb,
        by=person,
        at=now,
        body=body,
        expected_version=int(version) if version.isdigit() else None,
    )


def _after(
    session: Session, request: Request, person: Person, case_id: str, verb: Verb
) -> Response:
    """Back to the case; to the list, if the deed has taken it out of this person's sight."""
    try:
        find_case(session, case_id, by=person)
    except NotFound:
        listed = f"/cases?said={verb}&of={case_id}"
        return Response(headers={"HX-Redirect": listed}) if _is_partial(request) else go(listed)
    return go(f"/cases/{case_id}?said={verb}")


@router.post("/cases/{case_id}/{verb}")
def do_deed(
    session: Db,
    request: Request,
    person: Doer,
    login: CurrentLogin,
    case_id: str,
    verb: Verb,
    posted: Form,
) -> Response:
    """Do it, or draw the page again with the reason, what was typed, and what others changed."""
    find_case(session, case_id, by=person)
    try:
        with session.begin_nested():
            _do(session, person, case_id, verb, posted)
    except NotFound:
        raise
    except DomainError as error:
        case = find_case(session, case_id, by=person)
        return case_page(request, session, login, case, attempt=Attempt(verb, error, typed(posted)))
    return _after(session, request, person, case_id, verb)
