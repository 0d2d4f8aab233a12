"""A courier's steps: take the next message of a department, and note what came of it.

The row in `department_endpoints` is locked for each step, and `busy_until` in it is the courier's
lease over the time in between, so a department never has two messages under way.
"""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from dispatch.departments.model import Department, DepartmentEndpoint
from dispatch.exchange.model import Delivery, DeliveryKind, DeliveryStatus
from dispatch.exchange.webhook import Message, Outcome, secret_of
from dispatch.kit import retrying


@dataclass(frozen=True)
class Attempt:
    """A message under way."""

    delivery_id: int
    department_id: int
    message: Message


def take_next(
    session: Session, department_id: int, *, at: datetime, holding: bool = False
) -> Attempt | None:
    """The department's next message, with the lease on its courier; None when there is nothing to do now.

    `holding` says that the caller has the lease from the message before. With None the lease is given up.
    """
    endpoint = _locked(session, department_id)
    if endpoint is None:
        return None
    if not holding and endpoint.busy_until is not None and endpoint.busy_until > at:
        return None
    endpoint.busy_until = None
    if not endpoint.enabled or (endpoint.open_until is not None and endpoint.open_until > at):
        return None
    earliest, kept = retrying.next_slot(
        endpoint.next_slot_at, rate_per_minute=endpoint.rate_per_minute, at=at
    )
    if earliest > at:
        return None
    delivery = _next_due(session, department_id, at=at)
    if delivery is None:
        return None
    lease = at + timedelta(seconds=endpoint.timeout_s) + retrying.LEASE_SLACK
    delivery.attempts += 1
    delivery.next_attempt_at = lease
    endpoint.busy_until, endpoint.next_slot_at = lease, kept
    session.flush()
    return Attempt(delivery.id, department_id, _message(session, endpoint, delivery))


def finish_attempt(session: Session, attempt: Attempt, outcome: Outcome, *, at: datetime) -> None:
    """Note what came of a message: delivered, to be tried again, or given up. The lease stays."""
    endpoint = _locked(session, attempt.department_id)
    delivery = session.get(Delivery, attempt.delivery_id, with_for_update=True)
    if endpoint is None or delivery is None or delivery.status == DeliveryStatus.DELIVERED:
        return
    _judge(endpoint, outcome, at=at)
    delivery.last_error = outcome.error
    if outcome.error is None:
        delivery.status, delivery.delivered_at = DeliveryStatus.DELIVERED, at
        delivery.next_attempt_at = None
    elif delivery.attempts >= endpoint.max_attempts:
        delivery.status, delivery.next_attempt_at = DeliveryStatus.DEAD, None
    else:
        luck = random.random()  # noqa: S311 - spreads retries, guards nothing
        pause = retrying.pause_after(delivery.attempts, luck=luck, asked=outcome.retry_after)
        delivery.next_attempt_at = at + pause
    session.flush()


def release_courier(session: Session, department_id: int) -> None:
    """Give up the lease, so that another courier can go on at once."""
    session.execute(
        update(DepartmentEndpoint)
        .where(DepartmentEndpoint.department_id == department_id)
        .values(busy_until=None)
    )


def _locked(session: Session, department_id: int) -> DepartmentEndpoint | None:
    return session.scalar(
        select(DepartmentEndpoint)
        .where(DepartmentEndpoint.department_id == department_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def _next_due(session: Session, department_id: int, *, at: datetime) -> Delivery | None:
    return session.scalar(
        select(Delivery)
        .where(
            Delivery.department_id == department_id,
            Delivery.kind == DeliveryKind.WEBHOOK,
            Delivery.status == DeliveryStatus.PENDING,
            Delivery.next_attempt_at <= at,
        )
        .order_by(Delivery.next_attempt_at, Delivery.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )


def _message(session: Session, endpoint: DepartmentEndpoint, delivery: Delivery) -> Message:
    code = session.scalars(
        select(Department.code).where(Department.id == endpoint.department_id)
    ).one()
    return Message(
        delivery_id=str(delivery.id),
        event=str(delivery.payload.get("event", "")),
        url=endpoint.url,
        secret=secret_of(code, endpoint.secret_version),
        body=orjson.dumps({"id": delivery.id, **delivery.payload}),
        timeout_s=endpoint.timeout_s,
    )


def _judge(endpoint: DepartmentEndpoint, outcome: Outcome, *, at: datetime) -> None:
    """Leave a system alone that has failed several times in a row; each failure after that, longer."""
    fault = retrying.blame(outcome.status) if outcome.error else retrying.Blame.NOBODY
    if fault is not retrying.Blame.SYSTEM:
        endpoint.failures, endpoint.open_until = 0, None
        return
    endpoint.failures += 1
    rest = retrying.rest_after(endpoint.failures)
    endpoint.open_until = None if rest is None else at + rest
