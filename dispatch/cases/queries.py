"""Look-ups of cases: one, many by filter and page, the history, the route, the reporters."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    case,
    func,
    literal,
    or_,
    select,
    text,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from dispatch.cases.deadlines import PAUSED_IN, Light
from dispatch.cases.model import (
    Case,
    CaseAssignment,
    CaseHistory,
    CaseReporter,
    Photo,
)
from dispatch.cases.policy import visible_to
from dispatch.cases.states import FINAL, Stage
from dispatch.catalogue.model import Category
from dispatch.crews.queries import names_of_crews, names_of_workers
from dispatch.kit import paging, spatial
from dispatch.kit.errors import invalid
from dispatch.kit.spatial import Box
from dispatch.people.policy import Person


@dataclass(frozen=True)
class CaseFilter:
    """What a list is narrowed to; what is None does not matter."""

    stages: tuple[Stage, ...] = ()
    department_id: int | None = None
    district_code: str | None = None
    grid: str | None = None
    category: str | None = None
    group: str | None = None
    light: Light | None = None
    channel: str | None = None
    text: str | None = None
    box: Box | None = None
    review: bool | None = None


@dataclass(frozen=True)
class Sort:
    """An order of a list: a column and a direction; equal values follow the id."""

    column: InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None]
    descending: bool


SORTS: dict[str, Sort] = {
    "-created_at": Sort(Case.created_at, descending=True),
    "created_at": Sort(Case.created_at, descending=False),
    "-updated_at": Sort(Case.updated_at, descending=True),
    "due_at": Sort(Case.due_at, descending=False),
    "stage_due_at": Sort(Case.stage_due_at, descending=False),
}


@dataclass(frozen=True)
class PlaceFacts:
    """One description of a place, as given."""

    text: str | None
    source: str
    longitude: float | None
    latitude: float | None
    crs: str | None


@dataclass(frozen=True)
class Beside:
    """What stands beside cases in other tables, by case id."""

    places: dict[int, list[PlaceFacts]] = field(default_factory=dict)
    assisting: dict[int, list[int]] = field(default_factory=dict)
    masters: dict[int, str] = field(default_factory=dict)
    crews: dict[int, str] = field(default_factory=dict)
    people: dict[int, str] = field(default_factory=dict)


def _light(light: Light, at: datetime) -> ColumnElement[bool]:
    """A light as a condition, the same rule as `deadlines.light_of`."""
    until = func.coalesce(Case.clock_stopped_at, at)
    paused = and_(Case.remaining_s.is_not(None), Case.stage.in_(PAUSED_IN))
    shown = case(
        (Case.stage.in_(FINAL), Light.DONE),
        (Case.clock_started_at.is_(None), Light.NONE),
        (paused, Light.PAUSED),
        (Case.due_at <= until, Light.RED),
        (Case.warn_at <= until, Light.YELLOW),
        else_=Light.GREEN,
    )
    return shown == light


def _text(words: str) -> ColumnElement[bool]:
    """A number, an id or its serial, or words of the description."""
    stripped = words.strip()
    found = [
        Case.number == stripped,
        Case.public_id == stripped,
        Case.description.contains(stripped, autoescape=True),
    ]
    if stripped.isdecimal() and len(stripped) <= 6:
        found.append(Case.public_id.endswith(f"-{int(stripped):04d}"))
    return or_(*found)


def _conditions(wanted: CaseFilter, at: datetime) -> list[ColumnElement[bool]]:
    pairs: list[tuple[object, ColumnElement[bool]]] = [
        (wanted.department_id, Case.department_id == wanted.department_id),
        (wanted.grid, or_(Case.grid_code == wanted.grid, Case.working_grid == wanted.grid)),
        (wanted.group, Case.group == wanted.group),
        (wanted.channel, Case.channel == wanted.channel),
    ]
    found = [condition for given, condition in pairs if given is not None]
    if wanted.stages:
        found.append(Case.stage.in_(wanted.stages))
    if wanted.district_code is not None:
        found.append(
            or_(
                Case.district_code == wanted.district_code,
                Case.virtual_district_code == wanted.district_code,
            )
        )
    if wanted.category is not None:
        codes = select(Category.id).where(
            or_(Category.code == wanted.category, Category.name == wanted.category)
        )
        found.append(Case.category_id.in_(codes))
    if wanted.light is not None:
        found.append(_light(wanted.light, at))
    if wanted.text:
        found.append(_text(wanted.text))
    if wanted.box is not None:
        found.append(spatial.inside(Case.geom, wanted.box))
    if wanted.review is not None:
        found.append(Case.review_reason.is_not(None) == wanted.review)
    return found


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
        name: select(Case.id).where(visible_to(person), *_conditions(each, at)).limit(most)
        for name, each in wanted.items()
    }
    counts = (
        select(literal(name), func.count()).select_from(each.subquery())
        for name, each in bounded.items()
    )
    return dict(session.execute(union_all(*counts)).all())


def sort_named(name: str) -> Sort:
    """An order by its public name."""
    found = SORTS.get(name)
    if found is None:
        known = ", ".join(SORTS)
        raise invalid("sort", f"排序应为 {known} 之一", f"sort is one of {known}")
    return found


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
    """A page of the cases that a person may see, `limit + 1` of them, after the row with key `after`.

    In ascending order the cases without a value (no limit is running) come last.
    """
    query: Select[Case] = select(Case).where(visible_to(person), *_conditions(wanted, at))
    if after is not None:
        query = query.where(_beyond(sort, after))
    column = sort.column
    order = (column.desc(), Case.id.desc()) if sort.descending else (column.asc(), Case.id.asc())
    return session.scalars(query.order_by(*order).limit(limit + 1)).all()


def _beyond(sort: Sort, after: Sequence[object]) -> ColumnElement[bool]:
    """The rows behind the one with this key: its value (a time, or nothing) and its id."""
    value, row_id = _moment(after[0]), after[1]
    if not isinstance(row_id, int) or (value is None and sort.descending):
        raise paging.bad_cursor()
    column = sort.column
    if sort.descending:
        return or_(column < value, and_(column == value, Case.id < row_id))
    if value is None:
        return and_(column.is_(None), Case.id > row_id)
    same = and_(column == value, Case.id > row_id)
    return or_(column > value, same, column.is_(None))


def _moment(given: object) -> datetime | None:
    if given is None:
        return None
    try:
        found = datetime.fromisoformat(str(given))
    except ValueError:
        raise paging.bad_cursor() from None
    if found.tzinfo is None:
        raise paging.bad_cursor()
    return found


#: Places and assisting units of many cases in one round trip; every list and every deed asks it.
_BESIDE = text(
    """
