"""A unit's own cases: by step, by worker, counted; what it assists in; its list of a day."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import ColumnElement, and_, func, or_, select, tuple_
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from dispatch.cases.model import Case, CaseAssignment, Photo
from dispatch.cases.queries import LINE, Line
from dispatch.cases.states import Stage
from dispatch.crews.queries import crew_ids_of
from dispatch.kit import paging
from dispatch.people.model import Role
from dispatch.people.policy import Person
from dispatch.units.states import Step

#: Stands for "no time limit" where rows are put in order of their due time.
FAR: Final = datetime(9999, 1, 1, tzinfo=UTC)
_DUE = func.coalesce(Case.due_at, FAR)
_DISPATCHED = Case.stage == Stage.DISPATCHED
#: The rule of `states.step_of` as conditions.
AT_STEP: Final[Mapping[Step, ColumnElement[bool]]] = {
    Step.NEW: and_(
        _DISPATCHED,
        Case.started_at.is_(None),
        Case.assigned_at.is_(None),
        Case.acknowledged_at.is_(None),
    ),
    Step.TAKEN: and_(
        _DISPATCHED,
        Case.started_at.is_(None),
        Case.assigned_at.is_(None),
        Case.acknowledged_at.is_not(None),
    ),
    Step.ASSIGNED: and_(_DISPATCHED, Case.started_at.is_(None), Case.assigned_at.is_not(None)),
    Step.STARTED: and_(_DISPATCHED, Case.started_at.is_not(None)),
    Step.SUSPENDED: Case.stage == Stage.SUSPENDED,
    Step.HANDLED: Case.stage == Stage.HANDLED,
}
_IN_HAND: Final = (Stage.DISPATCHED, Stage.SUSPENDED, Stage.HANDLED)


@dataclass(frozen=True)
class Wanted:
    """Which of a unit's cases; what is None does not matter. `worker`: theirs and their crews'."""

    step: Step | None = None
    crew_id: int | None = None
    worker: int | None = None
    unclaimed: bool = False
    late: bool = False
    steps: tuple[Step, ...] = ()


def _conditions(
    session: Session, department_id: int, wanted: Wanted, at: datetime
) -> list[ColumnElement[bool]]:
    found = [Case.department_id == department_id, Case.stage.in_(_IN_HAND)]
    if wanted.step is not None:
        found.append(AT_STEP[wanted.step])
    if wanted.steps:
        found.append(or_(*(AT_STEP[each] for each in wanted.steps)))
    if wanted.crew_id is not None:
        found.append(Case.crew_id == wanted.crew_id)
    if wanted.worker is not None:
        mine = crew_ids_of(session, wanted.worker)
        in_crew = and_(Case.crew_id.in_(mine), Case.assignee_id.is_(None))
        found.append(or_(Case.assignee_id == wanted.worker, in_crew))
    if wanted.unclaimed:
        found += [Case.crew_id.is_(None), Case.assignee_id.is_(None)]
    if wanted.late:
        found += [_DISPATCHED, Case.due_at <= at]
    return found


def cases_of(
    session: Session,
    department_id: int,
    wanted: Wanted,
    *,
    at: datetime,
    after: Sequence[object] | None = None,
    limit: int,
) -> Sequence[Case]:
    """A page of a unit's cases in hand, the first due first, `limit + 1` of them."""
    asked = select(Case).where(*_conditions(session, department_id, wanted, at))
    if after is not None:
        due, row_id = _key(after)
        asked = asked.where(tuple_(_DUE, Case.id) > tuple_(due, row_id))
    return session.scalars(asked.order_by(_DUE, Case.id).limit(limit + 1)).all()


def key_of(case: Case) -> tuple[datetime, int]:
    """Where a page ends; see `cases_of`."""
    return case.due_at or FAR, case.id


def _key(after: Sequence[object]) -> tuple[datetime, int]:
    try:
        due = datetime.fromisoformat(str(after[0]))
    except ValueError:
        raise paging.bad_cursor() from None
    if due.tzinfo is None or not isinstance(after[1], int):
        raise paging.bad_cursor()
    return due, after[1]


def count_steps(
    session: Session, department_id: int, *, at: datetime, wanted: Wanted | None = None
) -> dict[Step, int]:
    """How many of a unit's cases stand at each step, in one look at what it has in hand."""
    conditions = _conditions(session, department_id, wanted or Wanted(), at)
    row = session.execute(
        select(*(func.count().filter(AT_STEP[step]) for step in Step)).where(*conditions)
    ).one()
    return dict(zip(Step, row, strict=True))


def count_late(session: Session, department_id: int, *, at: datetime) -> int:
    """How many of a unit's cases are overdue now."""
    conditions = _conditions(session, department_id, Wanted(late=True), at)
    return session.scalar(select(func.count()).select_from(Case).where(*conditions)) or 0


def assisted_by(session: Session, department_id: int, *, limit: int) -> Sequence[Case]:
    """Cases in which the unit assists another, the first due first."""
    helps = select(CaseAssignment.case_id).where(
        CaseAssignment.department_id == department_id,
        CaseAssignment.ended_at.is_(None),
        CaseAssignment.leads.is_(False),
    )
    return session.scalars(
        select(Case)
        .where(Case.id.in_(helps), Case.stage.in_(_IN_HAND))
        .order_by(_DUE, Case.id)
        .limit(limit)
    ).all()


def waiting_for(session: Session, person: Person, at: datetime) -> int:
    """The number in the rail: what waits for a manager's or a handler's hand; none without a unit."""
    if person.department_id is None:
        return 0
    own = Wanted() if person.has(Role.MANAGER) else Wanted(worker=person.id)
    counts = count_steps(session, person.department_id, at=at, wanted=own)
    if person.has(Role.MANAGER):
        return counts[Step.NEW] + counts[Step.TAKEN]
    return counts[Step.NEW] + counts[Step.ASSIGNED] + counts[Step.STARTED]


def for_the_day(
    session: Session, department_id: int, *, until: datetime, limit: int
) -> Sequence[Line]:
    """What a unit has to do on a day: due by its end, overdue, begun or given to a crew.

    Plain rows, for a list that is printed: each is shown, none is worked on.
    """
    todo = or_(
        Case.due_at < until,
        Case.started_at.is_not(None),
        Case.crew_id.is_not(None),
        Case.assignee_id.is_not(None),
    )
    return session.execute(
        select(*LINE, Case.condition_id)
        .where(Case.department_id == department_id, _DISPATCHED, todo)
        .order_by(Case.crew_id.nulls_last(), Case.assignee_id.nulls_last(), _DUE, Case.id)
        .limit(limit)
    ).all()


def first_photos(session: Session, case_ids: Iterable[int]) -> dict[int, Photo]:
    """The first photo of each case that has one."""
    rows = session.scalars(
        select(Photo)
        .ext(distinct_on(Photo.case_id))
        .where(Photo.case_id.in_(set(case_ids)))
        .order_by(Photo.case_id, Photo.at, Photo.id)
    )
    return {photo.case_id: photo for photo in rows if photo.case_id is not None}
