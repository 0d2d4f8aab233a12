"""Look-ups of escalation: which steps are to be taken now, which told again, and the ladder of one case."""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, select, text
from sqlalchemy.orm import Session

from dispatch.cases import deadlines
from dispatch.cases.deadlines import PAUSED_IN, SAFE_FIRST, STAGE_LIMITS
from dispatch.cases.indexes import IS_OPEN
from dispatch.cases.model import Case
from dispatch.cases.states import FINAL, Stage
from dispatch.kit.worktime import Calendar, Limit, Unit, due_at
from dispatch.ladders.bounds import Bounds, Stretch, bounds_of, known_limits, own_calendars
from dispatch.ladders.model import Clock, Escalation, Ladder, Light
from dispatch.ladders.reference import StepFacts, ladders
from dispatch.notices.events import UNIT

#: So many cases are looked at in one go at most; beyond that a flood would hold up the clock.
MOST_LOOKED_AT: Final = 20_000
#: Where a danger may still be that nobody has made safe.
_UNSAFE_IN: Final = (Stage.FILED, Stage.DISPATCHED, Stage.SUSPENDED)
_HAZARDOUS = ", ".join(f"'{each}'" for each in sorted(SAFE_FIRST))
_LADDER = (
    f'CASE WHEN hazard AND "group" IN ({_HAZARDOUS})'
    f" THEN '{Ladder.HAZARD}' ELSE '{Ladder.ORDINARY}' END"
)
_OF_UNITS = ", ".join(f"'{each}'" for each in sorted(UNIT))
_SHOWN = "id, public_id, stage_since, department_id, district_code, working_grid, inspector_id"
_IS_UNSAFE = (
    "hazard AND made_safe_at IS NULL"
    f" AND stage IN ({', '.join(repr(each.value) for each in _UNSAFE_IN)})"
)
#: The clocks of `Bounds` whose step nobody was told of: each arm reads one index from one instant to
#: another. A yellow light is looked for only where everything is: else the clock's own mark tells.
REACHED = f"""
WITH bounds AS MATERIALIZED (
  SELECT * FROM jsonb_to_recordset(CAST(:bounds AS jsonb)) AS b (
    step bigint, ladder text, clock text, level bigint, light text, audience text, way text, stage text,
    above timestamptz, upto timestamptz, limit_value float8, limit_unit text, severity text, calendar text)
)
SELECT hit.*, b.step AS step_id
FROM bounds AS b CROSS JOIN LATERAL (
  SELECT {_SHOWN}, clock_started_at AS since FROM cases
  WHERE b.clock = '{Clock.HANDLE}' AND b.light = '{Light.RED}'
    AND stage = '{Stage.DISPATCHED}' AND due_at > b.above AND due_at <= b.upto
    AND {_LADDER} = b.ladder AND clock_started_at IS NOT NULL
    AND CASE WHEN b.severity IS NOT NULL THEN limit_value IS NULL AND severity = b.severity
        ELSE b.limit_unit IS NULL OR (limit_unit = b.limit_unit AND limit_value = b.limit_value) END
  UNION ALL
  SELECT {_SHOWN}, clock_started_at FROM cases
  WHERE b.clock = '{Clock.HANDLE}' AND b.light = '{Light.YELLOW}'
    AND stage = '{Stage.DISPATCHED}' AND due_at > :at AND warn_at > b.above AND warn_at <= b.upto
    AND {_LADDER} = b.ladder AND clock_started_at IS NOT NULL
  UNION ALL
  SELECT {_SHOWN}, stage_since FROM cases
  WHERE b.clock NOT IN ('{Clock.HANDLE}', '{Clock.MAKE_SAFE}')
    AND {IS_OPEN.text} AND stage = b.stage AND severity = b.severity
    AND stage_due_at > b.above AND stage_due_at <= b.upto
    AND (b.light = '{Light.RED}' OR stage_due_at > :at) AND {_LADDER} = b.ladder
  UNION ALL
  SELECT {_SHOWN}, clock_started_at FROM cases
  WHERE b.clock = '{Clock.MAKE_SAFE}' AND {_IS_UNSAFE} AND severity = b.severity
    AND clock_started_at > b.above AND clock_started_at <= b.upto AND {_LADDER} = b.ladder
) AS hit
WHERE (b.calendar IS NULL
    OR b.calendar = coalesce(CAST(:calendars AS jsonb) ->> hit.department_id::text, 'city'))
  AND (hit.department_id IS NOT NULL OR b.audience NOT IN ({_OF_UNITS}))
  AND NOT EXISTS (
    SELECT FROM escalations AS taken
    WHERE taken.case_id = hit.id AND taken.clock = b.clock
      AND taken.since = hit.since AND taken.level = b.level
      AND taken.audience = b.audience AND taken.way = b.way
      AND (hit.department_id IS NULL OR taken.department_id IS NULL
        OR taken.department_id = hit.department_id))
"""  # noqa: S608 - our own words
_CASES_REACHED = text(f"SELECT DISTINCT id FROM ({REACHED}) AS found LIMIT {MOST_LOOKED_AT}")  # noqa: S608
#: Cases of which somebody did something lately: any step of theirs may have come nearer.
_TOUCHED = text(
    f"""
SELECT id FROM cases
WHERE updated_at > :since AND {IS_OPEN.text} AND (
  (stage = '{Stage.DISPATCHED}' AND warn_at <= :at) OR stage_warned_at IS NOT NULL
  OR stage_due_at <= :at OR ({_IS_UNSAFE}))
"""  # noqa: S608
)
_LIMITS_OF_OPEN = text(
    f"SELECT DISTINCT limit_value, limit_unit FROM cases WHERE {IS_OPEN.text} AND limit_value IS NOT NULL"  # noqa: S608
)


