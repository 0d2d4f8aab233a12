"""Sending again what was given up, and clearing away what was done long ago."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from dispatch.exchange.model import Delivery, DeliveryKind, DeliveryStatus
from dispatch.exchange.queries import MOST_ATTEMPTS
from dispatch.kit import audit
from dispatch.kit.errors import Conflict, NotFound
from dispatch.kit.outbox import JobReceipt, OutboxRow
from dispatch.people.policy import Person

#: "Sent so long ago that its time is over": the relay then sends an event again at once.
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def resend(session: Session, delivery_id: int, *, by: Person, at: datetime) -> Delivery:
    """Send a message to a department's system again, with all its attempts before it."""
    delivery = session.get(Delivery, delivery_id, with_for_update=True)
    if delivery is None or delivery.kind != DeliveryKind.WEBHOOK:
        raise NotFound(
            "delivery_not_found",
            f"没有推送记录 {delivery_id}",
            f"There is no message {delivery_id} to another system",
        )
    if delivery.status == DeliveryStatus.PENDING:
        raise Conflict(
            "delivery_under_way",
            "该推送尚在重试中,无需重发",
            "This message is still being tried; there is nothing to send again",
            extra={
                "next_attempt_at": delivery.next_attempt_at and delivery.next_attempt_at.isoformat()
            },
        )
    _start_again(delivery, at=at)
    _record(session, "delivery.resend", f"delivery:{delivery_id}", by=by)
    session.flush()
    return delivery


def resend_dead(
    session: Session, *, department_id: int | None, by: Person, at: datetime, limit: int = 1000
) -> int:
    """Send again the messages that were given up, of one department or of all; how many."""
    asked = (
        select(Delivery)
        .where(Delivery.status == DeliveryStatus.DEAD)
        .order_by(Delivery.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    if department_id is not None:
        asked = asked.where(Delivery.department_id == department_id)
    found = session.scalars(asked).all()
    for delivery in found:
        _start_again(delivery, at=at)
    if found:
        subject = "deliveries" if department_id is None else f"department:{department_id}"
        _record(session, "delivery.resend_dead", subject, by=by)
    session.flush()
    return len(found)


def resend_events(
    session: Session, *, ids: Sequence[int] | None, by: Person, limit: int = 10_000
) -> int:
    """Have the relay send events of the outbox again, these or all dead ones; how many.

    Only the jobs without a receipt are sent, so nothing is done twice.
    """
    chosen = select(OutboxRow.id).where(
        OutboxRow.sent_at.is_not(None), OutboxRow.confirmed < OutboxRow.jobs
    )
    if ids is None:
        chosen = chosen.where(OutboxRow.attempts >= MOST_ATTEMPTS).order_by(OutboxRow.id)
    else:
        chosen = chosen.where(OutboxRow.id.in_(ids))
    changed = session.execute(
        update(OutboxRow)
        .where(OutboxRow.id.in_(chosen.limit(limit)))
        .values(attempts=1, sent_at=LONG_AGO)
        .returning(OutboxRow.id)
        .execution_options(synchronize_session=False)
    ).all()
    if changed:
        _record(session, "outbox.resend", "outbox", by=by)
    return len(changed)


def forget_done_events(session: Session, *, before: datetime, limit: int) -> int:
    """Clear away events from before a moment for which everything was done, with their receipts."""
    done = (
        select(OutboxRow.id)
        .where(
            OutboxRow.created_at < before,
            OutboxRow.sent_at.is_not(None),
            OutboxRow.confirmed >= OutboxRow.jobs,
        )
        .order_by(OutboxRow.created_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ids = session.scalars(
        delete(OutboxRow)
        .where(OutboxRow.id.in_(done))
        .returning(OutboxRow.id)
        .execution_options(synchronize_session=False)
    ).all()
    session.execute(
        delete(JobReceipt)
        .where(JobReceipt.event_id.in_(ids))
        .execution_options(synchronize_session=False)
    )
    return len(ids)


def _start_again(delivery: Delivery, *, at: datetime) -> None:
    delivery.status = DeliveryStatus.PENDING
    delivery.attempts = 0
    delivery.next_attempt_at = at
    delivery.delivered_at = None


def _record(session: Session, action: str, subject: str, *, by: Person) -> None:
    audit.record(session, action, subject=subject, actor=by.name, actor_id=by.id)
