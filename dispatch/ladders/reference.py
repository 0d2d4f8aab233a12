"""The steps of the ladders as a process holds them in memory, at their present version."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.kit.reference import Cached
from dispatch.kit.worktime import Calendar, Limit, Unit, due_at
from dispatch.ladders.model import BeyondUnit, Clock, Ladder, LadderStep, Light
from dispatch.notices.events import Audience, Way
from dispatch.notices.reference import ChannelFacts

#: What makes two steps the same, however else they were edited.
StepKey = tuple[str, str, int, str, str]


@dataclass(frozen=True)
class StepFacts:
    """A step in use."""

    id: int
    ladder: Ladder
    clock: Clock
    level: int
    light: Light
    beyond: int
    beyond_unit: BeyondUnit
    audience: Audience
    way: Way
    repeat_minutes: int | None
    quiet_from: time | None
    quiet_until: time | None
    counts_from: datetime | None = None

    @property
    def key(self) -> StepKey:
        """What it is known by."""
        return self.ladder, self.clock, self.level, self.audience, self.way

    def reached_at(
        self, *, warn_at: datetime | None, due: datetime | None, limit: Limit | None, days: Calendar
    ) -> datetime | None:
        """When it is to be taken, by the lights of its clock; None where that is not known."""
        start = warn_at if self.light is Light.YELLOW else due
        if start is None or self.beyond == 0:
            return start
        if self.beyond_unit is BeyondUnit.PERCENT:
            if limit is None:
                return None
            more = Limit(float(limit.value) * self.beyond / 100, limit.unit)
            return due_at(start, more, days)
        return due_at(start, Limit(self.beyond, Unit(self.beyond_unit)), days)

    def after_quiet(self, at: datetime) -> datetime:
        """The instant itself, or the end of its quiet hours; a hazard has none."""
        if self.ladder is Ladder.HAZARD:
            return at
        hours = ChannelFacts(self.way, quiet_from=self.quiet_from, quiet_until=self.quiet_until)
        return hours.after_quiet(at)

    def again_at(self, at: datetime) -> datetime | None:
        """When it is told again if nobody answers for it."""
        return None if self.repeat_minutes is None else at + timedelta(minutes=self.repeat_minutes)


@dataclass(frozen=True)
class Ladders:
    """Every step in use, by ladder and clock in the order of its levels."""

    by_clock: dict[tuple[Ladder, Clock], tuple[StepFacts, ...]]
    by_key: dict[StepKey, StepFacts]
    by_id: dict[int, StepFacts]

    def steps(self, ladder: Ladder, clock: Clock) -> Sequence[StepFacts]:
        """The steps of a ladder on a clock."""
        return self.by_clock.get((ladder, clock), ())


def _load(session: Session) -> Ladders:
    found: dict[tuple[Ladder, Clock], list[StepFacts]] = defaultdict(list)
    rows = select(LadderStep).where(LadderStep.active).order_by(LadderStep.level, LadderStep.id)
    for row in session.scalars(rows):
        step = StepFacts(
            row.id,
            Ladder(row.ladder),
            Clock(row.clock),
            row.level,
            Light(row.light),
            row.beyond,
            BeyondUnit(row.beyond_unit),
            Audience(row.audience),
            Way(row.way),
            row.repeat_minutes,
            row.quiet_from,
            row.quiet_until,
            row.counts_from,
        )
        found[step.ladder, step.clock].append(step)
    every = [step for steps in found.values() for step in steps]
    return Ladders(
        {key: tuple(steps) for key, steps in found.items()},
        {step.key: step for step in every},
        {step.id: step for step in every},
    )


_held = Cached("ladders", _load)


def ladders(session: Session) -> Ladders:
    """The steps now."""
    return _held.get(session)
