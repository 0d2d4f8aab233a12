"""The outbox: an event is a row in the transaction of the deed it tells of, so neither is without the other."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Index, PrimaryKeyConstraint, SmallInteger, func, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from dispatch.kit.db import Base, BigId, Json


class OutboxRow(Base):
    """One event. `jobs` is set when it is sent; `confirmed` counts the jobs that have done it.

    `attempts` counts how often it was sent, `last_error` is what its last failed job said.
    """

    __tablename__ = "outbox"

    id: Mapped[BigId]
    name: Mapped[str]
    payload: Mapped[Json]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    sent_at: Mapped[datetime | None]
    jobs: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    confirmed: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    last_error: Mapped[str | None]

    __table_args__ = (
        Index("ix_outbox_unsent", "id", postgresql_where=text("sent_at IS NULL")),
        Index(
            "ix_outbox_unconfirmed",
            "sent_at",
            postgresql_where=text("sent_at IS NOT NULL AND confirmed < jobs"),
        ),
        Index("ix_outbox_created_at", "created_at"),
    )


class JobReceipt(Base):
    """A job that has done its part for an event: written in the same transaction as what it did."""

    __tablename__ = "job_receipts"

    event_id: Mapped[int]
    job: Mapped[str]
    done_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (PrimaryKeyConstraint("event_id", "job"),)


@dataclass(frozen=True)
class Event:
    """A fact: its name (`case.filed`) and what a job needs to look the rest up."""

    name: str
    payload: Json = field(default_factory=dict)


def publish(session: Session, event: Event) -> None:
    """Add the event to this transaction.

    No NOTIFY: it would take one lock for the whole cluster until the commit is on disk, and with it
    the group commit that intake lives from. The relay asks every few hundredths of a second.
    """
    session.add(OutboxRow(name=event.name, payload=event.payload))


_CLAIM = text(
    """
WITH receipt AS (
  INSERT INTO job_receipts (event_id, job) VALUES (:event_id, :job)
  ON CONFLICT DO NOTHING RETURNING event_id
)
UPDATE outbox SET confirmed = confirmed + 1 FROM receipt WHERE outbox.id = receipt.event_id
RETURNING outbox.id
"""
)


def claim_job(session: Session, *, event_id: int, job: str) -> bool:
    """Whether this job has still to be done for this event; from now on, in this transaction, it is.

    A second run of the same job waits here for the first and then sees that it is done.
    """
    return bool(session.scalar(_CLAIM, {"event_id": event_id, "job": job}))


_CLAIM_ALL = text(
    """
WITH receipts AS (
  INSERT INTO job_receipts (event_id, job)
  SELECT id, :job FROM unnest(CAST(:event_ids AS bigint[])) AS given (id) ORDER BY id
  ON CONFLICT DO NOTHING RETURNING event_id
)
UPDATE outbox SET confirmed = confirmed + 1 FROM receipts WHERE outbox.id = receipts.event_id
RETURNING outbox.id
"""
)


def claim_jobs(session: Session, *, event_ids: Sequence[int], job: str) -> list[int]:
    """The same for a job of several events that does them in one transaction: those still to be done."""
    found = session.scalars(_CLAIM_ALL, {"event_ids": list(event_ids), "job": job})
    return sorted(found.all())
