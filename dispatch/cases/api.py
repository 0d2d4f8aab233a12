"""The staff's door to cases: the list, one case with everything about it, and the deeds."""

from datetime import date
from typing import Annotated

from fastapi import Depends, Header, Query, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.cases import present, queries, schemas
from dispatch.cases.commands import act, act_once, find_case, reveal_reporters
from dispatch.cases.deadlines import Light
from dispatch.cases.due_shapes import DueOut, due_out
from dispatch.cases.model import Channel, RequestKind
from dispatch.cases.queries.due import why_due
from dispatch.cases.states import Stage, Verb
from dispatch.departments.reference import department_given
from dispatch.kit import clock, paging
from dispatch.kit.http import Db
from dispatch.kit.paging import Page
from dispatch.kit.routes import Router
from dispatch.kit.spatial import parse_box
from dispatch.people.http import require
from dispatch.people.model import User
from dispatch.people.permissions import Permission
from dispatch.people.policy import Person

router = Router(prefix="/api/v1/cases", tags=["cases"])

Reader = Annotated[Person, Depends(require(Permission.CASES_READ))]
Doer = Annotated[Person, Depends(require(Permission.CASES_ACT))]
Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        description="UUID; the same one again does nothing twice",
    ),
]

#: The deeds that have an address; reporting has its own.
DEEDS = tuple(verb for verb in Verb if verb not in (Verb.REPORT, Verb.HANDLE_ON_THE_SPOT))


Code = Annotated[str | None, Query(max_length=64)]


def _filter(
    session: Db,
    *,
    stage: Annotated[list[Stage] | None, Query(description="one or several")] = None,
    light: Light | None = None,
    department: Annotated[
        str | None, Query(max_length=100, description="id, code or name of the unit that has it")
    ] = None,
    district: Code = None,
    street: Code = None,
    grid: Annotated[str | None, Query(max_length=64, description="unit or working grid")] = None,
    group: Annotated[str | None, Query(max_length=32, description="manhole, pole, line …")] = None,
    category: Annotated[str | None, Query(max_length=100, description="code or name")] = None,
    channel: Annotated[Channel | None, Query(description="how it came in")] = None,
    hazard: bool | None = None,
    review: Annotated[bool | None, Query(description="whether a person must look at it")] = None,
    request: Annotated[RequestKind | None, Query(description="what its unit asks for")] = None,
    days: Annotated[
        int | None, Query(ge=1, le=3660, description="reported in the last so many days")
    ] = None,
    since: Annotated[date | None, Query(description="reported on this day or later")] = None,
    until: Annotated[date | None, Query(description="reported on this day or before")] = None,
    bbox: Annotated[
        str | None, Query(max_length=100, description="west,south,east,north in degrees")
    ] = None,
    q: Annotated[
        str | None,
        Query(max_length=100, description="number, another platform's number, day, or words"),
    ] = None,
) -> queries.CaseFilter:
    """What the lists of the pages are narrowed by, under the same names."""
    unit = None
    if department:
        unit = department_given(session, department, field="department", or_closed=True)
    start, end = queries.span_of(days=days, since=since, until=until, at=clock.now())
    return queries.CaseFilter(
        stages=tuple(stage or ()),
        department_id=unit.id if unit else None,
        district_code=district,
        street_code=street,
        grid=grid,
        category=category,
        group=group,
        light=light,
        channel=channel,
        text=q,
        box=parse_box(bbox) if bbox else None,
        review=review,
        hazard=hazard,
        request=request,
        since=start,
        until=end,
    )


@router.get("", response_model=Page[schemas.CaseOut])
def list_cases(
    session: Db,
    person: Reader,
    wanted: Annotated[queries.CaseFilter, Depends(_filter, scope="function")],
    sort: Annotated[
        str, Query(max_length=32, description=f"one of {', '.join(queries.SORTS)}")
    ] = queries.USUAL,
    limit: paging.Limit = 50,
    cursor: paging.Cursor = None,
) -> Response:
    """The cases that this person may see, narrowed and ordered as on the pages.

    Written as it stands: the framework would read and write fifty cases a second time.
    """
    order, now = queries.sort_named(sort), clock.now()
    rows = queries.cases_for(
        session,
        person,
        wanted,
        at=now,
        sort=order,
        after=paging.decode(cursor, parts=2),
        limit=limit,
    )
    shown, following = paging.cut(rows, limit, key=order.key_of)
    page = Page[schemas.CaseOut](
        items=present.cases_out(session, shown, person=person, at=now), next_cursor=following
    )
    return Response(page.model_dump_json(), media_type="application/json")


