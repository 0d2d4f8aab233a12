"""What waits in the hall: to be filed, to be dispatched, come back from a unit, in dispute."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, func, select, text
from sqlalchemy.orm import Session

from dispatch.cases.model import Case, CaseAssignment
from dispatch.cases.policy import visible_to
from dispatch.cases.queries.held import UNIT_CLOSED
from dispatch.cases.states import Stage
from dispatch.catalogue.reference import city_setting
from dispatch.people.policy import Person
from dispatch.units.queries.work import FAR

_DUE: Final = func.coalesce(Case.stage_due_at, FAR)
#: How far back returns between units are counted.
CHRONIC_DAYS: Final = 90


def waiting_at(
    session: Session,
    person: Person,
    stage: Stage,
    *,
    limit: int,
    condition: tuple[int, int] | None = None,
    returned: bool = False,
) -> Sequence[Case]:
    """The cases at a stage that this person may see, the first due first.

    `condition` narrows to one category and filing condition, `returned` to what came back.
    """
    asked = select(Case).where(Case.stage == stage, visible_to(person))
    if condition is not None:
        asked = asked.where(Case.category_id == condition[0], Case.condition_id == condition[1])
    if returned:
        asked = asked.where(Case.return_count > 0)
    return session.scalars(asked.order_by(_DUE, Case.id).limit(limit)).all()


@dataclass(frozen=True)
class Alike:
    """Cases of one category and filing condition that wait together."""

    category_id: int
    condition_id: int
    count: int


def alike_at(session: Session, person: Person, stage: Stage) -> Sequence[Alike]:
    """What waits more than once at a stage, the most frequent first."""
    count = func.count()
    rows = session.execute(
        select(Case.category_id, Case.condition_id, count)
        .where(
            Case.stage == stage,
            visible_to(person),
            Case.category_id.is_not(None),
            Case.condition_id.is_not(None),
        )
        .group_by(Case.category_id, Case.condition_id)
        .having(count > 1)
        .order_by(count.desc(), Case.category_id)
        .limit(12)
    )
    return [
        Alike(category, condition, number)
        for category, condition, number in rows
        if category is not None and condition is not None
    ]


def _count(session: Session, person: Person, *conditions: ColumnElement[bool]) -> int:
    some = select(Case.id).where(visible_to(person), *conditions).limit(1000).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def count_to_file(session: Session, person: Person, _at: datetime) -> int:
    """How many wait to be filed, up to a thousand."""
    return _count(session, person, Case.stage == Stage.ACCEPTED)


def count_to_dispatch(session: Session, person: Person, _at: datetime) -> int:
    """How many wait to be dispatched, up to a thousand."""
    return _count(session, person, Case.stage == Stage.FILED)


def count_returned(session: Session, person: Person, _at: datetime) -> int:
    """How many have come back from a unit and wait, up to a thousand."""
    return _count(session, person, Case.stage == Stage.FILED, Case.return_count > 0)


def is_disputed(session: Session) -> ColumnElement[bool]:
    """From how many returns on a case counts as disputed between units."""
    most: int = city_setting(session, "dispute_returns", 2)
    return Case.return_count >= most


def count_disputes(session: Session, person: Person, _at: datetime) -> int:
    """How many disputes wait for a ruling, up to a thousand."""
    return _count(session, person, Case.stage == Stage.FILED, is_disputed(session))


def disputes(session: Session, person: Person, *, limit: int) -> Sequence[Case]:
    """Cases that units have returned again and again, the most returned first."""
    return session.scalars(
        select(Case)
        .where(Case.stage == Stage.FILED, visible_to(person), is_disputed(session))
        .order_by(Case.return_count.desc(), _DUE, Case.id)
        .limit(limit)
    ).all()


def chains_of(session: Session, case_ids: Iterable[int]) -> dict[int, list[CaseAssignment]]:
    """The units that led each case, in order."""
    found: dict[int, list[CaseAssignment]] = defaultdict(list)
    rows = session.scalars(
        select(CaseAssignment)
        .where(CaseAssignment.case_id.in_(set(case_ids)), CaseAssignment.leads)
        .order_by(CaseAssignment.case_id, CaseAssignment.at, CaseAssignment.id)
    )
    for row in rows:
        found[row.case_id].append(row)
    return found


@dataclass(frozen=True)
class Chronic:
    """Two units between which cases go to and fro: how often, in how many cases, the last time."""

    one: int
    other: int
    returns: int
    cases: int
    last_at: datetime


_CHRONIC = text(
    """
SELECT least(unit, next_unit), greatest(unit, next_unit),
       count(*), count(DISTINCT case_id), max(ended_at)
FROM (
  SELECT case_id, department_id AS unit, end_verb, ended_at, end_code,
         lead(department_id) OVER (PARTITION BY case_id ORDER BY at, id) AS next_unit
  FROM case_assignments
  WHERE leads AND case_id IN (
    SELECT case_id FROM case_assignments WHERE end_verb = 'return' AND ended_at >= :since)
) AS chain
WHERE end_verb = 'return' AND ended_at >= :since AND next_unit <> unit
  AND end_code IS DISTINCT FROM :unit_closed
GROUP BY 1, 2 HAVING count(*) >= 2 ORDER BY 3 DESC, 5 DESC LIMIT 20
"""
)


def chronic_returns(session: Session, *, at: datetime) -> Sequence[Chronic]:
    """Between which units cases went to and fro more than once within the last three months."""
    since = at - timedelta(days=CHRONIC_DAYS)
    given = {"since": since, "unit_closed": UNIT_CLOSED}
    return [Chronic(*row) for row in session.execute(_CHRONIC, given)]
