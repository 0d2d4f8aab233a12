"""Who holds a case and what they are waiting for: ending assignments, answering requests."""

from datetime import datetime

from sqlalchemy import func, select, update

from dispatch.cases.commands.deed import Deed
from dispatch.cases.model import Case, CaseAssignment, CaseRequest, RequestKind, RequestStatus


def hand_over(case: Case, *, to: int | None) -> None:
    """Another unit has the case, or none: nobody has acknowledged, assigned or begun it yet."""
    case.department_id = to
    case.crew_id = case.assignee_id = None
    case.acknowledged_at = case.assigned_at = case.started_at = None


def note_work(deed: Deed, *, handled_at: datetime | None = None) -> None:
    """Keep on the leading unit's row who works on the case and when they got to which step.

    Acknowledging, assigning and beginning keep their first time, also through a rework.
    """
    case, row = deed.case, CaseAssignment
    times = {
        "acknowledged_at": func.coalesce(row.acknowledged_at, case.acknowledged_at),
        "assigned_at": func.coalesce(row.assigned_at, case.assigned_at),
        "started_at": func.coalesce(row.started_at, case.started_at),
        "handled_at": func.coalesce(handled_at, row.handled_at),
    }
    deed.session.execute(
        update(row)
        .where(row.case_id == case.id, row.ended_at.is_(None), row.leads)
        .values(crew_id=case.crew_id, assignee_id=case.assignee_id, **times)
        .execution_options(synchronize_session=False)
    )


def end_assignments(deed: Deed, *, reason: str | None, code: str | None = None) -> None:
    """The units no longer have the case; the rows stay as its transfer chain."""
    deed.session.execute(
        update(CaseAssignment)
        .where(CaseAssignment.case_id == deed.case.id, CaseAssignment.ended_at.is_(None))
        .values(ended_at=deed.at, end_verb=deed.verb, end_reason=reason, end_code=code)
        .execution_options(synchronize_session=False)
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
