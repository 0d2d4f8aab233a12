"""The dry run of routing rules: where last month's cases would go by other rules, from what is stored of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.types import Text

from dispatch.cases.model import Case, CaseAssignment
from dispatch.catalogue.reference import catalogue
from dispatch.departments.reference import DepartmentFacts, departments
from dispatch.jurisdiction.model import AreaKind
from dispatch.routing.queries import Method, RuleFacts, fitting_rules, rules_with

LOOK_BACK = timedelta(days=30)
SAMPLES = 5
#: Kinds of cases (category × community) looked at; a city of 3 million has some thousands in a month.
MOST_KINDS = 50_000
_BY_PART = (Method.PART.value, Method.NEAREST_PART.value)


@dataclass
class Move:
    """Cases that would go from one unit (None: left to a dispatcher) to another, with some of them."""

    old: str | None
    new: str | None
    count: int = 0
    samples: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class DryRun:
    """What would be otherwise: all cases looked at, those decided by a part's owner, those that move."""

    since: datetime
    looked_at: int
    by_part: int
    moves: list[Move]

    @property
    def moved(self) -> int:
        """How many would go to another unit."""
        return sum(each.count for each in self.moves)


def dry_run(
    session: Session,
    *,
    draft: RuleFacts | None,
    without: int | None,
    on: date,
    at: datetime,
) -> DryRun:
    """Compare the rules in force with those that would be on that day, over the last month's cases.

    Cases are counted by category and place, so that the time depends on how many kinds there are,
    not on how many cases. Those that a part's owner decides are left out: no rule moves them.
    """
    since = at - LOOK_BACK
    before, after = rules_with(session, None), rules_with(session, draft, without=without)
    units, known = departments(session), catalogue(session).by_id
    moves: dict[tuple[int | None, int | None], Move] = {}
    looked_at = 0
    for kind in session.execute(_kinds(since)):
        looked_at += kind.cases
        category = known.get(kind.category_id)
        if category is None:
            continue
        areas: dict[str | None, str | None] = {
            AreaKind.DISTRICT: kind.district_code,
            AreaKind.VIRTUAL_DISTRICT: kind.virtual_district_code,
            AreaKind.STREET: kind.street_code,
            AreaKind.COMMUNITY: kind.community_code,
        }
        old, new = (
            _unit(fitting_rules(book, units, category, areas, on=on)) for book in (before, after)
        )
        if old != new:
            move = moves.setdefault((old, new), Move(_name(units, old), _name(units, new)))
            move.count += kind.cases
            move.samples.extend(kind.samples[: SAMPLES - len(move.samples)])
    by_part = session.scalar(
        select(func.count())
        .select_from(Case)
        .where(Case.created_at >= since, Case.category_id.is_not(None), _decided_by_part())
    )
    return DryRun(
        since, looked_at, by_part or 0, sorted(moves.values(), key=lambda each: -each.count)
    )


def _decided_by_part() -> ColumnElement[bool]:
    return (
        select(CaseAssignment.id)
        .where(
            CaseAssignment.case_id == Case.id,
            CaseAssignment.leads,
            CaseAssignment.method.in_(_BY_PART),
        )
        .exists()
    )


def _kinds(since: datetime) -> Select[Any]:
    columns = (
        Case.category_id,
        Case.district_code,
        Case.virtual_district_code,
        Case.street_code,
        Case.community_code,
    )
    return (
        select(
            *columns,
            func.count().label("cases"),
            func.array_agg(Case.public_id, type_=ARRAY(Text))[1:SAMPLES].label("samples"),
        )
        .where(Case.created_at >= since, Case.category_id.is_not(None), ~_decided_by_part())
        .group_by(*columns)
        .limit(MOST_KINDS)
    )


def _unit(rules: list[RuleFacts]) -> int | None:
    return rules[0].department_id if rules else None


def _name(units: Mapping[int, DepartmentFacts], unit: int | None) -> str | None:
    return units[unit].name if unit is not None else None
