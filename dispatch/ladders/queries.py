"""Look-ups of escalation: which steps are to be taken now, which told again, and the ladder of one case."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, bindparam, select, text
from sqlalchemy.orm import Session

from dispatch.cases import deadlines
from dispatch.cases.deadlines import PAUSED_IN, SAFE_FIRST, STAGE_LIMITS
from dispatch.cases.indexes import IS_OPEN
from dispatch.cases.model import Case
from dispatch.cases.states import FINAL, Stage
from dispatch.catalogue.model import Severity
from dispatch.kit.worktime import Calendar, Limit, Unit, due_at
from dispatch.ladders.model import Clock, Escalation, Ladder, Light
from dispatch.ladders.reference import StepFacts, ladders
from dispatch.notices.events import UNIT

#: So many candidates are weighed at a time; beyond that a flood would hold up the clock.
MOST_WEIGHED: Final = 20_000
#: Where a danger may still be that nobody has made safe.
_UNSAFE_IN: Final = (Stage.FILED, Stage.DISPATCHED, Stage.SUSPENDED)
_HAZARDOUS = ", ".join(f"'{each}'" for each in sorted(SAFE_FIRST))
_LADDER = (
    f'CASE WHEN hazard AND "group" IN ({_HAZARDOUS})'
    f" THEN '{Ladder.HAZARD}' ELSE '{Ladder.ORDINARY}' END"
)
_CLOCK_OF_STAGE = " ".join(f"WHEN '{stage}' THEN '{name}'" for stage, name in STAGE_LIMITS.items())
_OF_UNITS = ", ".join(f"'{each}'" for each in sorted(UNIT))
#: What runs out, and which steps could be due: whatever is told exactly is left to `StepFacts`.
_CANDIDATES = text(
    f"""
WITH running AS (
  SELECT id, '{Clock.HANDLE}' AS clock, {_LADDER} AS ladder, clock_started_at AS since, warn_at, due_at,
    stage, severity, limit_value, limit_unit, department_id
  FROM cases
  WHERE stage = '{Stage.DISPATCHED}' AND clock_started_at IS NOT NULL AND warn_at <= :at
  UNION ALL
  SELECT id, CASE stage {_CLOCK_OF_STAGE} END, {_LADDER}, stage_since,
    stage_warned_at, stage_due_at,
    stage, severity, NULL, NULL, department_id
  FROM cases
  WHERE {IS_OPEN.text} AND stage_due_at IS NOT NULL
    AND (stage_warned_at IS NOT NULL OR stage_due_at <= :at)
  UNION ALL
  SELECT id, '{Clock.MAKE_SAFE}', '{Ladder.HAZARD}', clock_started_at,
    clock_started_at + safe.yellow, clock_started_at + safe.red,
    stage, cases.severity, NULL, NULL, department_id
  FROM cases JOIN unnest(
    CAST(:severities AS text[]), CAST(:yellows AS interval[]), CAST(:reds AS interval[])
  ) AS safe (severity, yellow, red) ON safe.severity = cases.severity
  WHERE hazard AND {_LADDER} = '{Ladder.HAZARD}' AND made_safe_at IS NULL
    AND stage IN ({", ".join(f"'{each}'" for each in _UNSAFE_IN)})
    AND clock_started_at + safe.yellow <= :at
)
SELECT running.*, step.id AS step_id
FROM running JOIN ladder_steps AS step ON step.active
  AND step.ladder = running.ladder AND step.clock = running.clock
  AND CASE step.light WHEN '{Light.YELLOW}' THEN running.warn_at ELSE running.due_at END
    + CASE step.beyond_unit WHEN 'minute' THEN interval '1 minute'
      WHEN 'hour' THEN interval '1 hour' WHEN 'work_hour' THEN interval '1 hour'
      ELSE interval '0' END * step.beyond <= :at
