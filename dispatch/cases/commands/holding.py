"""Who holds a case and what they are waiting for: ending assignments, answering requests."""

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select, update

from dispatch.cases.commands.deed import Deed
from dispatch.cases.deadlines import acknowledged
from dispatch.cases.model import Case, CaseAssignment, CaseRequest, RequestKind, RequestStatus


def hand_over(case: Case, *, to: int | None) -> None:
    """Another unit has the case, or none: nobody has acknowledged, assigned or begun it yet."""
    case.department_id = to
    case.crew_id = case.assignee_id = None
    case.acknowledged_at = case.assigned_at = case.started_at = None


def _first(name: str) -> Any:
    """What the row says already, else what is given: acknowledging is done once."""
    column = getattr(CaseAssignment, name)
    return func.coalesce(column, bindparam(f"new_{name}", type_=column.type))


_NOTE_WORK = (
    update(CaseAssignment)
    .where(
        CaseAssignment.case_id == bindparam("of_case"),
        CaseAssignment.ended_at.is_(None),
        CaseAssignment.leads,
    )
    .values(
        crew_id=bindparam("new_crew_id"),
        assignee_id=bindparam("new_assignee_id"),
        acknowledged_at=_first("acknowledged_at"),
        assigned_at=_first("assigned_at"),
        started_at=_first("started_at"),
        handled_at=func.coalesce(
            bindparam("new_handled_at", type_=CaseAssignment.handled_at.type),
            CaseAssignment.handled_at,
        ),
    )
    .execution_options(synchronize_session=False)
)
_END = (
    update(CaseAssignment)
    .where(CaseAssignment.case_id == bindparam("of_case"), CaseAssignment.ended_at.is_(None))
    .values(
        ended_at=bindparam("new_ended_at"),
        end_verb=bindparam("new_end_verb"),
        end_reason=bindparam("new_end_reason"),
        end_code=bindparam("new_end_code"),
    )
    .execution_options(synchronize_session=False)
)


def note_acknowledged(deed: Deed) -> None:
    """The unit has seen the case; that it was late is kept, for the limit falls away with it."""
    late = acknowledged(deed.case, at=deed.at)
    if late is not None:
        deed.changes["acknowledge_overdue"] = [None, late.isoformat()]


def note_work(deed: Deed, *, handled_at: datetime | None = None) -> None:
    """Keep on the leading unit's row who works on the case and when they got to which step.

    Acknowledging, assigning and beginning keep their first time, also through a rework.
    """
    case = deed.case
    deed.session.execute(
        _NOTE_WORK,
        {
            "of_case": case.id,
            "new_crew_id": case.crew_id,
            "new_assignee_id": case.assignee_id,
            "new_acknowledged_at": case.acknowledged_at,
            "new_assigned_at": case.assigned_at,
            "new_started_at": case.started_at,
            "new_handled_at": handled_at,
        },
    )


def end_assignments(deed: Deed, *, reason: str | None, code: str | None = None) -> None:
    """The units no longer have the case; the rows stay as its transfer chain."""
    deed.session.execute(
        _END,
        {
            "of_case": deed.case.id,
            "new_ended_at": deed.at,
            "new_end_verb": deed.verb,
            "new_end_reason": reason,
            "new_end_code": code,
        },
    )


def refuse_pending(deed: Deed, *, note: str, but: RequestKind | None = None) -> None:
    """What was asked for has no sense any more; the rows say why. `but` stays open."""
    waiting = [each for each in deed.case.open_requests if each != but]
    if not waiting:
        return
    deed.session.execute(
        update(CaseRequest)
        .where(
            CaseRequest.case_id == deed.case.id,
            CaseRequest.status == RequestStatus.PENDING,
            CaseRequest.kind.in_(waiting),
        )
        .values(status=RequestStatus.REFUSED, decided_at=deed.at, decision_note=note)
        .execution_options(synchronize_session=False)
    )
    deed.case.open_requests = [each for each in deed.case.open_requests if each == but]


def answer_request(deed: Deed, kind: RequestKind, *, granted: bool) -> CaseRequest:
    """Decide the one waiting request of this kind."""
    request = deed.session.scalars(
        select(CaseRequest).where(
            CaseRequest.case_id == deed.case.id,
            CaseRequest.kind == kind,
            CaseRequest.status == RequestStatus.PENDING,
        )
    ).one()
    request.status = RequestStatus.GRANTED if granted else RequestStatus.REFUSED
    request.decided_at = deed.at
    request.decided_by_id = deed.by.id
    request.decision_note = deed.note
    deed.case.open_requests = [each for each in deed.case.open_requests if each != kind]
    return request
