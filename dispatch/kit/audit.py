"""The audit log: who looked at personal data, logged in, or changed the rules, and when.

A change of what administrators keep says what was before and after. Its line is also the version of
its subject: whoever edits says which line they saw last, and is told what came after it.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, Protocol

from sqlalchemy import Index, func, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from dispatch.kit.db import Base, BigId, Json
from dispatch.kit.errors import StaleVersion


class AuditEntry(Base):
    """One line of the log; append-only in the database too."""

    __tablename__ = "audit_log"

    id: Mapped[BigId]
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    actor_id: Mapped[int | None]
    actor: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str]
    details: Mapped[Json] = mapped_column(server_default="{}")
    address: Mapped[str | None]

    __table_args__ = (
        Index(None, "subject", "at"),
        Index(None, "actor_id", "at"),
        Index(None, "at"),
        Index(
            "ix_audit_log_changes",
            "subject",
            "id",
            postgresql_where=text("details ? 'changes'"),
        ),
    )


class Actor(Protocol):
    """Whoever acts: a person, or the platform itself."""

    @property
    def id(self) -> int | None:
        """The user's id; None for the platform."""

    @property
    def name(self) -> str:
        """The name shown."""

    @property
    def username(self) -> str:
        """The name to log in with; empty for the platform."""


def record(
    session: Session,
    action: str,
    *,
    subject: str,
    actor: str,
    actor_id: int | None = None,
    details: Json | None = None,
    address: str | None = None,
) -> None:
    """Add a line in this transaction. `subject` reads like `case:20261121-0001` or `user:7`."""
    session.add(
        AuditEntry(
            action=action,
            subject=subject,
            actor=actor,
            actor_id=actor_id,
            details=details or {},
            address=address,
        )
    )


def changed(
    session: Session,
    action: str,
    *,
    subject: str,
    by: Actor,
    changes: Json,
    details: Json | None = None,
) -> None:
    """Add a line that tells a change, `{field: [before, after]}`; it is the subject's new version."""
    record(
        session,
        action,
        subject=subject,
        actor=by.username or by.name,
        actor_id=by.id,
        details={**(details or {}), "changes": changes},
    )
    session.flush()


def snapshot(row: object, fields: Iterable[str]) -> Json:
    """The named columns of a row as JSON can hold them."""
    return {name: _plain(getattr(row, name)) for name in fields}


def differences(before: Json, after: Json) -> Json:
    """What has changed between two snapshots: field → [before, after]."""
    return {
        name: [before.get(name), value]
        for name, value in after.items()
        if before.get(name) != value
    }


def version_of(session: Session, subject: str) -> int:
    """The version of a subject: the id of the last line that tells of a change; 0 without any."""
    return session.scalar(select(func.max(AuditEntry.id)).where(*_changes_of(subject))) or 0


def expect_version(session: Session, subject: str, seen: int | None) -> None:
    """Raise StaleVersion, with what changed, unless nothing has changed since `seen`.

    To be called with the subject's row locked. `seen` None: the caller edits nothing they read before.
    """
    if seen is None:
        return
    newer = session.scalars(
        select(AuditEntry)
        .where(*_changes_of(subject), AuditEntry.id > seen)
        .order_by(AuditEntry.id)
        .limit(20)
    ).all()
    if newer:
        raise StaleVersion(
            "stale_version",
            "保存前已有他人修改，请核对下面的变化后再保存",
            "Somebody else has changed this meanwhile: look at what changed, then save again",
            extra={
                "version": newer[-1].id,
                "changes": [
                    {
                        "at": each.at.isoformat(),
                        "actor": each.actor,
                        "action": each.action,
                        "subject": each.subject,
                        "changes": each.details["changes"],
                    }
                    for each in newer
                ],
            },
        )


def changes_of(session: Session, subject: str, *, limit: int = 20) -> Sequence[AuditEntry]:
    """The last changes of a subject, newest first."""
    return session.scalars(
        select(AuditEntry).where(*_changes_of(subject)).order_by(AuditEntry.id.desc()).limit(limit)
    ).all()


def _changes_of(subject: str) -> tuple[Any, ...]:
    return AuditEntry.subject == subject, text("details ? 'changes'")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return sorted(value) if isinstance(value, set | frozenset) else value
