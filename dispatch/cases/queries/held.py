"""What a unit holds: how many open cases, and which."""

from collections.abc import Collection, Sequence
from typing import Final

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from dispatch.cases.model import Case
from dispatch.cases.states import OPEN, Stage
from dispatch.departments.model import Department

#: Stages in which a unit works on a case; later ones are finished by the centre.
IN_WORK: Final = frozenset({Stage.DISPATCHED, Stage.SUSPENDED})
#: Why a case was returned whose unit was closed: no unit disputed it.
UNIT_CLOSED: Final = "unit_closed"
#: Counting ends here.
MOST = 10_000


def count_open_of(session: Session, department_id: int) -> int:
    """How many open cases a unit has, up to `MOST`."""
    some = (
        select(Case.id)
        .where(Case.department_id == department_id, Case.stage.in_(sorted(OPEN)))
        .limit(MOST)
        .subquery()
    )
    return session.scalar(select(func.count()).select_from(some)) or 0


def open_ids_of(
    session: Session, department_id: int, *, limit: int, stages: Collection[Stage] = OPEN
) -> Sequence[int]:
    """The open cases of a unit (at some stages only), the oldest first."""
    return session.scalars(
        select(Case.id)
        .where(Case.department_id == department_id, Case.stage.in_(sorted(stages)))
        .order_by(Case.id)
        .limit(limit)
    ).all()


def left_at_closed_units(session: Session) -> Sequence[int]:
    """The closed units that have cases to work on: an old one of theirs may have been sent back to them."""
    here = exists().where(Case.department_id == Department.id, Case.stage.in_(sorted(IN_WORK)))
    return session.scalars(
        select(Department.id).where(Department.active.is_(False), here).order_by(Department.id)
    ).all()


def public_ids_of(session: Session, ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    """Public id and number of cases by their row id."""
    rows = session.execute(
        select(Case.id, Case.public_id, Case.number).where(Case.id.in_(set(ids)))
    )
    return {row.id: (row.public_id, row.number) for row in rows}
