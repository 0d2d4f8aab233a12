"""To file (立案): one accepted case after the other; category, condition with its limit, likely duplicates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import Depends, Query, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from dispatch.cases import queries
from dispatch.cases.commands import act, find_case
from dispatch.cases.deadlines import calendar
from dispatch.cases.model import Case, Photo
from dispatch.cases.states import Stage, Verb
from dispatch.catalogue.reference import CategoryFacts, ConditionFacts, catalogue
from dispatch.intake.queries import Likely, likely_duplicates
from dispatch.kit import clock
from dispatch.kit.errors import DomainError, NotFound, invalid
from dispatch.kit.http import Db, status_of
from dispatch.kit.routes import Router
from dispatch.kit.worktime import Limit, Unit, due_at
from dispatch.people.http import CurrentLogin, require
from dispatch.people.permissions import Permission
from dispatch.people.policy import Person
from dispatch.people.queries import Login
from dispatch.units.commands.bulk import Report, act_on_many
from dispatch.units.queries.waiting import alike_at, waiting_at
from dispatch.units.queries.work import first_photos
from dispatch.web.dispatcher.desk import LINE, groups_of, line_of, onward, said_of, version_of
from dispatch.web.parts.forms import Form, Posted
from dispatch.web.parts.page import go
from dispatch.web.parts.shell import desk_page

router = Router(prefix="/dispatcher/file", include_in_schema=False)

Filer = Annotated[Person, Depends(require(Permission.FILING_DESK))]
DEEDS: Final = (Verb.FILE, Verb.LINK_DUPLICATE, Verb.REJECT, Verb.VOID)
DUPLICATES: Final = 4


@dataclass(frozen=True)
class Choice:
    """A filing condition as it is offered, with when a unit would have to be done if it had it now."""

    condition: ConditionFacts
    due_at: datetime


def _choices(session: Session, category: CategoryFacts | None) -> list[Choice]:
    days, now = calendar(session), clock.now()
    return [
        Choice(each, due_at(now, Limit(each.limit_value, Unit(each.limit_unit)), days))
        for each in (category.conditions if category else ())
    ]


def _alike(given: str) -> tuple[int, int] | None:
    one, _, other = given.partition("-")
    return (int(one), int(other)) if one.isdecimal() and other.isdecimal() else None


def _likely(
    session: Session, case: Case | None, category: CategoryFacts | None
) -> tuple[Sequence[Likely], dict[int, Photo]]:
    if case is None or category is None or case.longitude is None or case.latitude is None:
        return (), {}
    found = likely_duplicates(
        session,
        category=category,
        longitude=case.longitude,
        latitude=case.latitude,
        at=case.created_at,
        before_case=case.id,
    )[:DUPLICATES]
    return found, first_photos(session, (each.case_id for each in found))


def _page(
    session: Session,
    request: Request,
    login: Login,
    *,
    case: str = "",
    alike: str = "",
    category: str = "",
    error: DomainError | None = None,
    verb: Verb | None = None,
    typed: Mapping[str, str] | None = None,
    report: Report | None = None,
    said: tuple[tuple[str, str], str] | None = None,
) -> Response:
    person, narrowed = login.person, _alike(alike)
    rows = waiting_at(session, person, Stage.ACCEPTED, limit=LINE, condition=narrowed)
    line = line_of(session, person, rows, case)
    known = catalogue(session)
    wanted = int(category) if category.isdecimal() else line.row.category_id if line.row else None
    chosen = known.by_id.get(wanted or 0)
    likely, pictures = _likely(session, line.row, chosen)
    return desk_page(
        request,
        session,
        login,
        "dispatcher/file.html",
        status=status_of(error) if error else 200,
        line=line,
        alike=alike if narrowed else "",
        groups=groups_of(session, alike_at(session, person, Stage.ACCEPTED)),
        categories=[each for each in known.by_id.values() if each.active],
        chosen=chosen,
        choices=_choices(session, chosen),
        likely=likely,
        pictures=pictures,
        photos=queries.photos_of(session, line.row) if line.row else (),
        error=error,
        problems={each.name: (each.zh, each.en) for each in error.fields} if error else {},
        open_verb=verb,
        typed=typed or {},
        report=report,
        said=said,
    )


@router.get("")
def show_line(
    session: Db,
    request: Request,
    _person: Filer,
    login: CurrentLogin,
    case: Annotated[str, Query(max_length=64)] = "",
    alike: Annotated[str, Query(max_length=40)] = "",
    category: Annotated[str, Query(max_length=20)] = "",
    said: Annotated[str, Query(max_length=40)] = "",
    of: Annotated[str, Query(max_length=64)] = "",
) -> Response:
    """The line of cases that wait to be filed, and the first of them to decide."""
    return _page(
        session,
        request,
        login,
        case=case,
        alike=alike,
        category=category,
        said=said_of(said, of),
    )


@router.post("/bulk")
def file_many(
    session: Db, request: Request, person: Filer, login: CurrentLogin, posted: Form
) -> Response:
    """File everything ticked, each with the category and condition that it has."""
    alike = posted.get("alike")
    try:
        report = act_on_many(
            session,
            posted.lists.get("case", []),
            Verb.FILE,
            by=person,
            at=clock.now(),
            body={},
        )
    except DomainError as error:
        return _page(session, request, login, alike=alike, error=error)
    return _page(session, request, login, alike=alike, report=report)


def _body(verb: Verb, posted: Posted) -> dict[str, Any]:
    if verb is not Verb.FILE:
        names = ("of", "reason")
        return {name: posted.get(name) for name in names if posted.get(name)}
    body: dict[str, Any] = {}
    for name in ("category", "condition"):
        given = posted.get(name)
        if not given.isdecimal():
            raise invalid(name, "请选择类别和立案条件", "Choose category and filing condition")
        body[name] = int(given)
    if posted.get("severity"):
        body["severity"] = posted.get("severity")
    if posted.get("note"):
        body["note"] = posted.get("note")
    return body


@router.post("/{case_id}/{verb}")
def decide(
    session: Db,
    request: Request,
    person: Filer,
    login: CurrentLogin,
    case_id: str,
    verb: Verb,
    posted: Form,
) -> Response:
    """File it, link it, reject or void it; then the next one slides in."""
    find_case(session, case_id, by=person)
    if verb not in DEEDS:
        raise NotFound("no_such_deed", "没有这个操作", "There is no such deed")
    try:
        with session.begin_nested():
            act(
                session,
                case_id,
                verb,
                by=person,
                at=clock.now(),
                body=_body(verb, posted),
                expected_version=version_of(posted),
            )
    except NotFound:
        raise
    except DomainError as error:
        return _page(
            session,
            request,
            login,
            case=case_id,
            alike=posted.get("alike"),
            category=posted.get("category"),
            error=error,
            verb=verb,
            typed=posted.fields,
        )
    return go(onward("/dispatcher/file", posted, verb=verb, of=case_id))
