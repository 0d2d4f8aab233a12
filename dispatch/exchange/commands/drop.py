"""Deciding that a message is not to be sent any more."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.exchange.model import Delivery, DeliveryKind, DeliveryStatus
from dispatch.kit import audit
from dispatch.kit.errors import invalid
from dispatch.people.policy import Person


def drop(session: Session, ids: Sequence[int], *, reason: str, by: Person) -> int:
    """Give up messages that could not be delivered, for a reason; how many were. The inbox has them still."""
    if not reason.strip():
        raise invalid("reason", "请写明放弃的原因", "Say why they are given up")
    found = session.scalars(
        select(Delivery)
        .where(
            Delivery.id.in_(ids),
            Delivery.kind == DeliveryKind.WEBHOOK,
            Delivery.status == DeliveryStatus.DEAD,
        )
        .order_by(Delivery.id)
        .with_for_update()
    ).all()
    for each in found:
        each.status, each.note = DeliveryStatus.DROPPED, reason.strip()[:500]
        audit.record(
            session,
            "delivery.dropped",
            subject=f"delivery:{each.id}",
            actor=by.username or by.name,
            actor_id=by.id,
            details={"reason": each.note, "department_id": each.department_id},
        )
    session.flush()
    return len(found)
