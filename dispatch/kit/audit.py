"""The audit log: who looked at personal data, logged in, or changed the rules, and when."""

from datetime import datetime

from sqlalchemy import Index, func
from sqlalchemy.orm import Mapped, Session, mapped_column

from dispatch.kit.db import Base, BigId, Json


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

    __table_args__ = (Index(None, "subject", "at"), Index(None, "actor_id", "at"))


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
