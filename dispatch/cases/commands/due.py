"""What the clock finds due: warnings, overdue cases and stages, suspensions that have ended."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import ColumnElement, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql.elements import TextClause

from dispatch.cases.commands.act import perform
from dispatch.cases.commands.deed import publish
from dispatch.cases.events import OVERDUE, STAGE_OVERDUE, STAGE_WARNED, UNACKNOWLEDGED, WARNED
from dispatch.cases.indexes import IS_DISPATCHED, IS_OPEN
from dispatch.cases.model import Case
from dispatch.cases.queries.clocks import stages_to_warn
from dispatch.cases.states import Stage, Verb
from dispatch.people.policy import SYSTEM


def _mark(
    session: Session,
    mark: InstrumentedAttribute[datetime | None],
    *due: ColumnElement[bool] | TextClause,
    name: str | Callable[[Case], str],
    at: datetime,
    limit: int,
) -> list[int]:
    """Stamp the cases that are due and not stamped yet, and publish the fact of each once; which."""
    rows = session.scalars(
        select(Case).where(mark.is_(None), *due).limit(limit).with_for_update(skip_locked=True)
    ).all()
    for case in rows:
        setattr(case, mark.key, at)
        fact = name if isinstance(name, str) else name(case)
        publish(session, case, fact, verb="clock", at=at)
    session.flush()
    return [case.id for case in rows]


def mark_due(session: Session, *, at: datetime, limit: int = 500) -> list[int]:
    """Stamp what has become due up to `at`; the case of each fact that was published.

    Safe in two clocks at once: a row is locked, stamped and told of in one transaction.
    """
    handled = IS_DISPATCHED
    return (
        _mark(session, Case.warned_at, Case.warn_at <= at, handled, name=WARNED, at=at, limit=limit)
        + _mark(
            session, Case.overdue_at, Case.due_at <= at, handled, name=OVERDUE, at=at, limit=limit
        )
        + _mark(
            session,
            Case.stage_overdue_at,
            Case.stage_due_at <= at,
            IS_OPEN,
            name=_stage_overdue,
            at=at,
            limit=limit,
        )
        + _warn_of_stages(session, at=at, limit=limit)
    )


def _stage_overdue(case: Case) -> str:
    """A unit that has not acknowledged is another matter than a step of the hall's own."""
    return UNACKNOWLEDGED if case.stage == Stage.DISPATCHED else STAGE_OVERDUE


def _warn_of_stages(session: Session, *, at: datetime, limit: int) -> list[int]:
    """Stamp the cases whose stage has used its share (the yellow light), and publish the fact of each once."""
    due = stages_to_warn(session, at=at)
    if not due:
        return []
    is_due = tuple_(Case.id, Case.stage).in_(due[:limit])
    return _mark(session, Case.stage_warned_at, is_due, name=STAGE_WARNED, at=at, limit=limit)


def resume_due(session: Session, *, at: datetime, limit: int = 200) -> int:
    """Set the clocks going again of cases whose suspension has reached its date."""
    rows = session.scalars(
        select(Case)
        .where(Case.suspended_until <= at, Case.stage == Stage.SUSPENDED)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    for case in rows:
        perform(session, case, Verb.RESUME, by=SYSTEM, at=at, body={"note": "挂账到期"})
    session.flush()
    return len(rows)
