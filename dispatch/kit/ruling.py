"""Changing a row by which the city works: with a reason, the old and the new in the audit log, not over another's change."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, time
from typing import Any, TypeVar

from sqlalchemy import or_, select, tuple_
from sqlalchemy.orm import Session

from dispatch.kit import audit
from dispatch.kit.audit import Actor
from dispatch.kit.db import Base, Json
from dispatch.kit.errors import NotFound, invalid

R = TypeVar("R", bound=Base)


def found_row(session: Session, model: type[R], key: Any) -> R:
    """The row, locked. Raises NotFound."""
    row = session.get(model, key, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound(
            "row_not_found", "没有这条规则,可能已被删除", "There is no such row; it may be gone"
        )
    return row


def write(
    session: Session,
    row: Base,
    values: Mapping[str, Any],
    *,
    subject: str,
    by: Actor,
    reason: str,
    seen: int | None = None,
    is_new: bool = False,
) -> None:
    """Set a row's columns and tell of it. Raises InvalidInput without a reason, StaleVersion."""
    why = checked(reason)
    if not is_new:
        audit.expect_version(session, subject, seen)
    before = {} if is_new else plain(row, values)
    for name, value in values.items():
        setattr(row, name, value)
    session.add(row)
    session.flush()
    changes = audit.differences(before, plain(row, values))
    if changes:
        audit.changed(
            session,
            "rule_added" if is_new else "rule_changed",
            subject=subject,
            by=by,
            changes=changes,
            details={"reason": why},
        )


def remove(
    session: Session,
    row: Base,
    names: Iterable[str],
    *,
    subject: str,
    by: Actor,
    reason: str,
) -> None:
    """Take a row away and keep in the log what it said."""
    why = checked(reason)
    before = plain(row, names)
    session.delete(row)
    session.flush()
    changes = {name: [value, None] for name, value in before.items()}
    audit.changed(
        session, "rule_removed", subject=subject, by=by, changes=changes, details={"reason": why}
    )


def checked(reason: str) -> str:
    """The reason, which nobody may leave out. Raises InvalidInput."""
    if not reason.strip():
        raise invalid("reason", "请填写修改原因", "Say why this is changed")
    return reason.strip()[:500]


def plain(row: Base, names: Iterable[str]) -> Json:
    """Columns as JSON can hold them."""
    return {name: _plain(getattr(row, name)) for name in names}


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return f"{value:%H:%M}" if isinstance(value, time) else value


def listed(
    session: Session,
    model: type[R],
    *,
    identity: Sequence[str],
    text: str = "",
    search: Sequence[str] = (),
    chosen: Mapping[str, Any] | None = None,
    after: Sequence[Any] | None = None,
    limit: int,
) -> Sequence[R]:
    """Rows of a table of rules by their key, from behind one on, narrowed by a text or by a column."""
    keys = [getattr(model, name) for name in identity]
    asked = select(model).order_by(*keys).limit(limit)
    if text:
        asked = asked.where(
            or_(*(getattr(model, name).contains(text, autoescape=True) for name in search))
        )
    for name, value in (chosen or {}).items():
        asked = asked.where(getattr(model, name) == value)
    if after is not None:
        asked = asked.where(tuple_(*keys) > tuple_(*after))
    return session.scalars(asked).all()
