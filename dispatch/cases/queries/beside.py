"""What stands beside cases in other tables: places, units, history, the chain, reporters, photos."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import or_, select, text
from sqlalchemy.orm import Session

from dispatch.cases.model import (
    Case,
    CaseAssignment,
    CaseHistory,
    CaseReporter,
    CaseRequest,
    Photo,
    RequestStatus,
)
from dispatch.crews.queries import names_of_crews, names_of_workers


@dataclass(frozen=True)
class PlaceFacts:
    """One description of a place, as given."""

    text: str | None
    source: str
    longitude: float | None
    latitude: float | None
    crs: str | None


@dataclass(frozen=True)
class Foreign:
    """The number under which another platform knows a case."""

    source: str
    number: str


@dataclass(frozen=True)
class Beside:
    """What stands beside cases in other tables, by case id."""

    places: dict[int, list[PlaceFacts]] = field(default_factory=dict)
    assisting: dict[int, list[int]] = field(default_factory=dict)
    foreign: dict[int, list[Foreign]] = field(default_factory=dict)
    masters: dict[int, str] = field(default_factory=dict)
    crews: dict[int, str] = field(default_factory=dict)
    people: dict[int, str] = field(default_factory=dict)


#: Places, assisting units and foreign numbers of many cases in one round trip; every list and every deed asks it.
_BESIDE = text(
    """
SELECT case_id, id, source, text, longitude, latitude, crs, CAST(NULL AS bigint) AS unit
FROM case_places WHERE case_id = ANY(:ids)
UNION ALL
SELECT case_id, id, NULL, NULL, NULL, NULL, NULL, department_id
FROM case_assignments WHERE case_id = ANY(:ids) AND ended_at IS NULL AND NOT leads
UNION ALL
SELECT case_id, NULL, source, number, NULL, NULL, NULL, NULL
FROM case_foreign_numbers WHERE case_id = ANY(:ids)
ORDER BY id
"""
)


def beside(session: Session, cases: Sequence[Case]) -> Beside:
    """Places, assisting units, foreign numbers and the ids of master cases, for many cases in two queries at most."""
    places: dict[int, list[PlaceFacts]] = defaultdict(list)
    assisting: dict[int, list[int]] = defaultdict(list)
    foreign: dict[int, list[Foreign]] = defaultdict(list)
    for row in session.execute(_BESIDE, {"ids": [each.id for each in cases]}):
        if row.id is None:
            foreign[row.case_id].append(Foreign(row.source, row.text))
        elif row.unit is None:
            fact = PlaceFacts(row.text, row.source, row.longitude, row.latitude, row.crs)
            places[row.case_id].append(fact)
        else:
            assisting[row.case_id].append(row.unit)
    wanted = {case.duplicate_of_id for case in cases if case.duplicate_of_id is not None}
    masters = (
        dict(session.execute(select(Case.id, Case.public_id).where(Case.id.in_(wanted))).all())
        if wanted
        else {}
    )
    crews = names_of_crews(session, {each.crew_id for each in cases if each.crew_id})
    people = names_of_workers(session, {each.assignee_id for each in cases if each.assignee_id})
    return Beside(places, assisting, foreign, masters, crews, people)


def history_of(session: Session, case: Case) -> Sequence[CaseHistory]:
    """Everything that happened to a case, the first first."""
    return session.scalars(
        select(CaseHistory).where(CaseHistory.case_id == case.id).order_by(CaseHistory.version)
    ).all()


def assignments_of(session: Session, case: Case) -> Sequence[CaseAssignment]:
    """The transfer chain of a case."""
    return session.scalars(
        select(CaseAssignment)
        .where(CaseAssignment.case_id == case.id)
        .order_by(CaseAssignment.at, CaseAssignment.leads.desc(), CaseAssignment.id)
    ).all()


def reporters_of(session: Session, case: Case) -> Sequence[tuple[CaseReporter, str]]:
    """Who reported a case, and who reported the ones that were linked to it, with the channel."""
    family = select(Case.id).where(or_(Case.id == case.id, Case.duplicate_of_id == case.id))
    return session.execute(
        select(CaseReporter, Case.channel)
        .join(Case, Case.id == CaseReporter.case_id)
        .where(CaseReporter.case_id.in_(family))
        .order_by(CaseReporter.id)
    ).all()


def waiting_requests(session: Session, case: Case) -> Sequence[CaseRequest]:
    """What was asked for a case and has not been answered."""
    return session.scalars(
        select(CaseRequest)
        .where(CaseRequest.case_id == case.id, CaseRequest.status == RequestStatus.PENDING.value)
        .order_by(CaseRequest.id)
    ).all()


def photos_of(session: Session, case: Case) -> Sequence[Photo]:
    """The photos of a case in the order they came."""
    return session.scalars(
        select(Photo).where(Photo.case_id == case.id).order_by(Photo.at, Photo.id)
    ).all()


def report_by_public_id(session: Session, public_id: str) -> Case | None:
    """A report as its reporter names it."""
    return session.scalar(select(Case).where(Case.public_id == public_id))
