"""Deeds around people: log in and out, add a user, change a password, end what must not go on."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from dispatch.kit import audit
from dispatch.kit.config import settings
from dispatch.kit.errors import Conflict, NotFound, invalid
from dispatch.people import passwords, queries
from dispatch.people.model import Role, User, UserSession
from dispatch.people.policy import Person
from dispatch.people.queries import Login, hash_secret
from dispatch.people.throttle import Guess


@dataclass(frozen=True)
class Opened:
    """A session just opened. The secret is told once and kept nowhere."""

    secret: str
    login: Login


def log_in(
    session: Session,
    *,
    username: str,
    password: str,
    address: str,
    agent: str | None = None,
    at: datetime,
) -> Opened | None:
    """Open a session, or None when name and password do not fit (the audit line must be committed).

    Raises TooMany after too many wrong guesses, whether or not the name exists.
    """
    guess = Guess(username, address)
    guess.admit()
    user = queries.user_by_name(session, username)
    usable = user if user is not None and user.active else None
    if not passwords.verify(usable.password_hash if usable else "", password) or usable is None:
        guess.failed()
        _record(session, "login_failed", user, address=address)
        return None
    guess.succeeded()
    if passwords.is_outdated(usable.password_hash):
        usable.password_hash = passwords.hash_password(password)
    opened = open_for(session, usable, address=address, agent=agent, at=at)
    _record(session, "login", usable, address=address)
    return opened


def open_for(
    session: Session, user: User, *, address: str, agent: str | None, at: datetime
) -> Opened:
    """A session for a user who has shown who they are; their ended ones are cleared away."""
    session.execute(
        delete(UserSession).where(UserSession.user_id == user.id, UserSession.expires_at <= at)
    )
    secret = secrets.token_urlsafe(32)
    row = UserSession(
        secret_hash=hash_secret(secret),
        user_id=user.id,
        csrf_token=secrets.token_urlsafe(24),
        created_at=at,
        expires_at=at + timedelta(hours=settings().session_hours),
        address=address,
        agent=agent[:200] if agent else None,
    )
    session.add(row)
    session.flush()
    person = queries.person_of(user)
    return Opened(secret, Login(person, row.csrf_token, row.expires_at, row.secret_hash))


def log_out(session: Session, login: Login, *, address: str) -> None:
    """End this session."""
    session.execute(delete(UserSession).where(UserSession.secret_hash == login.secret_hash))
    audit.record(
        session,
        "logout",
        subject=f"user:{login.person.id}",
        actor=login.person.username,
        actor_id=login.person.id,
        address=address,
    )


def end_sessions(session: Session, user: User) -> None:
    """End every session of a user, at once."""
    session.execute(delete(UserSession).where(UserSession.user_id == user.id))


def forget_ended_sessions(session: Session, *, at: datetime) -> int:
    """Clear away the sessions that have run out; how many."""
    ended = session.execute(
        delete(UserSession).where(UserSession.expires_at <= at).returning(UserSession.user_id)
    )
    return len(ended.all())


def add_user(
    session: Session,
    *,
    username: str,
    display_name: str,
    roles: Iterable[Role],
    password: str | None = None,
    phone: str | None = None,
    department_id: int | None = None,
    district_code: str | None = None,
    working_grids: Iterable[str] = (),
    synthetic: bool = False,
    by: Person,
) -> User:
    """A new user; without a password they cannot log in yet. Conflict if the name is taken."""
    if queries.user_by_name(session, username) is not None:
        raise Conflict(
            "username_taken",
            f"用户名 {username} 已被使用,请换一个",
            f"The name {username} is taken; choose another",
        )
    held = sorted({role.value for role in roles})
    _check_post(held, department_id)
    user = User(
        username=username,
        display_name=display_name,
        roles=held,
        password_hash=_checked_hash(password, username) if password is not None else "",
        phone=phone,
        department_id=department_id,
        district_code=district_code,
        working_grids=sorted(set(working_grids)),
        synthetic=synthetic,
    )
    session.add(user)
    session.flush()
    _changed(session, "user_added", user, by=by)
    return user


def set_password(session: Session, user: User, password: str, *, by: Person) -> None:
    """A new password; every session of the user ends."""
    user.password_hash = _checked_hash(password, user.username)
    end_sessions(session, user)
    _changed(session, "password_set", user, by=by)
    session.flush()


def change_own_password(session: Session, login: Login, *, current: str, new: str) -> None:
    """The person gives the old password for a new one; InvalidInput when the old one is wrong."""
    user = named_user(session, login.person.username)
    if not passwords.verify(user.password_hash, current):
        raise invalid(
            "current", "当前密码不正确", "The current password is wrong", code="wrong_password"
        )
    set_password(session, user, new, by=login.person)


def deactivate(session: Session, user: User, *, by: Person) -> None:
    """The user can no longer log in, and is out at once. The row stays: history refers to it."""
    user.active = False
    end_sessions(session, user)
    _changed(session, "user_deactivated", user, by=by)
    session.flush()


def activate(session: Session, user: User, *, by: Person) -> None:
    """The user can log in again, with the password they had."""
    user.active = True
    _changed(session, "user_activated", user, by=by)
    session.flush()


def named_user(session: Session, username: str) -> User:
    """The user with this name; NotFound."""
    user = queries.user_by_name(session, username)
    if user is None:
        raise NotFound(
            "no_such_user",
            f"没有用户 {username},可用 dispatch user list 查看",
            f"There is no user {username}; see `dispatch user list`",
        )
    return user


def _check_post(roles: list[str], department_id: int | None) -> None:
    if not roles:
        raise invalid("roles", "至少需要一个岗位", "At least one role is needed")
    if {Role.MANAGER.value, Role.HANDLER.value} & set(roles) and department_id is None:
        raise invalid(
            "department",
            "专业部门的岗位必须注明所属部门",
            "A manager or handler belongs to a department; name it",
        )


def _checked_hash(password: str, username: str) -> str:
    passwords.check_strength(password, username=username)
    return passwords.hash_password(password)


def _record(session: Session, action: str, user: User | None, *, address: str) -> None:
    # What was typed for an unknown name is not kept: it is sometimes a password.
    audit.record(
        session,
        action,
        subject=f"user:{user.id}" if user else "user:unknown",
        actor=user.username if user else "unknown",
        actor_id=user.id if user else None,
        address=address,
    )


def _changed(session: Session, action: str, user: User, *, by: Person) -> None:
    audit.record(
        session,
        action,
        subject=f"user:{user.id}",
        actor=by.username or by.name,
        actor_id=by.id,
        details={"username": user.username, "roles": user.roles},
    )
