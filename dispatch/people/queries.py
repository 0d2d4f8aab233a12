"""Look-ups of people: the log-in that a request carries, users by name, in a list, their sessions."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, bindparam, func, or_, select
from sqlalchemy.orm import Session

from dispatch.people.model import AssignmentStatus, GridAssignment, Role, User, UserSession
from dispatch.people.policy import Person


@dataclass(frozen=True)
class Login:
    """A log-in that holds: who it is, until when, and the token that forms must carry."""

    person: Person
    csrf_token: str
    expires_at: datetime
    secret_hash: bytes
    must_change_password: bool = False


def hash_secret(secret: str) -> bytes:
    """What is kept of a session's secret."""
    return hashlib.sha256(secret.encode()).digest()


_LOGIN = (
    select(
        UserSession.csrf_token,
        UserSession.expires_at,
        User.id,
        User.display_name,
        User.roles,
        User.department_id,
        User.district_code,
        User.working_grids,
        User.username,
        User.language,
        User.must_change_password,
    )
    .join(User, User.id == UserSession.user_id)
    .where(
        User.active,
        UserSession.secret_hash == bindparam("secret_hash"),
        UserSession.expires_at > bindparam("at"),
    )
)


def person_of(row: User | Row[*tuple[Any, ...]]) -> Person:
    """The person that a user, or a row with a user's columns, stands for."""
    return Person(
        id=row.id,
        name=row.display_name,
        roles=frozenset(Role(role) for role in row.roles),
        department_id=row.department_id,
        district_code=row.district_code,
        working_grids=frozenset(row.working_grids),
        username=row.username,
        language=row.language,
    )


def login_by_secret(session: Session, secret: str, *, at: datetime) -> Login | None:
    """The log-in that this secret opens at this time, or None. One query by primary key."""
    return login_by_hash(session, hash_secret(secret), at=at)


def login_by_hash(session: Session, secret_hash: bytes, *, at: datetime) -> Login | None:
    """The same by the hash of the secret: for those who stay and ask again whether it still holds."""
    found = session.execute(_LOGIN, {"secret_hash": secret_hash, "at": at}).first()
    if found is None:
        return None
    return Login(
        person=person_of(found),
        csrf_token=found.csrf_token,
        expires_at=found.expires_at,
        secret_hash=secret_hash,
        must_change_password=found.must_change_password,
    )


def user_by_name(session: Session, username: str) -> User | None:
    """The user with this name, active or not."""
    return session.scalar(select(User).where(User.username == username))


def users(*, active: bool | None = None, role: Role | None = None, after: str = "") -> Select[User]:
    """Users by name, from behind a name on, for a page of them."""
    query = select(User).where(User.username > after).order_by(User.username)
    if active is not None:
        query = query.where(User.active == active)
    return query if role is None else query.where(User.roles.contains([role.value]))


@dataclass(frozen=True)
class UserFilter:
    """Which users are looked for; what is None or empty does not matter."""

    text: str = ""
    role: Role | None = None
    department_id: int | None = None
    active: bool | None = None


def users_found(session: Session, wanted: UserFilter, *, after: str, limit: int) -> Sequence[User]:
    """Users by name, from behind a name on."""
    query = users(active=wanted.active, role=wanted.role, after=after)
    if wanted.department_id is not None:
        query = query.where(User.department_id == wanted.department_id)
    if wanted.text:
        words = f"%{_literal(wanted.text)}%"
        query = query.where(
            or_(
                User.username.ilike(words),
                User.display_name.ilike(words),
                User.phone.like(words),
                User.working_grids.contains([wanted.text]),
            )
        )
    return session.scalars(query.limit(limit)).all()


def sessions_of(session: Session, user_id: int, *, at: datetime) -> Sequence[UserSession]:
    """The sessions and tokens of a user that still hold, the newest first."""
    return session.scalars(
        select(UserSession)
        .where(UserSession.user_id == user_id, UserSession.expires_at > at)
        .order_by(UserSession.created_at.desc())
        .limit(100)
    ).all()


def counts_by_department(session: Session) -> dict[int, int]:
    """How many active users each department has."""
    rows = session.execute(
        select(User.department_id, func.count())
        .where(User.active, User.department_id.is_not(None))
        .group_by(User.department_id)
    )
    return {unit: count for unit, count in rows if unit is not None}


@dataclass(frozen=True)
class Assigned:
    """An assignment with the inspector who has it."""

    assignment: GridAssignment
    user: User


def assignments(
    session: Session, *, grid: str | None = None, user_id: int | None = None, ended: bool = False
) -> list[Assigned]:
    """Assignments of working grids, of one grid or one user, with those that are over where asked."""
    query = select(GridAssignment, User).join(User, User.id == GridAssignment.user_id)
    if grid is not None:
        query = query.where(GridAssignment.working_grid == grid)
    if user_id is not None:
        query = query.where(GridAssignment.user_id == user_id)
    if not ended:
        query = query.where(GridAssignment.status != AssignmentStatus.ENDED)
    rows = session.execute(
        query.order_by(GridAssignment.valid_from.desc(), GridAssignment.id.desc()).limit(2000)
    )
    return [Assigned(*row) for row in rows]


def inspectors(session: Session) -> Sequence[User]:
    """Everybody who can be given a working grid."""
    return session.scalars(
        select(User)
        .where(User.active, User.roles.contains([Role.INSPECTOR.value]))
        .order_by(User.username)
        .limit(5000)
    ).all()


def _literal(text: str) -> str:
    """The text as LIKE takes it to the letter."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def grids_covered(session: Session) -> set[str]:
    """The working grids that an active inspector has today."""
    rows = session.scalars(
        select(func.unnest(User.working_grids))
        .where(User.active, User.roles.contains([Role.INSPECTOR.value]))
        .distinct()
    )
    return set(rows)


def holders(session: Session) -> dict[str, list[User]]:
    """Who has each working grid today."""
    found: dict[str, list[User]] = {}
    for user in inspectors(session):
        for grid in user.working_grids:
            found.setdefault(grid, []).append(user)
    return found
