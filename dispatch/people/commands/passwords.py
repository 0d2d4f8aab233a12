"""Passwords that are set, changed or handed out once, and tokens for programs."""

import secrets
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from dispatch.kit import audit
from dispatch.kit.errors import invalid
from dispatch.people import passwords
from dispatch.people.commands.login import Opened, end_sessions, open_for
from dispatch.people.commands.users import checked_hash, named_user
from dispatch.people.model import User
from dispatch.people.policy import Person
from dispatch.people.queries import Login

#: Letters and digits that nobody confuses when reading them out.
_READABLE: Final = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _IN_GROUP = 4, 4
LONGEST_TOKEN_DAYS: Final = 366


def set_password(session: Session, user: User, password: str, *, by: Person) -> None:
    """A new password; every session of the user ends."""
    user.password_hash = checked_hash(password, user.username)
    user.must_change_password = False
    end_sessions(session, user)
    _record(session, "password_set", user, by=by)
    session.flush()


def reset_password(session: Session, user: User, *, by: Person) -> str:
    """A password that serves until its owner has chosen another; told once, kept as a hash only."""
    made = "-".join(
        "".join(secrets.choice(_READABLE) for _ in range(_IN_GROUP)) for _ in range(_GROUPS)
    )
    set_password(session, user, made, by=by)
    user.must_change_password = True
    session.flush()
    return made


def change_own_password(session: Session, login: Login, *, current: str, new: str) -> None:
    """The person gives the old password for a new one; InvalidInput when the old one is wrong."""
    user = named_user(session, login.person.username)
    if not passwords.verify(user.password_hash, current):
        raise invalid(
            "current", "当前密码不正确", "The current password is wrong", code="wrong_password"
        )
    if current == new:
        raise invalid(
            "password",
            "新密码不能与当前密码相同",
            "The new password must differ from the current one",
            code="same_password",
        )
    set_password(session, user, new, by=login.person)


def give_token(
    session: Session, user: User, *, label: str, days: int, by: Person, at: datetime
) -> Opened:
    """A bearer token for a program that acts as this user; its secret is told once.

    It ends with the user's sessions: when the password is set or the user is deactivated.
    """
    if not label.strip():
        raise invalid("label", "请写明令牌给谁用", "Say which program the token is for")
    if not 1 <= days <= LONGEST_TOKEN_DAYS:
        raise invalid(
            "days",
            f"有效天数应为 1 到 {LONGEST_TOKEN_DAYS}",
            f"A token lasts from 1 to {LONGEST_TOKEN_DAYS} days",
        )
    opened = open_for(
        session,
        user,
        address=None,
        agent=None,
        at=at,
        lasts=timedelta(days=days),
        label=label.strip()[:100],
    )
    _record(session, "token_given", user, by=by, label=label.strip()[:100], days=days)
    session.flush()
    return opened


def _record(session: Session, action: str, user: User, *, by: Person, **details: object) -> None:
    audit.record(
        session,
        action,
        subject=f"user:{user.id}",
        actor=by.username or by.name,
        actor_id=by.id,
        details={"username": user.username, **details},
    )
