"""Due times put right: after a correction of what gives the limit, and after a change of calendars or lights."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.cases.commands.deed import Deed, changes_between, snapshot_of, tell
from dispatch.cases.deadlines import fit_limit, handling_limit
from dispatch.cases.events import FACTS, SETTINGS_CHANGED
from dispatch.cases.model import Case
from dispatch.cases.queries.clocks import kept_of, reckoned
from dispatch.cases.reckoning import Reckoning
from dispatch.cases.states import OPEN, Verb
from dispatch.kit import outbox
from dispatch.kit.audit import Actor
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
    rows = session.scalars(
        select(Case)
        .where(Case.id > after, Case.stage.in_(OPEN), Case.clock_started_at.is_not(None))
        .order_by(Case.id)
        .limit(limit)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    before = {case.id: snapshot_of(case) for case in rows}
    moved = count_anew(session, rows, at=at)
    for case in moved:
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
            changes=changes_between(before[case.id], snapshot_of(case)),
        )
    session.flush()
    return Batch(len(moved), rows[-1].id if len(rows) == limit else None)


def lights_changed(session: Session, *, by: Actor, reason: str, at: datetime) -> None:
    """A setting of the city was changed: lights may come on at another moment, which a job counts."""
    payload = {"note": reason, "after": 0, "by": by.name, "at": at.isoformat()}
    outbox.publish(session, outbox.Event(SETTINGS_CHANGED, payload))
