"""Who holds a case and what they are waiting for: ending assignments, answering requests."""

from sqlalchemy import select, update

from dispatch.cases.commands.deed import Deed
from dispatch.cases.model import CaseAssignment, CaseRequest, RequestKind, RequestStatus


def end_assignments(deed: Deed, *, reason: str | None) -> None:
    """The units no longer have the case; the rows stay as its transfer chain."""
    deed.session.execute(
        update(CaseAssignment)
        .where(CaseAssignment.case_id == deed.case.id, CaseAssignment.ended_at.is_(None))
        .values(ended_at=deed.at, end_verb=deed.verb, end_reason=reason)
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