SELECT case_id, id, source, text, longitude, latitude, crs, CAST(NULL AS bigint) AS unit
FROM case_places WHERE case_id = ANY(:ids)
UNION ALL
SELECT case_id, id, NULL, NULL, NULL, NULL, NULL, department_id
FROM case_assignments WHERE case_id = ANY(:ids) AND ended_at IS NULL AND NOT leads
ORDER BY id
"""
)


def beside(session: Session, cases: Sequence[Case]) -> Beside:
    """Places, assisting units and the ids of master cases, for many cases in two queries at most."""
    places: dict[int, list[PlaceFacts]] = defaultdict(list)
    assisting: dict[int, list[int]] = defaultdict(list)
    for row in session.execute(_BESIDE, {"ids": [each.id for each in cases]}):
        if row.unit is None:
            fact = PlaceFacts(row.text, row.source, row.longitude, row.latitude, row.crs)
            places[row.case_id].append(fact)
        else:
            assisting[row.case_id].append(row.unit)
    wanted = {case.duplicate_of_id for case in cases if case.duplicate_of_id is not None}
    masters = (
        dict(session.execute(select(Case.id, Case.public_id).where(Case.id.in_(wanted))).all())
        if wanted
        else {}
    )
    crews = names_of_crews(session, {each.crew_id for each in cases} - {None})
    people = names_of_workers(session, {each.assignee_id for each in cases} - {None})
    return Beside(places, assisting, masters, crews, people)


def history_of(session: Session, case: Case) -> Sequence[CaseHistory]:
    """Everything that happened to a case, the first first."""
    return session.scalars(
        select(CaseHistory).where(CaseHistory.case_id == case.id).order_by(CaseHistory.version)
    ).all()


def assignments_of(session: Session, case: Case) -> Sequence[CaseAssignment]:
    """The transfer chain of a case."""
    return session.scalars(
        select(CaseAssignment)
        .where(CaseAssignment.case_id == case.id)
        .order_by(CaseAssignment.at, CaseAssignment.leads.desc(), CaseAssignment.id)
    ).all()


def reporters_of(session: Session, case: Case) -> Sequence[tuple[CaseReporter, str]]:
    """Who reported a case, and who reported the ones that were linked to it, with the channel."""
    family = select(Case.id).where(or_(Case.id == case.id, Case.duplicate_of_id == case.id))
    return session.execute(
        select(CaseReporter, Case.channel)
        .join(Case, Case.id == CaseReporter.case_id)
        .where(CaseReporter.case_id.in_(family))
        .order_by(CaseReporter.id)
    ).all()


def photos_of(session: Session, case: Case) -> Sequence[Photo]:
    """The photos of a case in the order they came."""
    return session.scalars(
        select(Photo).where(Photo.case_id == case.id).order_by(Photo.at, Photo.id)
    ).all()


def report_by_public_id(session: Session, public_id: str) -> Case | None:
    """A report as its reporter names it."""
    return session.scalar(select(Case).where(Case.public_id == public_id))