_NO_JIT = text("SET LOCAL jit = off")


def limits_of_open(session: Session) -> list[Limit]:
    """The handling limits that open cases have, whatever gave them; it reads every open case."""
    return [Limit(value, Unit(unit)) for value, unit in session.execute(_LIMITS_OF_OPEN)]


def without_compiling(session: Session) -> None:
    """For this transaction: to compile such statements takes seconds, to run them milliseconds."""
    session.execute(_NO_JIT)


def _asked(session: Session, bounds: Iterable[Bounds], *, at: datetime) -> dict[str, Any]:
    return {
        "bounds": json.dumps([each.row() for each in bounds]),
        "calendars": json.dumps(own_calendars(session)),
        "at": at,
    }


def cases_reached(
    session: Session, stretch: Stretch, *, at: datetime, limits: Sequence[Limit]
) -> set[int]:
    """The cases of which a step was reached in a stretch of time and nobody has been told.

    A stretch without a beginning is a look at everything. Else what a clock's own mark tells of (the
    yellow light, the due time) is left out: who marks it knows the case.
    """
    known = known_limits(session, *limits)
    steps = [
        step
        for step in ladders(session).by_id.values()
        if stretch.since is None or step.beyond or step.clock is Clock.MAKE_SAFE
    ]
    bounds = [each for step in steps for each in bounds_of(session, step, stretch, limits=known)]
    if not bounds:
        return set()
    without_compiling(session)
    return set(session.scalars(_CASES_REACHED, _asked(session, bounds, at=at)))


def cases_touched(session: Session, *, since: datetime, at: datetime) -> set[int]:
    """The cases that were changed since then and of which a step may be due."""
    return set(session.scalars(_TOUCHED, {"since": since, "at": at}))


@dataclass(frozen=True)
class Due:
    """A step that was reached for a case. `quiet_until`: it is told when its quiet hours end.

    `is_passed`: it was to be told at the yellow light, and the light is red by now.
    """

    case: Case
    step: StepFacts
    since: datetime
    due_at: datetime | None
    is_passed: bool = False
    quiet_until: datetime | None = None


def steps_due(session: Session, ids: Collection[int], *, at: datetime) -> list[Due]:
    """The steps of these cases that have been reached and not been taken, counted exactly."""
    cases = session.scalars(select(Case).where(Case.id.in_(ids)).order_by(Case.due_at, Case.id))
    taken = _taken(session, ids)
    found: list[Due] = []
    for case in cases:
        if Stage(case.stage) not in FINAL:
            found += _of_case(session, case, taken.get(case.id, ()), at=at)
    return found


