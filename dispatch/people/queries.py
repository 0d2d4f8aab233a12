"""Look-ups of people: the log-in that a request carries, users by name, users in a list."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, bindparam, select
from sqlalchemy.orm import Session

from dispatch.people.model import Role, User, UserSession
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
