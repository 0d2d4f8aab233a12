"""Deliveries: a case on its way to a department, in the platform's inbox and to its own system."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.kit.db import Base, BigId, Json


class DeliveryKind(StrEnum):
    """By which way."""

    INBOX = "inbox"
    WEBHOOK = "webhook"


class DeliveryStatus(StrEnum):
    """How far it is."""

    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"
    DROPPED = "dropped"


class Delivery(Base):
    """One message to one department by one way. An assignment is delivered once by each way."""

    __tablename__ = "deliveries"

    id: Mapped[BigId]
    event_id: Mapped[int] = mapped_column(BigInteger)
    assignment_id: Mapped[int] = mapped_column(ForeignKey("case_assignments.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"))
    kind: Mapped[str]
    status: Mapped[str] = mapped_column(server_default=DeliveryStatus.PENDING.value)
    attempts: Mapped[int] = mapped_column(server_default="0")
    next_attempt_at: Mapped[datetime | None]
    last_error: Mapped[str | None]
    payload: Mapped[Json] = mapped_column(server_default="{}")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    delivered_at: Mapped[datetime | None]
    note: Mapped[str | None] = mapped_column(comment="why somebody decided not to send it again")

    __table_args__ = (
        UniqueConstraint("assignment_id", "kind"),
        Index(
            "ix_deliveries_due",
            "department_id",
            "next_attempt_at",
            postgresql_where=text("status = 'pending'"),
        ),
        Index("ix_deliveries_dead", "id", postgresql_where=text("status = 'dead'")),
        Index("ix_deliveries_inbox", "department_id", text("id DESC")),
        Index("ix_deliveries_webhook", "id", postgresql_where=text("kind = 'webhook'")),
    )
