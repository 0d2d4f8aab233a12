"""What the clock finds due: warnings, overdue cases and stages, suspensions that have ended."""

from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from dispatch.cases.commands.act import perform
from dispatch.cases.commands.deed import publish
from dispatch.cases.events import OVERDUE, STAGE_OVERDUE, WARNED
from dispatch.cases.model import Case
from dispatch.cases.states import OPEN, Stage, Verb
from dispatch.people.policy import SYSTEM


def _mark(
    session: Session,
    mark: InstrumentedAttribute[datetime | None],
    *due: ColumnElement[bool],
    name: str,
    at: datetime,
    limit: int,
) -> int:
    """Stamp the cases that are due and not stamped yet, and publish the fact of each once."""
    rows = session.scalars(
        select(Case).where(mark.is_(None), *due).limit(limit).with_for_update(skip_locked=True)
    ).all()
    for case in rows:
        setattr(case, mark.key, at)
        publish(session, case, name, verb="clock", at=at)
    session.flush()
    return len(rows)


def mark_due(session: Session, *, at: datetime, limit: int = 500) -> int:
    """Stamp what has become due up to `at`; returns how many facts were published.

    Safe in two clocks at once: a row is locked, stamped and told of in one transaction.
    """
    handled = Case.stage == Stage.DISPATCHED
    return (
        _mark(session, Case.warned_at, Case.warn_at <= at, handled, name=WARNED, at=at, limit=limit)
        + _mark(
            session, Case.overdue_at, Case.due_at <= at, handled, name=OVERDUE, at=at, limit=limit
        )
        + _mark(
            session,
            Case.stage_overdue_at,
            Case.stage_due_at <= at,
            Case.stage.in_(OPEN),
            name=STAGE_OVERDUE,
            at=at,
            limit=limit,
        )
    )


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
