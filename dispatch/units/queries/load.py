"""How much each unit has on its hands, and where; what the rules advise for a case."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import extract, func, literal, select
from sqlalchemy.orm import Session

from dispatch.cases.model import Case
from dispatch.cases.placing import location_of_case
from dispatch.cases.states import Stage
from dispatch.catalogue.reference import catalogue
from dispatch.crews.queries import capacities
from dispatch.departments.reference import departments
from dispatch.kit.clock import CITY_ZONE
from dispatch.routing.queries import Decision, Question, decide

_IN_HAND: Final = (Stage.DISPATCHED, Stage.SUSPENDED)


@dataclass(frozen=True)
class Load:
    """A unit's load: what is open and overdue, how old half of it is, what it gets done in a day."""

    department_id: int
    name: str
    open: int
    overdue: int
    median_age: timedelta | None
    capacity: int | None

    @property
    def days(self) -> float | None:
        """How many days of work lie there; None where the unit has named no crews."""
        return self.open / self.capacity if self.capacity else None


def loads(session: Session, *, at: datetime) -> list[Load]:
    """Every active unit that has cases or crews, the most loaded first."""
    age = extract("epoch", literal(at) - Case.clock_started_at)
    rows = session.execute(
        select(
            Case.department_id,
            func.count(),
            func.count().filter(Case.due_at <= at, Case.stage == Stage.DISPATCHED),
            func.percentile_cont(0.5).within_group(age.asc()),
        )
        .where(Case.stage.in_(_IN_HAND), Case.department_id.is_not(None))
        .group_by(Case.department_id)
    )
    counted = {row[0]: row for row in rows}
    able, units = capacities(session), departments(session)
    found = []
    for unit_id in {*counted, *able}:
        unit = units.get(unit_id)
        if unit is None or not unit.active:
            continue
        _, open_, overdue, seconds = counted.get(unit_id, (unit_id, 0, 0, None))
        half = None if seconds is None else timedelta(seconds=float(seconds))
        found.append(Load(unit_id, unit.name, open_, overdue, half, able.get(unit_id)))
    return sorted(found, key=lambda each: (-each.open, each.name))


@dataclass(frozen=True)
class Spot:
    """Where an open case of a unit is, and whether it is overdue."""

    public_id: str
    longitude: float
    latitude: float
    is_late: bool
    category: str


def open_spots(session: Session, department_id: int, *, at: datetime, limit: int) -> Sequence[Spot]:
    """The open cases of a unit that have a place, the first due first."""
    rows = session.execute(
        select(Case.public_id, Case.longitude, Case.latitude, Case.due_at, Case.category_id)
        .where(
            Case.department_id == department_id,
            Case.stage.in_(_IN_HAND),
            Case.longitude.is_not(None),
        )
        .order_by(Case.due_at, Case.id)
        .limit(limit)
    )
    known = catalogue(session).by_id
    return [
        Spot(
            row.public_id,
            row.longitude,
            row.latitude,
            row.due_at is not None and row.due_at <= at,
            known[row.category_id].name if row.category_id in known else "",
        )
        for row in rows
    ]


def advice_for(session: Session, case: Case, *, at: datetime) -> Decision:
    """Whom the rules would choose for a case now, why, and who else was weighed. Nothing is stored."""
    point = location_of_case(session, case)
    return decide(
        session,
        Question(
            category=catalogue(session).by_id.get(case.category_id or 0),
            on=at.astimezone(CITY_ZONE).date(),
            longitude=point.longitude if point else None,
            latitude=point.latitude if point else None,
            location=point.location if point else None,
            part_code=case.part_code,
        ),
    )
