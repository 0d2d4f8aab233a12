"""What units ask for and have not been answered; what was urged and whether anybody answered."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from dispatch.cases.model import Case, CaseRequest, RequestKind, RequestStatus
from dispatch.cases.policy import visible_to
from dispatch.cases.states import Stage
from dispatch.people.model import User
from dispatch.people.policy import Person

#: How long before its time a case is shown among those to urge.
SOON: Final = timedelta(hours=2)


@dataclass(frozen=True)
class Asked:
    """A request that waits, its case, who asked, and what was asked for this case before."""

    request: CaseRequest
    case: Case
    by: str
    earlier: tuple[CaseRequest, ...]


def pending(session: Session, person: Person, kind: RequestKind, *, limit: int) -> Sequence[Asked]:
    """Requests of a kind that wait for an answer, the oldest first."""
    rows = session.execute(
        select(CaseRequest, Case, User.display_name)
        .join(Case, Case.id == CaseRequest.case_id)
        .outerjoin(User, User.id == CaseRequest.requested_by_id)
        .where(
            CaseRequest.kind == kind,
            CaseRequest.status == RequestStatus.PENDING.value,
            visible_to(person),
        )
        .order_by(CaseRequest.requested_at, CaseRequest.id)
        .limit(limit)
    ).all()
    earlier: dict[int, list[CaseRequest]] = defaultdict(list)
    for each in session.scalars(
        select(CaseRequest)
        .where(
            CaseRequest.case_id.in_([case.id for _, case, _ in rows]),
            CaseRequest.status != RequestStatus.PENDING.value,
        )
        .order_by(CaseRequest.id)
    ):
        earlier[each.case_id].append(each)
    return [Asked(request, case, by or "", tuple(earlier[case.id])) for request, case, by in rows]


def count_pending(session: Session, person: Person) -> dict[str, int]:
    """How many requests of each kind wait, as far as this person may see their cases."""
    rows = session.execute(
        select(CaseRequest.kind, func.count())
        .join(Case, Case.id == CaseRequest.case_id)
        .where(CaseRequest.status == RequestStatus.PENDING.value, visible_to(person))
        .group_by(CaseRequest.kind)
    )
    counts = {str(kind): int(count) for kind, count in rows}
    return {kind.value: counts.get(kind.value, 0) for kind in RequestKind}


def count_to_answer(session: Session, person: Person, _at: datetime) -> int:
    """The number in the rail: requests for time that wait."""
    counts = count_pending(session, person)
    return counts[RequestKind.EXTENSION.value] + counts[RequestKind.SUSPENSION.value]


def count_appeals(session: Session, person: Person, _at: datetime) -> int:
    """The number in the rail of those who decide appeals."""
    return count_pending(session, person)[RequestKind.APPEAL.value]


def to_urge(
    session: Session, person: Person, *, at: datetime, department_id: int | None, limit: int
) -> Sequence[Case]:
    """Cases with a unit that are overdue or will be within two hours, the longest overdue first."""
    asked = select(Case).where(
        Case.stage == Stage.DISPATCHED, Case.due_at <= at + SOON, visible_to(person)
    )
    if department_id is not None:
        asked = asked.where(Case.department_id == department_id)
    return session.scalars(asked.order_by(Case.due_at, Case.id).limit(limit)).all()


@dataclass(frozen=True)
class Urged:
    """A case that was urged: when last, by whom, with what words, and the unit's first deed after it."""

    case: Case
    at: datetime
    by: str
    words: str
    answered_at: datetime | None
    answer_verb: str | None
    answer: str | None


_LAST_URGE = text(
    """
SELECT c.id, urge.at, urge.actor, urge.note, answer.at, answer.verb, answer.note
FROM cases AS c
CROSS JOIN LATERAL (
  SELECT version, at, actor, note FROM case_history
  WHERE case_id = c.id AND verb = 'urge' ORDER BY version DESC LIMIT 1) AS urge
LEFT JOIN LATERAL (
  SELECT at, verb, note FROM case_history
  WHERE case_id = c.id AND version > urge.version AND (role LIKE '%manager%' OR role LIKE '%handler%')
  ORDER BY version LIMIT 1) AS answer ON true
WHERE c.id = ANY(:ids)
"""
)


def urged(session: Session, person: Person, *, limit: int) -> Sequence[Urged]:
    """Open cases that were urged: first those without an answer, then the latest urged."""
    cases = {
        case.id: case
        for case in session.scalars(
            select(Case)
            .where(
                Case.stage.in_((Stage.DISPATCHED, Stage.SUSPENDED, Stage.HANDLED)),
                Case.urge_count > 0,
                visible_to(person),
            )
            .order_by(Case.updated_at.desc())
            .limit(limit)
        )
    }
    rows = session.execute(_LAST_URGE, {"ids": list(cases)})
    found = [
        Urged(cases[case], at, by, words or "", answered_at, verb, answer)
        for case, at, by, words, answered_at, verb, answer in rows
    ]
    return sorted(found, key=lambda each: (each.answered_at is not None, -each.at.timestamp()))
