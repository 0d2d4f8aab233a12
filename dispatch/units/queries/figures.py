"""A unit's own figures of a month: what it was given, got done in time, returned, and how long it took."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, extract, func, not_, or_, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from dispatch.cases.model import Case, CaseAssignment
from dispatch.cases.queries.held import UNIT_CLOSED

A = CaseAssignment


class Measure(StrEnum):
    """What is counted, over the cases that a unit was given in a month."""

    RECEIVED = "received"
    HANDLED = "handled"
    IN_TIME = "in_time"
    LATE = "late"
    OPEN = "open"
    RETURNED = "returned"
    REWORKED = "reworked"


_RETURNED = and_(
    A.end_verb.is_not(None),
    A.end_verb == "return",
    func.coalesce(A.end_code, "") != UNIT_CLOSED,
)
_KEPT = not_(_RETURNED)
_WITHOUT_FAULT = or_(Case.exempt, Case.due_at.is_(None))


def _late(at: datetime) -> ColumnElement[bool]:
    done = func.coalesce(A.handled_at, at)
    stood_still = and_(A.handled_at.is_(None), Case.remaining_s.is_not(None))
    passed = or_(Case.overdue_at.is_not(None), and_(Case.due_at <= done, not_(stood_still)))
    return and_(_KEPT, not_(_WITHOUT_FAULT), passed)


def conditions(at: datetime) -> Mapping[Measure, ColumnElement[bool]]:
    """Each measure as a condition on an assignment and its case, `at` being now."""
    return {
        Measure.RECEIVED: A.leads.is_(True),
        Measure.HANDLED: and_(_KEPT, A.handled_at.is_not(None)),
        Measure.IN_TIME: and_(_KEPT, A.handled_at.is_not(None), not_(_late(at))),
        Measure.LATE: _late(at),
        Measure.OPEN: and_(A.ended_at.is_(None), A.handled_at.is_(None)),
        Measure.RETURNED: _RETURNED,
        Measure.REWORKED: and_(_KEPT, Case.rework_count > 0),
    }


#: The ways whose length is told, each from the moment the unit was given the case.
WAYS: Final[Mapping[str, InstrumentedAttribute[datetime | None]]] = {
    "acknowledge": A.acknowledged_at,
    "assign": A.assigned_at,
    "start": A.started_at,
    "handle": A.handled_at,
}


@dataclass(frozen=True)
class Figures:
    """Counts and medians of one month, of all or of one category or crew."""

    counts: Mapping[Measure, int]
    medians: Mapping[str, timedelta | None]

    @property
    def share_in_time(self) -> float | None:
        """In time among what was handled or is late; None when there is neither."""
        whole = self.counts[Measure.IN_TIME] + self.counts[Measure.LATE]
        return self.counts[Measure.IN_TIME] / whole if whole else None


@dataclass(frozen=True)
class Month:
    """The figures of a month: all, by category id and by crew id (None: no crew)."""

    whole: Figures
    by_category: Sequence[tuple[int | None, Figures]]
    by_crew: Sequence[tuple[int | None, Figures]]


def _in(department_id: int, since: datetime, until: datetime) -> list[ColumnElement[bool]]:
    return [A.department_id == department_id, A.leads.is_(True), A.at >= since, A.at < until]


def _median(reached: InstrumentedAttribute[datetime | None]) -> ColumnElement[Any]:
    seconds = extract("epoch", reached - A.at)
    return func.percentile_cont(0.5).within_group(seconds.asc())


def figures_of(
    session: Session, department_id: int, *, since: datetime, until: datetime, at: datetime
) -> Month:
    """The figures of what a unit was given from `since` to before `until`, in one pass."""
    measured = conditions(at)
    level = func.grouping(Case.category_id, A.crew_id)
    rows = session.execute(
        select(
            level,
            Case.category_id,
            A.crew_id,
            *(func.count().filter(measured[each]) for each in Measure),
            *(_median(reached) for reached in WAYS.values()),
        )
        .join(Case, Case.id == A.case_id)
        .where(*_in(department_id, since, until))
        .group_by(func.grouping_sets(tuple_(), tuple_(Case.category_id), tuple_(A.crew_id)))
    ).all()
    found = [(row[0], row[1], row[2], _figures(row[3:])) for row in rows]
    nothing = Figures(dict.fromkeys(Measure, 0), dict.fromkeys(WAYS))
    most = sorted(found, key=lambda row: -row[3].counts[Measure.RECEIVED])
    return Month(
        whole=next((each for level_, _, _, each in found if level_ == 3), nothing),
        by_category=[(category, each) for level_, category, _, each in most if level_ == 1],
        by_crew=[(crew, each) for level_, _, crew, each in most if level_ == 2],
    )


def _figures(values: Sequence[Any]) -> Figures:
    counts = dict(zip(Measure, values, strict=False))
    spans = [
        None if each is None else timedelta(seconds=float(each)) for each in values[len(Measure) :]
    ]
    return Figures(counts, dict(zip(WAYS, spans, strict=True)))


@dataclass(frozen=True)
class Narrowed:
    """Which cases behind a figure: of a category or crew; `no_crew`: those without one."""

    category_id: int | None = None
    crew_id: int | None = None
    no_crew: bool = False


def cases_behind(
    session: Session,
    department_id: int,
    measure: Measure,
    *,
    since: datetime,
    until: datetime,
    at: datetime,
    narrowed: Narrowed,
    before: int | None,
    limit: int,
) -> Sequence[tuple[Case, CaseAssignment]]:
    """The cases that a figure counts, the last given first, from before an assignment's id."""
    asked = (
        select(Case, A)
        .join(A, A.case_id == Case.id)
        .where(*_in(department_id, since, until), conditions(at)[measure])
    )
    if narrowed.category_id is not None:
        asked = asked.where(Case.category_id == narrowed.category_id)
    if narrowed.crew_id is not None:
        asked = asked.where(A.crew_id == narrowed.crew_id)
    if narrowed.no_crew:
        asked = asked.where(A.crew_id.is_(None))
    if before is not None:
        asked = asked.where(A.id < before)
    rows = session.execute(asked.order_by(A.id.desc()).limit(limit + 1))
    return [(case, assignment) for case, assignment in rows]
