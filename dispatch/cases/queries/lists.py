"""Lists of cases: pages of plain rows, of the objects where a deed follows, and bounded counts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, cast

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    Subquery,
    and_,
    false,
    func,
    literal,
    select,
    text,
    union,
    union_all,
)
from sqlalchemy.orm import Session

from dispatch.cases.deadlines import Light, light_of
from dispatch.cases.model import Case, CasePlace, CaseReporter
from dispatch.cases.policy import scopes_of, visible_to
from dispatch.cases.queries import search
from dispatch.cases.queries.filters import CaseFilter, Condition, conditions
from dispatch.cases.queries.sorts import Sort
from dispatch.people.policy import CITY_WIDE, Person

#: How far back words are looked for first: what is common is found in the last weeks at once.
WINDOWS: Final = (timedelta(days=30), timedelta(days=365))

#: The words of the place, as they were first given.
ADDRESS: Final = (
    select(CasePlace.text)
    .where(CasePlace.case_id == Case.id, CasePlace.text.is_not(None))
    .order_by(CasePlace.id)
    .limit(1)
    .correlate(Case)
    .scalar_subquery()
    .label("address")
)
#: What a line of a list shows, and what the table of states must know to say which deeds are allowed.
LINE: Final = (
    Case.id,
    Case.public_id,
    Case.number,
    Case.version,
    Case.stage,
    Case.stage_since,
    Case.stage_due_at,
    Case.stage_warned_at,
    Case.channel,
    Case.description,
    Case.review_reason,
    Case.longitude,
    Case.latitude,
    Case.grid_code,
    Case.working_grid,
    Case.community_code,
    Case.street_code,
    Case.district_code,
    Case.category_id,
    Case.group,
    Case.severity,
    Case.hazard,
    Case.department_id,
    Case.inspector_id,
    Case.crew_id,
    Case.assignee_id,
    Case.acknowledged_at,
    Case.started_at,
    Case.settled_at,
    Case.decided_by_id,
    Case.clock_started_at,
    Case.clock_stopped_at,
    Case.remaining_s,
    Case.warn_at,
    Case.due_at,
    Case.open_requests,
    Case.reporters_count,
    Case.return_count,
    Case.rework_count,
    Case.urge_count,
    Case.outcome,
    Case.rating,
    Case.created_at,
    Case.updated_at,
    Case.closed_at,
    ADDRESS,
)
Line = Row[Any]


def plan_anew(session: Session) -> None:
    """Plan each list for what it asks: a plan for any filter would suit none."""
    session.execute(_PLAN_ANEW)


_PLAN_ANEW: Final = text("SET LOCAL plan_cache_mode = force_custom_plan")


def listed(
    session: Session, columns: Sequence[Any], person: Person, wanted: CaseFilter, *, at: datetime
) -> Select[Any]:
    """Columns of the cases that a person may see, narrowed, in no order yet."""
    return select(*columns).where(visible_to(person), *conditions(session, wanted, at=at))


@dataclass(frozen=True)
class _Page:
    """Rows of one order behind a key: which part of it, and how it is ordered."""

    beyond: ColumnElement[bool] | None
    order: tuple[ColumnElement[Any], ...]


def _pages(sort: Sort, after: Sequence[object] | None) -> Iterator[_Page]:
    """The parts that follow one another: the cases with a value, then those without."""
    value, row_id = sort.read(after) if after is not None else (None, None)
    if row_id is None or value is not None:
        known = sort.column.is_not(None) if sort.has_gaps else None
        yield _Page(known if row_id is None else sort.beyond(value, row_id), sort.ordered())
    if sort.has_gaps:
        rest: ColumnElement[bool] = sort.column.is_(None)
        if row_id is not None and value is None:
            rest = and_(rest, sort.beyond_id(row_id))
        yield _Page(rest, sort.ordered()[1:])


def _statement(
    columns: Sequence[Any],
    person: Person,
    narrowed: Sequence[Condition],
    page: _Page,
    *,
    limit: int,
) -> Select[Any]:
    """A page. Who sees cases on several grounds gets the first of each, and of those the first."""
    behind = () if page.beyond is None else (page.beyond,)
    grounds = [
        select(Case.id).where(ground, *narrowed, *behind).order_by(*page.order).limit(limit)
        for ground in scopes_of(person)
    ]
    if len(grounds) == 1:
        found = select(*columns).where(scopes_of(person)[0], *narrowed, *behind)
    elif grounds:
        every = union_all(*(each.subquery().select() for each in grounds)).subquery()
        found = select(*columns).where(Case.id.in_(select(every.c.id)))
    else:
        found = select(*columns).where(false())
    return found.order_by(*page.order).limit(limit)


def _windows(
    person: Person, wanted: CaseFilter, sort: Sort, after: Sequence[object] | None, at: datetime
) -> Iterator[CaseFilter]:
    """The filter over a little of the past, then over more, where words are looked for by time.

    Who sees a part of the city only has few enough cases to look through them at once.
    """
    sees_all = person.is_system or person.has(*CITY_WIDE)
    by_time = sees_all and sort.column is Case.created_at and sort.descending
    if by_time and wanted.text and search.read(wanted.text, at=at, phones=wanted.phones).is_words:
        start = at if after is None else sort.read(after)[0]
        for window in WINDOWS:
            if isinstance(start, datetime) and (
                wanted.since is None or wanted.since < start - window
            ):
                yield replace(wanted, since=start - window)
    yield wanted


def _fetch(
    session: Session,
    columns: Sequence[Any],
    person: Person,
    wanted: CaseFilter,
    *,
    at: datetime,
    sort: Sort,
    after: Sequence[object] | None,
    limit: int,
) -> list[Row[Any]]:
    plan_anew(session)
    found: list[Row[Any]] = []
    for each in _windows(person, wanted, sort, after, at):
        narrowed, found = conditions(session, each, at=at), []
        for page in _pages(sort, after):
            query = _statement(columns, person, narrowed, page, limit=limit + 1)
            found += session.execute(query).all()
            if len(found) > limit:
                return found[: limit + 1]
    return found


def lines_for(
    session: Session,
    person: Person,
    wanted: CaseFilter,
    *,
    at: datetime,
    sort: Sort,
    after: Sequence[object] | None,
    limit: int,
) -> list[Line]:
    """A page of lines (`LINE`), `limit + 1` of them, after the row with key `after`.

    Only cases that the person may see; those without a value of the order come last.
    """
    return _fetch(session, LINE, person, wanted, at=at, sort=sort, after=after, limit=limit)


def lines_of(session: Session, person: Person, ids: Sequence[str]) -> list[Line]:
    """The lines of these cases, by the ids that people see, in this order; unseen ones are left out."""
    query = select(*LINE).where(Case.public_id.in_(ids), visible_to(person))
    found = {row.public_id: row for row in session.execute(query)}
    return [found[each] for each in ids if each in found]


#: The reporters of a case, for files of those whose work needs them.
REPORTERS: Final = (
    select(
        func.string_agg(func.concat_ws(" ", CaseReporter.name, CaseReporter.phone), text("'; '"))
    )
    .where(CaseReporter.case_id == Case.id)
    .correlate(Case)
    .scalar_subquery()
    .label("reporters")
)


def every_line(
    session: Session,
    person: Person,
    wanted: CaseFilter,
    *,
    at: datetime,
    most: int,
    with_reporters: bool = False,
) -> Iterator[Line]:
    """All lines that a filter holds, the newest first, no more than `most`, fetched a thousand at a time.

    They come from a cursor on the server: memory stays the same however many there are.
    """
    plan_anew(session)
    columns = (*LINE, REPORTERS) if with_reporters else LINE
    query = listed(session, columns, person, wanted, at=at)
    newest = query.order_by(Case.created_at.desc(), Case.id.desc()).limit(most)
    for batch in session.execute(newest, execution_options={"yield_per": 1000}).partitions():
        yield from batch


#: What a point of a list's map says, and what its light is worked out from.
_POINT: Final = (
    Case.id,
    Case.public_id,
    Case.longitude,
    Case.latitude,
    Case.hazard,
    Case.stage,
    Case.clock_started_at,
    Case.clock_stopped_at,
    Case.remaining_s,
    Case.due_at,
    Case.warn_at,
    Case.created_at,
)


@dataclass(frozen=True, slots=True)
class Point:
    """A case on a map, in WGS-84/CGCS2000 degrees."""

    public_id: str
    longitude: float
    latitude: float
    hazard: bool
    light: Light


def points_for(
    session: Session,
    person: Person,
    wanted: CaseFilter,
    *,
    at: datetime,
    sort: Sort,
    limit: int,
) -> list[Point]:
    """The first `limit + 1` cases of a list as points; those without a place are not among them."""
    rows = _fetch(session, _POINT, person, wanted, at=at, sort=sort, after=None, limit=limit)
    return [
        Point(
            row.public_id,
            row.longitude,
            row.latitude,
            row.hazard,
            light_of(cast("Case", row), at=at),
        )
        for row in rows
        if row.longitude is not None
    ]


def cases_for(
    session: Session,
    person: Person,
    wanted: CaseFilter,
    *,
    at: datetime,
    sort: Sort,
    after: Sequence[object] | None,
    limit: int,
) -> Sequence[Case]:
    """The same page as objects, for those who go on with them."""
    rows = _fetch(session, (Case,), person, wanted, at=at, sort=sort, after=after, limit=limit)
    return [row[0] for row in rows]


def count_up_to(
    session: Session,
    person: Person,
    wanted: Mapping[str, CaseFilter],
    *,
    at: datetime,
    most: int,
) -> dict[str, int]:
    """How many cases fit each filter, counted no further than `most`, all in one round trip."""
    if not wanted:
        return {}
    plan_anew(session)
    counts = (
        select(literal(name), func.count()).select_from(
            _bounded(person, conditions(session, each, at=at), most)
        )
        for name, each in wanted.items()
    )
    return dict(session.execute(union_all(*counts)).all())


def _bounded(person: Person, narrowed: Sequence[Condition], most: int) -> Subquery:
    """The ids of no more than `most` cases, each once."""
    grounds = [select(Case.id).where(ground, *narrowed).limit(most) for ground in scopes_of(person)]
    if len(grounds) == 1:
        return grounds[0].subquery()
    if not grounds:
        return select(Case.id).where(false()).subquery()
    every = union(*(each.subquery().select() for each in grounds)).subquery()
    return select(every.c.id).limit(most).subquery()