@router.get("/{case_id}")
def show_case(session: Db, person: Reader, case_id: str) -> schemas.CaseOut:
    """One case with what this person may do to it."""
    case = find_case(session, case_id, by=person)
    return present.cases_out(session, [case], person=person, at=clock.now())[0]


@router.get("/{case_id}/history")
def case_history(session: Db, person: Reader, case_id: str) -> Page[schemas.HistoryOut]:
    """Every change, with who, when, what and why."""
    case = find_case(session, case_id, by=person)
    return Page(items=[present.history_out(row) for row in queries.history_of(session, case)])


@router.get("/{case_id}/route")
def case_route(session: Db, person: Reader, case_id: str) -> schemas.RouteOut:
    """Which rule chose the department, which others were weighed, and the transfer chain."""
    case = find_case(session, case_id, by=person)
    rows = queries.assignments_of(session, case)
    ids = {row.by_id for row in rows if row.by_id is not None}
    names = session.execute(select(User.id, User.display_name).where(User.id.in_(ids)))
    people = dict(names.all())
    return schemas.RouteOut(
        items=[present.assignment_out(session, row, people=people) for row in rows]
    )


@router.get("/{case_id}/due")
def case_due(session: Db, person: Reader, case_id: str) -> DueOut:
    """Why it is due when it is: the limit, what counted and what did not, by whose calendar, by which rule."""
    case = find_case(session, case_id, by=person)
    return due_out(session, case, why_due(session, case))


@router.get("/{case_id}/photos")
def case_photos(session: Db, person: Reader, case_id: str) -> Page[schemas.PhotoOut]:
    """The photos of a case."""
    case = find_case(session, case_id, by=person)
    return Page(items=[present.photo_out(row) for row in queries.photos_of(session, case)])


@router.get("/{case_id}/reporters")
def case_reporters(
    session: Db, person: Reader, case_id: str, *, reveal: bool = False
) -> Page[schemas.ReporterOut]:
    """Who reported; `reveal` unmasks for those whose work needs it, and is written into the audit log."""
    case = find_case(session, case_id, by=person)
    found = (
        reveal_reporters(session, case, by=person)
        if reveal
        else queries.reporters_of(session, case)
    )
    return Page(items=[present.reporter_out(row, channel, reveal=reveal) for row, channel in found])


def _do(
    session: Session,
    person: Person,
    case_id: str,
    verb: Verb,
    body: schemas.DeedBody,
    key: str | None,
) -> schemas.CaseOut:
    now, version = clock.now(), body.expected_version
    if key is None:
        given = body.model_dump(exclude_none=True, exclude={"expected_version"})
        case = act(session, case_id, verb, by=person, at=now, body=given, expected_version=version)
    else:
        given = body.model_dump(mode="json", exclude_none=True, exclude={"expected_version"})
        case = act_once(
            session, case_id, verb, by=person, at=now, key=key, body=given, expected_version=version
        )
    return present.cases_out(session, [case], person=person, at=now)[0]


def _add_deed(verb: Verb) -> None:
    def deed(
        session: Db,
        person: Doer,
        case_id: str,
        body: schemas.DeedBody | None = None,
        key: Key = None,
    ) -> schemas.CaseOut:
        return _do(session, person, case_id, verb, body or schemas.DeedBody(), key)

    deed.__name__ = f"{verb.name.lower()}_case"
    deed.__doc__ = f"The deed `{verb}`; who may do it at which stage: docs/states.md."
    router.post(f"/{{case_id}}/{verb}")(deed)


for _verb in DEEDS:
    _add_deed(_verb)