def _taken(session: Session, ids: Collection[int]) -> dict[int, list[Escalation]]:
    found: dict[int, list[Escalation]] = {}
    for row in session.scalars(select(Escalation).where(Escalation.case_id.in_(ids))):
        found.setdefault(row.case_id, []).append(row)
    return found


def _done(case: Case, taken: Iterable[Escalation]) -> set[tuple[Any, ...]]:
    """What was done for a case while its unit had it."""
    return {
        (each.clock, each.since, each.level, each.audience, each.way)
        for each in taken
        if None in (case.department_id, each.department_id)
        or each.department_id == case.department_id
    }


def _of_case(
    session: Session, case: Case, taken: Iterable[Escalation], *, at: datetime
) -> Iterator[Due]:
    done, steps = _done(case, taken), ladders(session)
    for running in clocks_of(session, case):
        if running.is_paused:
            continue
        reached = [
            step
            for step in steps.steps(ladder_of_case(case), running.clock)
            if (step.clock, running.since, step.level, step.audience, step.way) not in done
            and (case.department_id is not None or step.audience not in UNIT)
            and _is_reached(case, running, step, at)
        ]
        is_red = running.due_at is not None and running.due_at <= at
        tells = any(step.light is Light.RED for step in reached)
        for step in reached:
            is_passed = step.light is Light.YELLOW and is_red
            if is_passed and not tells:
                continue  # the next step has its own time; until then this one is not spoken of
            until = step.after_quiet(at)
            yield Due(
                case,
                step,
                running.since,
                running.due_at,
                is_passed,
                until if until > at and not is_passed else None,
            )


def _is_reached(case: Case, running: "Running", step: StepFacts, at: datetime) -> bool:
    """Whether it is time, and the step was in use when it became so (or when the unit got the case)."""
    when = running.reaches(step)
    if when is None or when > at:
        return False
    return step.counts_from is None or max(when, case.stage_since) > step.counts_from


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

    def reaches(self, step: StepFacts) -> datetime | None:
        """When it reaches a step; None where that is not known."""
        return step.reached_at(
            warn_at=self.warn_at, due=self.due_at, limit=self.limit, days=self.days
        )


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
    """A step as the page of a case shows it: taken (and by whom answered), passed, or when it comes.

    `is_passed`: reached, and nobody was told of it: the light had changed by then, or the step was not
    in use yet.
    """

    clock: Clock
    level: int
    audience: str
    way: str
    taken: Escalation | None
    comes_at: datetime | None
    is_passed: bool = False


def ladder_of(session: Session, case: Case) -> list[Rung]:
    """What was done for a case and what comes next, clock by clock: the steps taken first, by their time."""
    taken = session.scalars(
        select(Escalation)
        .where(Escalation.case_id == case.id)
        .order_by(Escalation.at, Escalation.level, Escalation.id)
    ).all()
    rungs = [_rung(each) for each in taken if each.times or each.next_at is None]
    if Stage(case.stage) in FINAL:
        return rungs
    done = _done(case, [each for each in taken if each.times or each.next_at is None])
    waits = {(each.clock, each.level, each.audience, each.way): each.next_at for each in taken}
    coming = []
    for running in clocks_of(session, case):
        for step in ladders(session).steps(ladder_of_case(case), running.clock):
            key = (step.clock, running.since, step.level, step.audience, step.way)
            if key not in done:
                quiet = waits.get((step.clock, step.level, step.audience, step.way))
                coming.append(_coming(case, step, running, quiet))
    far = datetime.max.replace(tzinfo=case.created_at.tzinfo)
    return rungs + sorted(coming, key=lambda each: (each.comes_at or far, each.level))


def _rung(taken: Escalation) -> Rung:
    return Rung(
        Clock(taken.clock),
        taken.level,
        taken.audience,
        taken.way,
        taken,
        None,
        is_passed=taken.times == 0,
    )


def _coming(case: Case, step: StepFacts, running: Running, quiet: datetime | None) -> Rung:
    reached = running.reaches(step)
    when = None if reached is None or running.is_paused else quiet or step.after_quiet(reached)
    was = reached is not None and not _is_reached(case, running, step, reached)
    return Rung(step.clock, step.level, step.audience, step.way, None, when, is_passed=was)
