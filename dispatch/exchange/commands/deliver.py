"""An assignment reaches its department: the inbox at once, its own system as soon as that takes it."""

from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from dispatch.cases.model import Case, CaseAssignment
from dispatch.cases.present import cases_out
from dispatch.departments.model import DepartmentEndpoint
from dispatch.exchange.model import Delivery, DeliveryKind, DeliveryStatus
from dispatch.kit.db import Json
from dispatch.kit.errors import NotFound
from dispatch.people.policy import SYSTEM

#: What only the platform's own desks can use.
_NOT_FOR_OTHERS = {"allowed", "review_reason", "open_requests", "rating", "reporters_count"}


_ASSIGNMENT = (
    select(CaseAssignment, DepartmentEndpoint)
    .outerjoin(DepartmentEndpoint, DepartmentEndpoint.department_id == CaseAssignment.department_id)
    .where(CaseAssignment.id == bindparam("wanted"))
)
#: Adds a delivery, unless the assignment has one of this kind.
_ADD = (
    insert(Delivery)
    .on_conflict_do_nothing(index_elements=["assignment_id", "kind"])
    .returning(Delivery.id)
)


def deliver_assignment(
    session: Session, *, event_id: int, assignment_id: int, at: datetime
) -> int | None:
    """Put the case into the department's inbox, and a message to its own system on its way.

    Safe to do again. Returns the department that needs a courier; None where it has no system of
    its own, or the message is on its way already.
    """
    found = session.execute(_ASSIGNMENT, {"wanted": assignment_id}).first()
    if found is None:
        raise NotFound(
            "assignment_not_found",
            f"没有派遣记录 {assignment_id}",
            f"There is no assignment {assignment_id}",
        )
    assignment, endpoint = found
    common = {
        "assignment_id": assignment.id,
        "case_id": assignment.case_id,
        "department_id": assignment.department_id,
        "event_id": event_id,
        "created_at": at,
    }
    inbox = {"kind": DeliveryKind.INBOX, "status": DeliveryStatus.DELIVERED, "delivered_at": at}
    session.execute(_ADD, {**common, **inbox})
    if endpoint is None or not endpoint.enabled:
        return None
    webhook = {
        "kind": DeliveryKind.WEBHOOK,
        "status": DeliveryStatus.PENDING,
        "next_attempt_at": at,
        "payload": _message(session, assignment, at=at),
    }
    added = session.scalar(_ADD, {**common, **webhook})
    return None if added is None else int(assignment.department_id)


def _message(session: Session, assignment: CaseAssignment, *, at: datetime) -> Json:
    case = session.scalars(select(Case).where(Case.id == assignment.case_id)).one()
    shown = cases_out(session, [case], person=SYSTEM, at=at)[0]
    return {
        "event": "case.dispatched",
        "at": assignment.at.isoformat(),
        "assignment": {
            "id": assignment.id,
            "leads": assignment.leads,
            "reason": assignment.reason,
        },
        "case": shown.model_dump(mode="json", exclude=_NOT_FOR_OTHERS),
    }