WHERE (step.light = '{Light.RED}' OR running.due_at > :at) AND NOT EXISTS (
  SELECT FROM escalations AS taken
  WHERE taken.case_id = running.id AND taken.clock = running.clock
    AND taken.since = running.since AND taken.level = step.level
    AND taken.audience = step.audience AND taken.way = step.way
    AND (running.department_id IS NULL OR taken.department_id IS NULL
      OR taken.department_id = running.department_id)
)
AND (running.department_id IS NOT NULL OR step.audience NOT IN ({_OF_UNITS}))
ORDER BY step.level, running.due_at, running.id
LIMIT {MOST_WEIGHED}
"""  # noqa: S608 - our own words
)


@dataclass(frozen=True)
class Due:
    """A step that is to be taken for a case now."""

    case_id: int
    step: StepFacts
    since: datetime
    due_at: datetime | None
    department_id: int | None


def steps_due(session: Session, *, at: datetime, most: int) -> list[Due]:
    """The steps that have been reached and not been taken, the lowest levels first; what is in its quiet hours waits."""
    held = ladders(session)
    if not held.by_id:
        return []
    found: list[Due] = []
    for row in session.execute(_CANDIDATES, {"at": at, **_safe_limits(session)}):
        step = held.by_id.get(row.step_id)
        if step is not None and _is_reached(session, row, step, at):
            found.append(Due(row.id, step, row.since, row.due_at, row.department_id))
            if len(found) == most:
                break
    return found


def _safe_limits(session: Session) -> dict[str, Any]:
    """For each haste by when a hazard must be made safe, and when its light turns yellow."""
    share = deadlines.yellow_share(session)
    found = {
        severity.value: _continuous(limit)
        for severity in Severity
        if (limit := deadlines.stage_limit(session, deadlines.MAKE_SAFE, severity)) is not None
    }
    return {
        "severities": list(found),
        "yellows": [each * share for each in found.values()],
        "reds": list(found.values()),
    }


_LENGTHS: Final = {
    Unit.MINUTE: timedelta(minutes=1),
    Unit.HOUR: timedelta(hours=1),
    Unit.DAY: timedelta(days=1),
}


def _continuous(limit: Limit) -> timedelta:
    """How long a limit is that runs on; the editor lets no other be set for making safe."""
    return float(limit.value) * _LENGTHS[limit.unit]


def _is_reached(session: Session, row: Row[Any], step: StepFacts, at: datetime) -> bool:
    limit = _limit_of(session, row)
    holder = row.department_id if row.stage in (Stage.DISPATCHED, *PAUSED_IN) else None
    reached = step.reached_at(
        warn_at=row.warn_at,
        due=row.due_at,
        limit=limit,
        days=deadlines.calendar_of(session, holder),
    )
    return reached is not None and reached <= at and step.after_quiet(at) <= at


def _limit_of(session: Session, row: Row[Any]) -> Limit | None:
    if row.limit_value is not None:
        return Limit(row.limit_value, Unit(row.limit_unit))
    return deadlines.stage_limit(session, row.clock, row.severity)


_AGAIN = (
    select(Escalation)
    .where(Escalation.next_at <= bindparam("at"))
    .order_by(Escalation.next_at)
    .with_for_update(skip_locked=True)
)


def to_repeat(session: Session, *, at: datetime, most: int) -> Sequence[Escalation]:
    """The steps that were taken and not answered for, to be told again now; locked."""
    return session.scalars(_AGAIN.limit(most), {"at": at}).all()


@dataclass(frozen=True)
class Running:
    """A clock of a case: since when, its lights, and what limits it."""

    clock: Clock
    since: datetime
    warn_at: datetime | None
    due_at: datetime | None
    limit: Limit | None
    days: Calendar
    is_paused: bool = False


def ladder_of_case(case: Case) -> Ladder:
    """Which ladder a case climbs."""
    return Ladder.HAZARD if deadlines.is_hazard(case) else Ladder.ORDINARY


def clocks_of(session: Session, case: Case) -> Iterator[Running]:
    """The clocks that run for a case now; a paused one too, which tells nobody while it stands still."""
    stage, days = Stage(case.stage), deadlines.calendar_of(session, case.department_id)
    safe_by = deadlines.make_safe_due(session, case)
    if safe_by is not None and case.made_safe_at is None and stage in _UNSAFE_IN:
        assert case.clock_started_at is not None  # noqa: S101 - there is no due time without it
        limit = deadlines.stage_limit(session, deadlines.MAKE_SAFE, case.severity)
        yellow = None if limit is None else _yellow(session, limit, case.clock_started_at, days)
        yield Running(Clock.MAKE_SAFE, case.clock_started_at, yellow, safe_by, limit, days)
    if case.clock_started_at is not None and stage in (Stage.DISPATCHED, *PAUSED_IN):
        yield Running(
            Clock.HANDLE,
            case.clock_started_at,
            case.warn_at,
            case.due_at,
            deadlines.handling_limit(session, case),
            days,
            is_paused=stage is not Stage.DISPATCHED,
        )
    name = STAGE_LIMITS.get(stage)
    if name is not None and case.stage_due_at is not None:
        limit = deadlines.stage_limit(session, name, case.severity)
        stage_days = deadlines.stage_calendar(session, case)
        yellow = (
            None
            if limit is None
            else case.stage_warned_at or _yellow(session, limit, case.stage_since, stage_days)
        )
        yield Running(Clock(name), case.stage_since, yellow, case.stage_due_at, limit, stage_days)


def _yellow(session: Session, limit: Limit, since: datetime, days: Calendar) -> datetime:
    share = deadlines.yellow_share(session)
    return due_at(since, Limit(float(limit.value) * share, limit.unit), days)


@dataclass(frozen=True)
class Rung:
    """A step as the page of a case shows it: taken (and by whom answered), or when it comes."""

    clock: Clock
    level: int
    audience: str
    way: str
    taken: Escalation | None
    comes_at: datetime | None


def ladder_of(session: Session, case: Case) -> list[Rung]:
    """What was done for a case and what comes next, clock by clock: the steps taken first, by their time."""
    taken = session.scalars(
        select(Escalation)
        .where(Escalation.case_id == case.id)
        .order_by(Escalation.at, Escalation.level, Escalation.id)
    ).all()
    rungs = [
        Rung(Clock(each.clock), each.level, each.audience, each.way, each, None) for each in taken
    ]
    if Stage(case.stage) in FINAL:
        return rungs
    done = {
        (each.clock, each.since, each.level, each.audience, each.way)
        for each in taken
        if None in (case.department_id, each.department_id)
        or each.department_id == case.department_id
    }
    coming = []
    for running in clocks_of(session, case):
        for step in ladders(session).steps(ladder_of_case(case), running.clock):
            key = (step.clock, running.since, step.level, step.audience, step.way)
            if key not in done:
                coming.append(_coming(step, running))
    far = datetime.max.replace(tzinfo=case.created_at.tzinfo)
    return rungs + sorted(coming, key=lambda each: (each.comes_at or far, each.level))


def _coming(step: StepFacts, running: Running) -> Rung:
    reached = step.reached_at(
        warn_at=running.warn_at, due=running.due_at, limit=running.limit, days=running.days
    )
    when = None if reached is None or running.is_paused else step.after_quiet(reached)
    return Rung(step.clock, step.level, step.audience, step.way, None, when)
