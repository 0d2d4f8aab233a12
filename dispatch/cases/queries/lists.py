"""Lists of cases: pages of plain rows, of the objects where a deed follows, and bounded counts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from sqlalchemy import Row, Select, func, literal, select, text, union_all
from sqlalchemy.orm import Session

from dispatch.cases.model import Case, CasePlace
from dispatch.cases.policy import visible_to
from dispatch.cases.queries import search
from dispatch.cases.queries.filters import CaseFilter, conditions
from dispatch.cases.queries.sorts import Sort
from dispatch.people.policy import Person

R = TypeVar("R")
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
    columns: Sequence[Any], person: Person, wanted: CaseFilter, *, at: datetime
) -> Select[Any]:
    """Columns of the cases that a person may see, narrowed, in no order yet."""
    return select(*columns).where(visible_to(person), *conditions(wanted, at))


def _pages(
    query: Select[Any], sort: Sort, after: Sequence[object] | None, limit: int
) -> Iterator[Select[Any]]:
    """The statements whose rows follow one another: those with a value, then those without."""
    value, row_id = sort.read(after) if after is not None else (None, None)
    if row_id is None or value is not None:
        here = query if row_id is None else query.where(sort.beyond(value, row_id))
        known = here.where(sort.column.is_not(None)) if sort.has_gaps else here
        yield known.order_by(*sort.ordered()).limit(limit)
    if sort.has_gaps:
        rest = query.where(sort.column.is_(None))
        if row_id is not None and value is None:
            rest = rest.where(sort.beyond_id(row_id))
        yield rest.order_by(sort.ordered()[1]).limit(limit)


def _windows(
    wanted: CaseFilter, sort: Sort, after: Sequence[object] | None, at: datetime
) -> Iterator[CaseFilter]:
    """The filter over a little of the past, then over more, where words are looked for by time."""
    by_time = sort.column is Case.created_at and sort.descending
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
    for each in _windows(wanted, sort, after, at):
        query, found = listed(columns, person, each, at=at), []
        for page in _pages(query, sort, after, limit + 1):
            found += session.execute(page).all()
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
    bounded = {
        name: listed((literal(1),), person, each, at=at).select_from(Case).limit(most)
        for name, each in wanted.items()
    }
    counts = (
        select(literal(name), func.count()).select_from(each.subquery())
        for name, each in bounded.items()
    )
    return dict(session.execute(union_all(*counts)).tuples().all())
