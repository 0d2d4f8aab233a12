"""Look-ups of departments: the tree, what belongs to one, and the name that it bore on a day."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.departments.model import (
    Department,
    DepartmentContact,
    DepartmentDuty,
    DepartmentEndpoint,
    DepartmentName,
)


@dataclass(frozen=True)
class Branch:
    """A unit in the tree: how deep it stands, and how many stand below it."""

    department: Department
    depth: int
    below: int


def tree(session: Session) -> list[Branch]:
    """All units, each after the one above it, siblings by code. Units above whom nobody is come first."""
    rows = session.scalars(select(Department).order_by(Department.code)).all()
    children: dict[int | None, list[Department]] = {}
    known = {row.id for row in rows}
    for row in rows:
        parent = row.parent_id if row.parent_id in known else None
        children.setdefault(parent, []).append(row)

    def walk(parent: int | None, depth: int) -> Iterator[Branch]:
        for row in children.get(parent, ()):
            own = list(walk(row.id, depth + 1))
            yield Branch(row, depth, len(own))
            yield from own

    return list(walk(None, 0))


def below(session: Session, department_id: int) -> set[int]:
    """The units below one, and itself."""
    found = {department_id}
    while True:
        more = set(session.scalars(select(Department.id).where(Department.parent_id.in_(found))))
        if more <= found:
            return found
        found |= more


def names_of(session: Session, department_id: int) -> Sequence[DepartmentName]:
    """The names that a unit bears, bore and will bear, the latest first."""
    return session.scalars(
        select(DepartmentName)
        .where(DepartmentName.department_id == department_id)
        .order_by(DepartmentName.valid_from.desc())
    ).all()


def contacts_of(session: Session, department_id: int) -> Sequence[DepartmentContact]:
    """Whom the centre can call at a unit."""
    return session.scalars(
        select(DepartmentContact)
        .where(DepartmentContact.department_id == department_id)
        .order_by(DepartmentContact.id)
    ).all()


def duties_of(session: Session, department_id: int) -> Sequence[DepartmentDuty]:
    """The lines of a unit's area of duty."""
    return session.scalars(
        select(DepartmentDuty)
        .where(DepartmentDuty.department_id == department_id)
        .order_by(DepartmentDuty.id)
    ).all()


def count_left_alone(session: Session, *, at: datetime) -> int:
    """How many units' systems are left alone now because they kept failing."""
    return (
        session.scalar(
            select(func.count())
            .select_from(DepartmentEndpoint)
            .where(DepartmentEndpoint.enabled, DepartmentEndpoint.open_until > at)
        )
        or 0
    )


def endpoints(session: Session) -> dict[int, DepartmentEndpoint]:
    """Every unit's webhook by the unit's id."""
    return {row.department_id: row for row in session.scalars(select(DepartmentEndpoint))}


def heir_of(session: Session, department_id: int) -> int | None:
    """The active unit that took over from a closed one, however many closed since; None without one."""
    seen: set[int] = set()
    found = session.get(Department, department_id, populate_existing=True)
    while found is not None and not found.active and found.id not in seen:
        seen.add(found.id)
        into = found.merged_into_id
        found = None if into is None else session.get(Department, into, populate_existing=True)
    return None if found is None or not found.active else found.id


def is_active(session: Session, department_id: int) -> bool:
    """Whether a unit works now."""
    return bool(session.scalar(select(Department.active).where(Department.id == department_id)))
