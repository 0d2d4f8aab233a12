"""Look-ups of deliveries: a department's inbox, dead letters, who waits for a courier, the outbox."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import Session

from dispatch.cases.model import Case, CaseAssignment
from dispatch.departments.model import Department, DepartmentEndpoint
from dispatch.exchange.model import Delivery, DeliveryKind, DeliveryStatus
from dispatch.kit.outbox import OutboxRow

#: How many departments a tick of the clock sends couriers to.
MOST_COURIERS = 200


@dataclass(frozen=True)
class InboxRow:
    """A case in a department's inbox, with the assignment that brought it there."""

    delivery: Delivery
    assignment: CaseAssignment
    case: Case


def inbox_of(
    session: Session, department_id: int, *, before: int | None, limit: int
) -> Sequence[InboxRow]:
    """The inbox of a department, newest first, from before a delivery's id; one row too many if more."""
    asked = (
        select(Delivery, CaseAssignment, Case)
        .join(CaseAssignment, CaseAssignment.id == Delivery.assignment_id)
        .join(Case, Case.id == Delivery.case_id)
        .where(Delivery.department_id == department_id, Delivery.kind == DeliveryKind.INBOX)
        .order_by(Delivery.id.desc())
        .limit(limit + 1)
    )
    if before is not None:
        asked = asked.where(Delivery.id < before)
    return [InboxRow(*row) for row in session.execute(asked)]


@dataclass(frozen=True)
class DeadLetter:
    """A message that was given up, with its case's number and its department's code."""

    delivery: Delivery
    number: str
    department_code: str


def dead_letters(
    session: Session, *, department_id: int | None, before: int | None, limit: int
) -> Sequence[DeadLetter]:
    """Messages that were given up, newest first; one row too many if there are more."""
    asked = (
        select(Delivery, Case.number, Department.code)
        .join(Case, Case.id == Delivery.case_id)
        .join(Department, Department.id == Delivery.department_id)
        .where(Delivery.status == DeliveryStatus.DEAD)
        .order_by(Delivery.id.desc())
        .limit(limit + 1)
    )
    if department_id is not None:
        asked = asked.where(Delivery.department_id == department_id)
    if before is not None:
        asked = asked.where(Delivery.id < before)
    return [DeadLetter(*row) for row in session.execute(asked)]


def departments_awaiting_courier(
    session: Session, *, at: datetime, limit: int = MOST_COURIERS
) -> Sequence[int]:
    """Departments with a message that is due, whose system is not left alone and has no courier."""
    due = exists().where(
        Delivery.department_id == DepartmentEndpoint.department_id,
        Delivery.kind == DeliveryKind.WEBHOOK,
        Delivery.status == DeliveryStatus.PENDING,
        Delivery.next_attempt_at <= at,
    )
    return session.scalars(
        select(DepartmentEndpoint.department_id)
        .where(
            DepartmentEndpoint.enabled,
            or_(DepartmentEndpoint.open_until.is_(None), DepartmentEndpoint.open_until <= at),
            or_(DepartmentEndpoint.busy_until.is_(None), DepartmentEndpoint.busy_until <= at),
            due,
        )
        .limit(limit)
    ).all()


class OutboxState(StrEnum):
    """How an event stands in the outbox."""

    UNSENT = "unsent"
    UNCONFIRMED = "unconfirmed"
    DEAD = "dead"


#: An event sent so often without being done is not sent again by itself (see `workers.ledger`).
MOST_ATTEMPTS = 8
_OPEN = OutboxRow.sent_at.is_not(None) & (OutboxRow.confirmed < OutboxRow.jobs)
_STATES: dict[OutboxState, ColumnElement[bool]] = {
    OutboxState.UNSENT: OutboxRow.sent_at.is_(None),
    OutboxState.UNCONFIRMED: _OPEN & (OutboxRow.attempts < MOST_ATTEMPTS),
    OutboxState.DEAD: _OPEN & (OutboxRow.attempts >= MOST_ATTEMPTS),
}


def events_in(session: Session, state: OutboxState, *, limit: int) -> Sequence[OutboxRow]:
    """Events of the outbox in this state, oldest first."""
    asked = select(OutboxRow).where(_STATES[state]).order_by(OutboxRow.id).limit(limit)
    return session.scalars(asked).all()


def count_events(session: Session) -> dict[OutboxState, int]:
    """How many events are in each state."""
    return {
        state: session.scalar(select(func.count()).select_from(OutboxRow).where(condition)) or 0
        for state, condition in _STATES.items()
    }


def endpoint_of(session: Session, department_id: int) -> DepartmentEndpoint | None:
    """Where a department's own system takes its cases."""
    return session.get(DepartmentEndpoint, department_id)


def names_of(session: Session, delivery: Delivery) -> tuple[str, str]:
    """The number of a delivery's case and the code of its department."""
    return (
        session.get_one(Case, delivery.case_id).number,
        session.get_one(Department, delivery.department_id).code,
    )


@dataclass(frozen=True)
class LogFilter:
    """Which messages are looked for; what is None does not matter."""

    status: DeliveryStatus | None = None
    department_id: int | None = None
    number: str = ""


@dataclass(frozen=True)
class LogRow:
    """A message of the log, with its case's number and public id."""

    delivery: Delivery
    number: str
    public_id: str


def delivery_log(
    session: Session, wanted: LogFilter, *, before: int | None, limit: int
) -> Sequence[LogRow]:
    """Messages to departments' systems, newest first, from before an id."""
    asked = (
        select(Delivery, Case.number, Case.public_id)
        .join(Case, Case.id == Delivery.case_id)
        .where(Delivery.kind == DeliveryKind.WEBHOOK)
        .order_by(Delivery.id.desc())
        .limit(limit)
    )
    if wanted.status is not None:
        asked = asked.where(Delivery.status == wanted.status)
    if wanted.department_id is not None:
        asked = asked.where(Delivery.department_id == wanted.department_id)
    if wanted.number:
        asked = asked.where(Case.number == wanted.number)
    if before is not None:
        asked = asked.where(Delivery.id < before)
    return [LogRow(*row) for row in session.execute(asked)]


def logged_delivery(session: Session, delivery_id: int) -> LogRow | None:
    """One message of the log."""
    row = session.execute(
        select(Delivery, Case.number, Case.public_id)
        .join(Case, Case.id == Delivery.case_id)
        .where(Delivery.id == delivery_id, Delivery.kind == DeliveryKind.WEBHOOK)
    ).first()
    return None if row is None else LogRow(*row)


def count_dead(session: Session) -> int:
    """How many messages were given up and wait for somebody."""
    dead = select(func.count()).select_from(Delivery).where(Delivery.status == DeliveryStatus.DEAD)
    return session.scalar(dead) or 0
