"""What clocks are counted by, for many cases at once: who had them when, granted extensions, stages that end soon."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.cases.deadlines import (
    STAGE_LIMITS,
    calendar_of,
    handling_limit,
    stage_limit,
    yellow_share,
)
from dispatch.cases.indexes import IS_OPEN
from dispatch.cases.model import Case, CaseAssignment, CaseRequest, RequestKind, RequestStatus
from dispatch.cases.reckoning import CalendarAt, Grant, Reckoning, pauses_in, reckon, rest
from dispatch.cases.states import Stage
from dispatch.catalogue.calendar import calendar_for, units_have_calendars
from dispatch.catalogue.model import Severity
from dispatch.kit.worktime import Calendar, Limit, length

#: No row of days off is longer: working time that is left ends within twice its length and this.
LONGEST_REST: Final = timedelta(days=16)
#: What rounding may take from a share of a limit.
EXACT_S: Final = 0.001


@dataclass(frozen=True)
class Kept:
    """What is kept of the clocks of cases beside the cases, by case id."""

    holders: dict[int, list[tuple[datetime, int]]] = field(default_factory=dict)
    grants: dict[int, list[Grant]] = field(default_factory=dict)


def kept_of(session: Session, cases: Collection[Case]) -> Kept:
    """Who led each case from when on, and its granted extensions: two queries at most.

    Who led is asked only where a unit keeps a calendar of its own: else it does not matter.
    """
    ids = [case.id for case in cases]
    extended = [case.id for case in cases if case.extension_count]
    return Kept(
        holders_of(session, ids) if units_have_calendars(session) else {},
        grants_of(session, extended) if extended else {},
    )


def holders_of(session: Session, ids: Sequence[int]) -> dict[int, list[tuple[datetime, int]]]:
    """The units that led each case, each with when it began, in order."""
    found: dict[int, list[tuple[datetime, int]]] = defaultdict(list)
    rows = session.execute(
        select(CaseAssignment.case_id, CaseAssignment.at, CaseAssignment.department_id)
        .where(CaseAssignment.case_id.in_(ids), CaseAssignment.leads)
        .order_by(CaseAssignment.case_id, CaseAssignment.at, CaseAssignment.id)
    )
    for case_id, at, department_id in rows:
        found[case_id].append((at, department_id))
    return found


def grants_of(session: Session, ids: Sequence[int]) -> dict[int, list[Grant]]:
    """The extensions that were granted, in order."""
    found: dict[int, list[Grant]] = defaultdict(list)
    rows = session.execute(
        select(CaseRequest.case_id, CaseRequest.decided_at, CaseRequest.until)
        .where(
            CaseRequest.case_id.in_(ids),
            CaseRequest.kind == RequestKind.EXTENSION,
            CaseRequest.status == RequestStatus.GRANTED,
        )
        .order_by(CaseRequest.decided_at)
    )
    for case_id, at, until in rows:
        if at is not None and until is not None:
            found[case_id].append(Grant(at, until))
    return found


def holder_at(case: Case, holders: Sequence[tuple[datetime, int]], at: datetime) -> int | None:
    """The unit that led the case at a moment."""
    held = [unit for since, unit in holders if since <= at]
    return held[-1] if held else case.department_id


def calendars_of(session: Session, case: Case, kept: Kept) -> CalendarAt:
    """The calendar of whoever had the case at a moment."""
    holders = kept.holders.get(case.id, ())

    def calendar_at(at: datetime) -> Calendar:
        return calendar_for(session, holder_at(case, holders, at)).days

    return calendar_at


def reckoned(
    session: Session,
    case: Case,
    kept: Kept,
    *,
    calendar_at: CalendarAt | None = None,
    limit: Limit | None = None,
) -> Reckoning | None:
    """The handling clock of a case counted from its beginning; None where none runs or nothing limits it.

    By its own limit and calendars, or by those that are given.
    """
    limit = limit or handling_limit(session, case)
    if limit is None or case.clock_started_at is None:
        return None
    return reckon(
        limit,
        started=case.clock_started_at,
        pauses=pauses_in(case.pauses),
        grants=kept.grants.get(case.id, ()),
        stopped=case.clock_stopped_at,
        share=yellow_share(session),
        calendar_at=calendar_at or calendars_of(session, case, kept),
    )


def stages_to_warn(session: Session, *, at: datetime, most: int = 10_000) -> list[tuple[int, str]]:
    """The cases (with their stage) whose stage's limit is used up to the yellow light and not yet over.

    The instant is not kept: an index gives those whose stage ends soon, and what is left of their
    limit, in its own time, tells.
    """
    limits = {
        (stage, severity.value): found
        for stage, name in STAGE_LIMITS.items()
        for severity in Severity
        if (found := stage_limit(session, name, severity)) is not None
    }
    if not limits:
        return []
    city, left = calendar_of(session, None), 1 - yellow_share(session)
    ahead = max(
        length(each, city) * left * (6 if each.unit.is_worked else 1)
        + (LONGEST_REST if each.unit.is_worked else timedelta())
        for each in limits.values()
    )
    rows = session.execute(
        select(Case.id, Case.stage, Case.severity, Case.stage_due_at, Case.department_id)
        .where(
            IS_OPEN,
            Case.stage_warned_at.is_(None),
            Case.stage_due_at > at,
            Case.stage_due_at <= at + ahead,
        )
        .order_by(Case.stage_due_at)
        .limit(most)
    )
    ending: list[tuple[int, str]] = []
    for case_id, stage, severity, due, unit in rows:
        limit = limits.get((Stage(stage), severity))
        if limit is None or due is None:
            continue
        days = calendar_of(session, unit if stage == Stage.DISPATCHED else None)
        if rest(at, due, limit.unit, days) <= length(limit, days).total_seconds() * left + EXACT_S:
            ending.append((case_id, stage))
    return ending
