"""Due times put right: after a correction of what gives the limit, and after a change of calendars or lights."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from dispatch.cases.commands.deed import Deed, changes_between, snapshot_of, tell
from dispatch.cases.deadlines import (
    HANDLE,
    STAGE_LIMITS,
    fit_limit,
    handling_limit,
    stage_due_of,
    stage_limit,
)
from dispatch.cases.events import FACTS, LIMITS_CHANGED, SETTINGS_CHANGED, STAGE_LIMITS_CHANGED
from dispatch.cases.indexes import IS_OPEN
from dispatch.cases.model import Case
from dispatch.cases.queries.clocks import kept_of, reckoned
from dispatch.cases.reckoning import Reckoning
from dispatch.cases.states import Stage, Verb
from dispatch.kit import outbox
from dispatch.kit.audit import Actor
from dispatch.kit.db import Json
from dispatch.kit.worktime import Limit
from dispatch.people.policy import SYSTEM

#: Times that lie closer together than this are the same: counting anew may round otherwise.
SAME_S: Final = 1.0


def put_right(deed: Deed) -> None:
    """Fit the limit to the facts as they are now, and with it the due time of a clock that has begun."""
    case = deed.case
    before = _limit_words(handling_limit(deed.session, case), deed.before)
    rule = fit_limit(deed.session, case, at=deed.at)
    after = _words(handling_limit(deed.session, case))
    if after == before:
        return
    deed.changes["limit"] = [before, after]
    if rule is not None:
        deed.changes["limit_rule"] = [None, rule.explanation or str(rule.id)]
    if case.clock_started_at is not None:
        count_anew(deed.session, [case], at=deed.at)


def _limit_words(now: Limit | None, before: dict[str, object]) -> str | None:
    """The limit as it was before the deed."""
    value, unit = before["limit_value"], before["limit_unit"]
    return f"{value} {unit}" if value is not None else _words(now)


def _words(limit: Limit | None) -> str | None:
    return None if limit is None else f"{limit.value:g} {limit.unit}"


def count_anew(session: Session, cases: Sequence[Case], *, at: datetime) -> list[Case]:
    """Count the clocks of these cases, which are locked, from their beginning; those whose times moved."""
    kept = kept_of(session, cases)
    moved = []
    for case in cases:
        found = reckoned(session, case, kept)
        if found is not None and _set(case, found, at=at):
            moved.append(case)
    return moved


def _set(case: Case, found: Reckoning, *, at: datetime) -> bool:
    """Write what was counted where it differs; whether anything did."""
    paused = found.left is not None and case.clock_stopped_at is None
    gone = paused and found.left
    due, warn = (None, None) if gone else (found.due, found.warn)
    if (
        _same(case.due_at, due)
        and _same(case.warn_at, warn, or_else=case.warned_at)
        and _near(case.remaining_s, found.left)
    ):
        return False
    case.due_at, case.warn_at = due, warn
    case.remaining_s, case.warn_remaining_s = found.left, found.warn_left
    until = case.clock_stopped_at or at
    if case.overdue_at is not None and (due is None or due > until):
        case.overdue_at = None
    if case.warned_at is not None and (warn is None or warn > until):
        case.warned_at = None
    return True


def _same(now: datetime | None, then: datetime | None, *, or_else: datetime | None = None) -> bool:
    if now is None or then is None:
        return now is then
    if or_else is not None and now == or_else >= then:
        return True  # the yellow light had come on before the clock was paused, and stays on
    return abs((now - then).total_seconds()) < SAME_S


def _near(now: float | None, then: float | None) -> bool:
    if now is None or then is None:
        return now is then
    return abs(now - then) < SAME_S


@dataclass(frozen=True)
class Batch:
    """What a step of counting came to: how many moved, and after which case to go on (None: that was all)."""

    moved: int
    last_id: int | None


def recount_open(
    session: Session, *, note: str, at: datetime, after: int = 0, limit: int = 200
) -> Batch:
    """Count open cases anew, some at a time by their id, and tell of those that moved in their history.

    Whoever asks twice finds nothing moved the second time. The rows are locked until the caller commits.
    """
    rows = _some(session, Case.clock_started_at.is_not(None), after=after, limit=limit)
    before = {case.id: snapshot_of(case) for case in rows}
    moved = count_anew(session, rows, at=at)
    for case in moved:
        _tell(session, case, changes_between(before[case.id], snapshot_of(case)), note, at=at)
    return _batch(session, rows, moved, limit=limit)


def refit_open(
    session: Session,
    categories: Collection[int],
    *,
    note: str,
    at: datetime,
    after: int = 0,
    limit: int = 200,
) -> Batch:
    """Give open cases of these categories the limit that the rules give now, and count their clocks by it."""
    mine = Case.category_id.in_(categories)
    rows = _some(session, mine, Case.clock_started_at.is_not(None), after=after, limit=limit)
    before = {case.id: (snapshot_of(case), handling_limit(session, case)) for case in rows}
    rules = {case.id: fit_limit(session, case, at=at) for case in rows}
    count_anew(session, rows, at=at)
    moved = []
    for case in rows:
        old, was = before[case.id]
        changes = changes_between(old, snapshot_of(case))
        now, rule = handling_limit(session, case), rules[case.id]
        if now != was:
            changes["limit"] = [_words(was), _words(now)]
            if rule is not None:
                changes["limit_rule"] = [None, rule.explanation or str(rule.id)]
        if changes:
            moved.append(case)
            _tell(session, case, changes, note, at=at)
    return _batch(session, rows, moved, limit=limit)


def restage_open(
    session: Session,
    stage: Stage,
    severity: str,
    *,
    note: str,
    at: datetime,
    after: int = 0,
    limit: int = 200,
) -> Batch:
    """Count the limit of the stage in which these cases are anew, from when it began."""
    here = (Case.stage == stage, Case.severity == severity)
    rows = _some(session, *here, after=after, limit=limit)
    found = stage_limit(session, STAGE_LIMITS[stage], severity)
    moved = []
    for case in rows:
        was, now = case.stage_due_at, stage_due_of(session, case, found)
        if _same(was, now):
            continue
        case.stage_due_at = now
        if now is None or now > at:
            case.stage_overdue_at = case.stage_warned_at = None
        pair = [each.isoformat() if each else None for each in (was, now)]
        moved.append(case)
        _tell(session, case, {"stage_due_at": pair}, note, at=at)
    return _batch(session, rows, moved, limit=limit)


def _some(session: Session, *which: ColumnElement[bool], after: int, limit: int) -> Sequence[Case]:
    """Open cases after one, locked."""
    return session.scalars(
        select(Case)
        .where(Case.id > after, IS_OPEN, *which)
        .order_by(Case.id)
        .limit(limit)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def _batch(session: Session, rows: Sequence[Case], moved: Sequence[Case], *, limit: int) -> Batch:
    session.flush()
    return Batch(len(moved), rows[-1].id if len(rows) == limit else None)


def _tell(session: Session, case: Case, changes: Json, note: str, *, at: datetime) -> None:
    case.version += 1
    case.updated_at = at
    tell(
        session,
        case,
        FACTS[Verb.CORRECT],
        verb=Verb.CORRECT,
        by=SYSTEM,
        at=at,
        origin=case.stage,
        note=note,
        changes=changes,
    )


def limits_changed(
    session: Session, categories: Collection[int], *, by: Actor, reason: str, at: datetime
) -> None:
    """Rules of these categories reach open cases too, which a job counts."""
    payload = {"categories": sorted(set(categories)), "note": reason, "after": 0}
    outbox.publish(
        session, outbox.Event(LIMITS_CHANGED, {**payload, "by": by.name, "at": at.isoformat()})
    )


def stage_limit_changed(
    session: Session, name: str, severity: str, *, by: Actor, reason: str, at: datetime
) -> None:
    """The limit of a stage reaches the cases that are in it, which a job counts."""
    if name == HANDLE:
        lights_changed(session, by=by, reason=reason, at=at)
        return
    stage = next((each for each, called in STAGE_LIMITS.items() if called == name), None)
    if stage is not None:
        payload = {"stage": stage.value, "severity": severity, "note": reason, "after": 0}
        outbox.publish(
            session,
            outbox.Event(STAGE_LIMITS_CHANGED, {**payload, "by": by.name, "at": at.isoformat()}),
        )


def lights_changed(session: Session, *, by: Actor, reason: str, at: datetime) -> None:
    """A setting of the city was changed: lights may come on at another moment, which a job counts."""
    payload = {"note": reason, "after": 0, "by": by.name, "at": at.isoformat()}
    outbox.publish(session, outbox.Event(SETTINGS_CHANGED, payload))
