"""Look-ups in the catalogue: every class with its minor classes, their filing conditions and limits."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from dispatch.catalogue.model import (
    CalendarVersion,
    Category,
    Condition,
    Reason,
    StageLimit,
)

#: A row with the columns of its table: plain values, which may outlive the session.
Plain = Row[Any]


@dataclass(frozen=True)
class Contents:
    """The whole catalogue: categories in order, the conditions of each, the limits of stages."""

    categories: Sequence[Plain]
    conditions: dict[int, list[Plain]]
    stage_limits: Sequence[Plain]


def contents(session: Session) -> Contents:
    """Everything, by scheme, kind (parts first) and code; conditions in their own order."""
    conditions: dict[int, list[Plain]] = defaultdict(list)
    asked = select(Condition.__table__).order_by(Condition.category_id, Condition.ordinal)
    for row in session.execute(asked):
        conditions[row.category_id].append(row)
    categories = select(Category.__table__).order_by(
        Category.scheme, Category.kind.desc(), Category.major_code, Category.code
    )
    limits = select(StageLimit.__table__).order_by(StageLimit.stage, StageLimit.severity)
    return Contents(
        categories=session.execute(categories).all(),
        conditions=conditions,
        stage_limits=session.execute(limits).all(),
    )


def reasons_for(session: Session, verb: str) -> Sequence[Reason]:
    """The reasons that the city offers for a deed, in its order."""
    return session.scalars(
        select(Reason)
        .where(Reason.verb == verb, Reason.active)
        .order_by(Reason.position, Reason.code)
    ).all()


def reasons_of_deeds(session: Session, verbs: Iterable[str]) -> dict[str, list[Reason]]:
    """The reasons that the city offers for each of several deeds; those without any are not in it."""
    found: dict[str, list[Reason]] = {}
    asked = select(Reason).where(Reason.verb.in_(sorted(verbs)), Reason.active)
    for each in session.scalars(asked.order_by(Reason.position, Reason.code)):
        found.setdefault(each.verb, []).append(each)
    return found


def calendar_versions(session: Session, code: str, *, limit: int) -> Sequence[CalendarVersion]:
    """The versions of a calendar, the newest first."""
    return session.scalars(
        select(CalendarVersion)
        .where(CalendarVersion.calendar_code == code)
        .order_by(CalendarVersion.version.desc())
        .limit(limit)
    ).all()


def unsettled_calendars(session: Session) -> Sequence[CalendarVersion]:
    """The versions by which open cases have not been counted yet, the oldest first."""
    return session.scalars(
        select(CalendarVersion)
        .where(CalendarVersion.settled_at.is_(None))
        .order_by(CalendarVersion.at)
    ).all()
