"""The audit line of what an administrator changes in notices: the reason, the old and the new."""

from collections.abc import Mapping
from datetime import time
from typing import Any

from sqlalchemy.orm import Session

from dispatch.kit import audit
from dispatch.kit.errors import invalid
from dispatch.people.policy import Person


def columns(row: object, names: Mapping[str, Any]) -> dict[str, Any]:
    """What a row holds of these columns now."""
    return {name: getattr(row, name) for name in names}


def record(
    session: Session,
    action: str,
    subject: str,
    *,
    by: Person,
    reason: str,
    changes: Mapping[str, Any],
) -> None:
    """An audit line with the reason, the old and the new. Raises InvalidInput without a reason."""
    if not reason.strip():
        raise invalid("reason", "请填写修改原因", "Say why this is changed")
    told = audit.differences(_plain(changes.get("old") or {}), _plain(changes.get("new") or {}))
    details = {"reason": reason.strip()[:500]}
    audit.changed(session, action, subject=subject, by=by, changes=told, details=details)


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: f"{each:%H:%M}" if isinstance(each, time) else each for name, each in values.items()
    }
