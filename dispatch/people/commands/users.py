"""Users: added, changed, put out and let in again; somebody always remains who administers."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.kit import audit
from dispatch.kit.clock import CITY_ZONE
from dispatch.kit.db import Json
from dispatch.kit.errors import Conflict, Field, InvalidInput, NotFound, invalid
from dispatch.people import passwords, queries
from dispatch.people.commands.grids import assign_grids
from dispatch.people.commands.login import end_sessions
from dispatch.people.model import Role, User
from dispatch.people.policy import Person

#: What an edit may change; the audit log tells these before and after.
EDITED: Final = (
    "display_name",
    "phone",
    "roles",
    "department_id",
    "district_code",
    "working_grids",
    "active",
)
#: Who belongs to a unit.
_IN_A_UNIT: Final = {Role.MANAGER.value, Role.HANDLER.value}
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{2,39}")
_PHONE: Final = re.compile(r"[0-9 +()-]{5,20}")


@dataclass(frozen=True)
class UserChange:
    """What an administrator sets of a user; `grids` None leaves the working grids as they are."""

    display_name: str
    roles: frozenset[Role]
    phone: str | None = None
    department_id: int | None = None
    district_code: str | None = None
    grids: frozenset[str] | None = None


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
    at: datetime | None = None,
) -> User:
    """A new user; without a password they cannot log in yet. Conflict if the name is taken.

    With `at` the working grids are assignments from that day on.
    """
    if queries.user_by_name(session, username) is not None:
        raise Conflict(
            "username_taken",
            f"用户名 {username} 已被使用,请换一个",
            f"The name {username} is taken; choose another",
            [Field("username", f"用户名 {username} 已被使用", f"The name {username} is taken")],
        )
    held = sorted({role.value for role in roles})
    _check_post(held, department_id)
    grids = sorted(set(working_grids))
    user = User(
        username=username,
        display_name=display_name,
        roles=held,
        password_hash=checked_hash(password, username) if password is not None else "",
        phone=phone,
        department_id=department_id,
        district_code=district_code,
        working_grids=[] if at is not None else grids,
        synthetic=synthetic,
    )
    session.add(user)
    session.flush()
    if at is not None:
        assign_grids(session, user, grids, day=at.astimezone(CITY_ZONE).date())
    _changed(session, "user_added", user, {}, by=by)
    return user


def edit_user(
    session: Session, user_id: int, change: UserChange, *, by: Person, at: datetime, seen: int
) -> User:
    """Change a user. Raises InvalidInput, NotFound, Conflict for the last administrator, StaleVersion."""
    user = locked_user(session, user_id)
    audit.expect_version(session, subject_of(user), seen)
    check_details(change.display_name, change.phone)
    held = sorted(role.value for role in change.roles)
    _check_post(held, change.department_id)
    if Role.ADMIN.value in user.roles and Role.ADMIN not in change.roles:
        _keep_an_administrator(session, user)
    before = audit.snapshot(user, EDITED)
    user.display_name, user.phone, user.roles = change.display_name, change.phone, held
    user.department_id, user.district_code = change.department_id, change.district_code
    if change.grids is not None:
        assign_grids(session, user, change.grids, day=at.astimezone(CITY_ZONE).date())
    _changed(session, "user_edited", user, before, by=by)
    return user


def deactivate(session: Session, user: User, *, by: Person) -> None:
    """The user can no longer log in, and is out at once. The row stays: history refers to it."""
    if user.active and Role.ADMIN.value in user.roles:
        _keep_an_administrator(session, user)
    before = audit.snapshot(user, EDITED)
    user.active = False
    end_sessions(session, user)
    _changed(session, "user_deactivated", user, before, by=by)


def activate(session: Session, user: User, *, by: Person) -> None:
    """The user can log in again, with the password they had."""
    before = audit.snapshot(user, EDITED)
    user.active = True
    _changed(session, "user_activated", user, before, by=by)


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


def locked_user(session: Session, user_id: int) -> User:
    """The user of this id, locked until the transaction ends; NotFound."""
    found = session.scalar(
        select(User)
        .where(User.id == user_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound("no_such_user", "没有这个用户", "There is no such user")
    return found


def subject_of(user: User) -> str:
    """What the audit log calls a user."""
    return f"user:{user.id}"


def check_username(username: str) -> None:
    """Refuse a name that is awkward to type or to tell apart."""
    if not _NAME.fullmatch(username):
        raise invalid(
            "username",
            "用户名为 3 到 40 位小写字母、数字、点、横线,以字母或数字开头",
            "A user name has 3 to 40 small letters, digits, dots or dashes and begins with a "
            "letter or digit",
        )


def check_details(display_name: str, phone: str | None) -> None:
    """Refuse a user without a name, or with a number that is none."""
    faults = []
    if not 1 <= len(display_name) <= 50:
        faults.append(
            Field("display_name", "请填写姓名(最多 50 字)", "Give a name (50 characters)")
        )
    if phone and not _PHONE.fullmatch(phone):
        faults.append(
            Field(
                "phone",
                "电话只能用数字、空格和 + - ( ),5 到 20 位",
                "A phone number has 5 to 20 digits, spaces or + - ( )",
            )
        )
    if faults:
        raise InvalidInput("invalid_input", faults[0].zh, faults[0].en, faults)


def checked_hash(password: str, username: str) -> str:
    """The hash of a password that is strong enough."""
    passwords.check_strength(password, username=username)
    return passwords.hash_password(password)


def _check_post(roles: list[str], department_id: int | None) -> None:
    if not roles:
        raise invalid("roles", "至少需要一个岗位", "At least one role is needed")
    if _IN_A_UNIT & set(roles) and department_id is None:
        raise invalid(
            "department",
            "专业部门的岗位必须注明所属部门",
            "A manager or handler belongs to a department; name it",
        )


def _keep_an_administrator(session: Session, user: User) -> None:
    # all administrators are locked: two who remove each other at once would leave none
    others = session.scalars(
        select(User.id)
        .where(User.active, User.roles.contains([Role.ADMIN.value]))
        .order_by(User.id)
        .with_for_update()
    ).all()
    if not set(others) - {user.id}:
        words = (
            "这是最后一位管理员,请先设置另一位管理员",
            "This is the last administrator; appoint another one first",
        )
        raise Conflict("last_administrator", *words, [Field("roles", *words)])


def _changed(session: Session, action: str, user: User, before: Json, *, by: Person) -> None:
    session.flush()
    audit.changed(
        session,
        action,
        subject=subject_of(user),
        by=by,
        changes=audit.differences(before, audit.snapshot(user, EDITED)),
        details={"username": user.username, "roles": user.roles},
    )
