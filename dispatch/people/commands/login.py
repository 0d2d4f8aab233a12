"""Logging in and out, and ending sessions."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from dispatch.kit import audit
from dispatch.kit.config import settings
from dispatch.kit.errors import NotFound
from dispatch.people import passwords, queries
from dispatch.people.model import User, UserSession
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
    usable.last_login_at = at
    opened = open_for(session, usable, address=address, agent=agent, at=at)
    _record(session, "login", usable, address=address)
    return opened


def open_for(
    session: Session,
    user: User,
    *,
    address: str | None,
    agent: str | None,
    at: datetime,
    lasts: timedelta | None = None,
    label: str | None = None,
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
        expires_at=at + (lasts or timedelta(hours=settings().session_hours)),
        address=address,
        agent=agent[:200] if agent else None,
        label=label,
    )
    session.add(row)
    session.flush()
    login = Login(
        queries.person_of(user),
        row.csrf_token,
        row.expires_at,
        row.secret_hash,
        must_change_password=user.must_change_password,
    )
    return Opened(secret, login)


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


def end_sessions(session: Session, user: User, *, by: Person | None = None) -> int:
    """End every session and token of a user, at once; how many. `by` names who asked for it."""
    ended = session.execute(
        delete(UserSession).where(UserSession.user_id == user.id).returning(UserSession.user_id)
    ).all()
    if by is not None and ended:
        _ended(session, user, len(ended), by=by)
    return len(ended)


def end_session(session: Session, user: User, handle: str, *, by: Person) -> None:
    """End one session or token, named by the beginning of its hash in hex. Raises NotFound."""
    rows = session.scalars(select(UserSession).where(UserSession.user_id == user.id))
    found = next((row for row in rows if row.secret_hash.hex().startswith(handle)), None)
    if found is None or len(handle) < 16:
        raise NotFound("no_such_session", "该登录已经结束", "This session has ended already")
    session.delete(found)
    session.flush()
    _ended(session, user, 1, by=by)


def forget_ended_sessions(session: Session, *, at: datetime) -> int:
    """Clear away the sessions that have run out; how many."""
    ended = session.execute(
        delete(UserSession).where(UserSession.expires_at <= at).returning(UserSession.user_id)
    )
    return len(ended.all())


def _ended(session: Session, user: User, count: int, *, by: Person) -> None:
    audit.record(
        session,
        "sessions_ended",
        subject=f"user:{user.id}",
        actor=by.username or by.name,
        actor_id=by.id,
        details={"username": user.username, "sessions": count},
    )


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
