"""An assignment reaches its department: the inbox at once, its own system as soon as that takes it."""

from datetime import datetime

from sqlalchemy import select
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


def deliver_to_inbox(session: Session, *, event_id: int, assignment_id: int, at: datetime) -> bool:
    """Put the case into the department's inbox; False if it is there already."""
    assignment = _assignment(session, assignment_id)
    return _add(
        session,
        assignment,
        event_id=event_id,
        kind=DeliveryKind.INBOX,
        status=DeliveryStatus.DELIVERED,
        delivered_at=at,
        created_at=at,
    )


def start_webhook(
    session: Session, *, event_id: int, assignment_id: int, at: datetime
) -> int | None:
    """Set a message to the department's own system on its way, as the case stands now.

    Returns the department that needs a courier; None where it has no system of its own, or the
    message is on its way already.
    """
    assignment = _assignment(session, assignment_id)
    endpoint = session.get(DepartmentEndpoint, assignment.department_id)
    if endpoint is None or not endpoint.enabled:
        return None
    added = _add(
        session,
        assignment,
        event_id=event_id,
        kind=DeliveryKind.WEBHOOK,
        status=DeliveryStatus.PENDING,
        next_attempt_at=at,
        created_at=at,
        payload=_message(session, assignment, at=at),
    )
    return assignment.department_id if added else None


def _assignment(session: Session, assignment_id: int) -> CaseAssignment:
    found = session.get(CaseAssignment, assignment_id)
    if found is None:
        raise NotFound(
            "assignment_not_found",
            f"没有派遣记录 {assignment_id}",
            f"There is no assignment {assignment_id}",
        )
    return found


def _add(session: Session, assignment: CaseAssignment, **columns: object) -> bool:
    """Add a delivery, unless the assignment has one of this kind."""
    values = {
        "assignment_id": assignment.id,
        "case_id": assignment.case_id,
        "department_id": assignment.department_id,
        **columns,
    }
    added = session.scalar(
        insert(Delivery)
        .values(values)
        .on_conflict_do_nothing(index_elements=["assignment_id", "kind"])
        .returning(Delivery.id)
    )
    return added is not None


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
