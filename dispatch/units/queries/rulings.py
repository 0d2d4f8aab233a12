"""Rulings on who is responsible, the proposals among them, and the shifts that were handed over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from dispatch.cases.model import Case, CaseRequest, RequestStatus
from dispatch.cases.policy import visible_to
from dispatch.cases.states import Stage
from dispatch.people.model import User
from dispatch.people.policy import Person
from dispatch.units.model import Handover, ProposalStatus, Ruling
from dispatch.units.queries.waiting import is_disputed


@dataclass(frozen=True)
class Ruled:
    """A ruling with its case and the people behind it."""

    ruling: Ruling
    public_id: str
    by: str
    answered_by: str


def rulings(session: Session, *, only_proposed: bool = False, limit: int) -> Sequence[Ruled]:
    """The latest rulings, or the oldest proposals that wait for an administrator."""
    judge, admin = aliased(User), aliased(User)
    asked = (
        select(Ruling, Case.public_id, judge.display_name, admin.display_name)
        .join(Case, Case.id == Ruling.case_id)
        .outerjoin(judge, judge.id == Ruling.by_id)
        .outerjoin(admin, admin.id == Ruling.answered_by_id)
        .limit(limit)
    )
    if only_proposed:
        asked = asked.where(Ruling.proposal == ProposalStatus.PROPOSED.value).order_by(Ruling.id)
    else:
        asked = asked.order_by(Ruling.at.desc(), Ruling.id.desc())
    rows = session.execute(asked)
    return [Ruled(ruling, case, by or "", answered or "") for ruling, case, by, answered in rows]


def count_proposed(session: Session, _person: Person, _at: datetime) -> int:
    """How many proposals of rules wait for an administrator."""
    proposed = Ruling.proposal == ProposalStatus.PROPOSED.value
    return session.scalar(select(func.count()).select_from(Ruling).where(proposed)) or 0


def standing(session: Session, person: Person, *, at: datetime) -> dict[str, int]:
    """How things stand in the hall, as a shift hands it over."""
    in_work = Case.stage == Stage.DISPATCHED
    measures: dict[str, Any] = {
        "reported": Case.stage.in_((Stage.REPORTED, Stage.VERIFYING)),
        "to_file": Case.stage == Stage.ACCEPTED,
        "to_dispatch": Case.stage == Stage.FILED,
        "disputed": (Case.stage == Stage.FILED) & is_disputed(session),
        "in_work": in_work,
        "overdue": in_work & (Case.due_at <= at),
        "urgent": in_work & (Case.severity == "urgent"),
        "hazards": Case.hazard & Case.made_safe_at.is_(None),
        "suspended": Case.stage == Stage.SUSPENDED,
        "to_check": Case.stage == Stage.HANDLED,
        "to_close": Case.stage == Stage.CHECKED,
    }
    open_ = [
        each.value
        for each in (
            Stage.REPORTED,
            Stage.VERIFYING,
            Stage.ACCEPTED,
            Stage.FILED,
            Stage.DISPATCHED,
            Stage.SUSPENDED,
            Stage.HANDLED,
            Stage.CHECKED,
        )
    ]
    row = session.execute(
        select(*(func.count().filter(each) for each in measures.values())).where(
            Case.stage.in_(open_), visible_to(person)
        )
    ).one()
    found = dict(zip(measures, row, strict=True))
    found["requests"] = (
        session.scalar(
            select(func.count())
            .select_from(CaseRequest)
            .where(CaseRequest.status == RequestStatus.PENDING.value)
        )
        or 0
    )
    return found


def worth_watching(session: Session, person: Person, *, at: datetime, limit: int) -> Sequence[Case]:
    """What the next shift should look at first: hazards not made safe, then what is longest overdue."""
    return session.scalars(
        select(Case)
        .where(
            Case.stage == Stage.DISPATCHED,
            visible_to(person),
            (Case.due_at <= at) | (Case.hazard & Case.made_safe_at.is_(None)),
        )
        .order_by((Case.hazard & Case.made_safe_at.is_(None)).desc(), Case.due_at, Case.id)
        .limit(limit)
    ).all()


@dataclass(frozen=True)
class Handed:
    """A shift's note with the names of who wrote it and who took over."""

    handover: Handover
    by: str
    taken_by: str


def handovers(session: Session, *, limit: int) -> Sequence[Handed]:
    """The latest notes, the newest first."""
    writer, taker = aliased(User), aliased(User)
    rows = session.execute(
        select(Handover, writer.display_name, taker.display_name)
        .outerjoin(writer, writer.id == Handover.by_id)
        .outerjoin(taker, taker.id == Handover.taken_by_id)
        .order_by(Handover.written_at.desc(), Handover.id.desc())
        .limit(limit)
    )
    return [Handed(each, by or "", taken or "") for each, by, taken in rows]


def count_untaken(session: Session, person: Person, _at: datetime) -> int:
    """Notes of others that nobody has taken over yet."""
    return (
        session.scalar(
            select(func.count())
            .select_from(Handover)
            .where(Handover.taken_at.is_(None), Handover.by_id != (person.id or 0))
        )
        or 0
    )
