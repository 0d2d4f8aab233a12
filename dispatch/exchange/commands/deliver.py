"""An assignment reaches its department: the inbox at once, its own system as soon as that takes it."""

from collections.abc import Mapping
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


_ASSIGNMENTS = (
    select(CaseAssignment, DepartmentEndpoint)
    .outerjoin(DepartmentEndpoint, DepartmentEndpoint.department_id == CaseAssignment.department_id)
    .where(CaseAssignment.id.in_(bindparam("wanted", expanding=True)))
    .order_by(CaseAssignment.id)
)
#: Adds deliveries, unless the assignment has one of this kind.
_ADD = insert(Delivery).on_conflict_do_nothing(index_elements=["assignment_id", "kind"])
_ADDED = _ADD.returning(Delivery.department_id)


def deliver_assignments(session: Session, events: Mapping[int, int], *, at: datetime) -> set[int]:
    """Put cases into their department's inbox, and messages to its own system on their way.

    `events` gives the event of each assignment. Safe to do again. Returns the departments that need
    a courier: those with a system of their own and a message that was not on its way already.
    """
    if not events:
        return set()
    found = session.execute(_ASSIGNMENTS, {"wanted": list(events)}).all()
    if missing := events.keys() - {assignment.id for assignment, _ in found}:
        raise NotFound(
            "assignment_not_found",
            f"没有派遣记录 {min(missing)}",
            f"There is no assignment {min(missing)}",
        )
    inbox = {"kind": DeliveryKind.INBOX, "status": DeliveryStatus.DELIVERED, "delivered_at": at}
    session.execute(_ADD, [{**_common(each, events, at=at), **inbox} for each, _ in found])
    messages = [
        {
            **_common(each, events, at=at),
            "kind": DeliveryKind.WEBHOOK,
            "status": DeliveryStatus.PENDING,
            "next_attempt_at": at,
            "payload": _message(session, each, at=at),
        }
        for each, endpoint in found
        if endpoint is not None and endpoint.enabled
    ]
    return set(session.scalars(_ADDED, messages)) if messages else set()


def _common(assignment: CaseAssignment, events: Mapping[int, int], *, at: datetime) -> Json:
    return {
        "assignment_id": assignment.id,
        "case_id": assignment.case_id,
        "department_id": assignment.department_id,
        "event_id": events[assignment.id],
        "created_at": at,
    }


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
