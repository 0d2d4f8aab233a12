"""Seed the demonstration's people: every role, every department, every working grid."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.departments.model import Department
from dispatch.jurisdiction.model import UnitGrid
from dispatch.people.model import Role, User
from dispatch.people.passwords import hash_password
from dispatch.seed.files import Row, rows_of
from dispatch.seed.keys import add_rows, read_keys

#: Everybody's password in a demonstration; a production seed has no demo people.
DEMO_PASSWORD: Final = "Liuzhou-2026"  # noqa: S105 - known on purpose


@dataclass(frozen=True)
class LogIn:
    """A name and password to try, and the unit of those who belong to one."""

    username: str
    password: str
    department: str | None


def seed_people(session: Session, folder: Path) -> int:
    """All people with one password, hashed once: half a thousand hashes would take a minute."""
    keys = read_keys(session)
    password_hash = hash_password(DEMO_PASSWORD)
    grids = sorted(session.scalars(select(UnitGrid.working_grid_code).distinct()))
    found = [
        {
            "username": row["username"],
            "display_name": row["name"],
            "roles": [Role(row["role"]).value],
            "department_id": keys.department(row["department"]),
            "working_grids": _grids(row, grids),
            "password_hash": password_hash,
            "synthetic": True,
        }
        for row in rows_of(folder, "people.csv")
    ]
    return add_rows(session, User, found)


def _grids(row: Row, grids: Sequence[str]) -> list[str]:
    """The working grid of an inspector: the table counts them from 1 in the order of their codes."""
    index = int(row["working_grid_index"] or 0)
    return [grids[index - 1]] if 0 < index <= len(grids) else []


def demo_log_ins(session: Session) -> dict[Role, LogIn]:
    """The first person of each role by name, as long as they are the demonstration's."""
    rows = session.execute(
        select(User.username, User.roles, Department.name)
        .outerjoin(Department, Department.id == User.department_id)
        .where(User.synthetic, User.active)
        .order_by(User.id)
    )
    found: dict[Role, LogIn] = {}
    for username, roles, department in rows:
        for role in map(Role, roles):
            found.setdefault(role, LogIn(username, DEMO_PASSWORD, department))
    return found
