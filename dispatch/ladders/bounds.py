"""Between which instants the clocks lie that reach a step of a ladder in a stretch of time: what an index can answer."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from dispatch.cases import deadlines
from dispatch.cases.deadlines import HANDLE, MAKE_SAFE, STAGE_LIMITS
from dispatch.cases.states import Stage
from dispatch.catalogue.calendar import CITY, calendar_for, calendars, units_have_calendars
from dispatch.catalogue.limits import limits_by_rule
from dispatch.catalogue.model import Severity
from dispatch.catalogue.reference import catalogue
from dispatch.departments.reference import departments
from dispatch.kit.worktime import Calendar, Limit, Unit, due_at, latest_start
from dispatch.ladders.model import BeyondUnit, Clock, Light
from dispatch.ladders.reference import StepFacts

STAGE_OF: Final = {name: stage for stage, name in STAGE_LIMITS.items()}
#: Before everything, as PostgreSQL writes it.
_EVER: Final = "-infinity"


@dataclass(frozen=True)
class Bounds:
    """The clocks of a step whose instant lies after `above` and not after `upto`.

    The instant is the yellow light's (`handle`, yellow), the start's (`make_safe`), else the due time.
    `limit` and `severity`: only of clocks with this limit, or with none of their own in this haste;
    `calendar`: only of units that work by it.
    """

    step: StepFacts
    above: datetime | None
    upto: datetime
    limit: Limit | None = None
    severity: str | None = None
    calendar: str | None = None

    def row(self) -> dict[str, Any]:
        """As the statement takes it."""
        step = self.step
        return {
            "step": step.id,
            "ladder": step.ladder,
            "clock": step.clock,
            "level": step.level,
            "light": step.light,
            "audience": step.audience,
            "way": step.way,
            "stage": STAGE_OF.get(step.clock, Stage.DISPATCHED),
            "above": self.above.isoformat() if self.above else _EVER,
            "upto": self.upto.isoformat(),
            "limit_value": float(self.limit.value) if self.limit else None,
            "limit_unit": self.limit.unit if self.limit else None,
            "severity": self.severity,
            "calendar": self.calendar,
        }


@dataclass(frozen=True)
class Stretch:
    """From after `since` (None: from ever) until `until`."""

    since: datetime | None
    until: datetime

    def before(self, more: Limit | None, days: Calendar) -> tuple[datetime | None, datetime] | None:
        """The instants from which so much has passed in the stretch."""
        if more is None:
            return self.since, self.until
        upto = latest_start(self.until, more, days)
        above = None if self.since is None else latest_start(self.since, more, days)
        if upto is None or (above is not None and above >= upto):
            return None
        return above, upto

    def after(self, left: Limit, days: Calendar) -> tuple[datetime | None, datetime]:
        """The instants before which no more than so much is left in the stretch."""
        above = None if self.since is None else due_at(self.since, left, days)
        return above, due_at(self.until, left, days)


def bounds_of(
    session: Session, step: StepFacts, stretch: Stretch, *, limits: Iterable[Limit]
) -> Iterator[Bounds]:
    """What the clocks are that reach a step in a stretch; `limits`: those that cases may have."""
    if step.clock is Clock.HANDLE:
        yield from _of_handling(session, step, stretch, limits)
    elif step.clock is Clock.MAKE_SAFE:
        yield from _of_making_safe(session, step, stretch)
    else:
        yield from _of_stage(session, step, stretch)


def known_limits(session: Session, *others: Limit) -> set[Limit]:
    """The handling limits that filing conditions and rules give now, and others that cases have still."""
    conditions = {
        (each.limit_value, each.limit_unit) for each in catalogue(session).conditions.values()
    }
    rules = {(each.limit_value, each.limit_unit) for each in limits_by_rule(session)}
    return {Limit(value, Unit(unit)) for value, unit in conditions | rules} | set(others)


def own_calendars(session: Session) -> dict[str, str]:
    """The calendar of each unit that does not work by the city's, by the unit's id."""
    if not units_have_calendars(session):
        return {}
    found = {each: calendar_for(session, each).code for each in departments(session)}
    return {str(unit): code for unit, code in found.items() if code != CITY}


def _more(step: StepFacts, limit: Limit | None) -> Limit | None:
    """How much later than its light a step comes."""
    if step.beyond == 0:
        return None
    if step.beyond_unit is not BeyondUnit.PERCENT:
        return Limit(step.beyond, Unit(step.beyond_unit))
    return None if limit is None else Limit(float(limit.value) * step.beyond / 100, limit.unit)


def _worked_by(session: Session, more: Limit | None) -> Iterator[tuple[str | None, Calendar]]:
    """The calendars by which it makes a difference when so much has passed."""
    known = calendars(session)
    if more is None or not more.unit.is_worked or not units_have_calendars(session):
        yield None, known[CITY].days
        return
    for each in known.values():
        if each.code == CITY or each.department_id is not None:
            yield each.code, each.days


def _of_handling(
    session: Session, step: StepFacts, stretch: Stretch, limits: Iterable[Limit]
) -> Iterator[Bounds]:
    kinds: list[tuple[Limit | None, str | None]] = [(None, None)]
    if step.beyond and step.beyond_unit is BeyondUnit.PERCENT:
        hastes = ((severity, _limit(session, HANDLE, severity)) for severity in Severity)
        kinds = [(each, None) for each in limits]
        kinds += [(limit, severity) for severity, limit in hastes if limit is not None]
    for limit, severity in kinds:
        more = _more(step, limit)
        for code, days in _worked_by(session, more):
            span = stretch.before(more, days)
            if span is not None:
                own = None if severity is not None else limit
                yield Bounds(step, *span, own, severity, code)


def _of_stage(session: Session, step: StepFacts, stretch: Stretch) -> Iterator[Bounds]:
    share = deadlines.yellow_share(session)
    for severity in Severity:
        limit = _limit(session, step.clock, severity)
        if limit is None:
            continue
        left = Limit(float(limit.value) * (1 - share), limit.unit)
        more = _more(step, limit)
        by = _worked_by(session, left if step.light is Light.YELLOW else more)
        for code, days in by:
            is_units = step.clock is Clock.ACKNOWLEDGE
            if code not in (None, CITY) and not is_units:
                continue
            yellow = step.light is Light.YELLOW and left.value > 0
            span = stretch.after(left, days) if yellow else stretch.before(more, days)
            if span is not None:
                yield Bounds(step, *span, None, severity, code if is_units else None)


def _of_making_safe(session: Session, step: StepFacts, stretch: Stretch) -> Iterator[Bounds]:
    share = deadlines.yellow_share(session)
    for severity in Severity:
        limit = _limit(session, MAKE_SAFE, severity)
        if limit is None:
            continue
        used = length_of(limit) * (share if step.light is Light.YELLOW else 1.0)
        more = _more(step, limit)
        used += length_of(more) if more else timedelta()
        above = None if stretch.since is None else stretch.since - used
        yield Bounds(step, above, stretch.until - used, None, severity)


def _limit(session: Session, name: str, severity: Severity) -> Limit | None:
    return deadlines.stage_limit(session, name, severity)


_LENGTHS: Final = {
    Unit.MINUTE: timedelta(minutes=1),
    Unit.HOUR: timedelta(hours=1),
    Unit.DAY: timedelta(days=1),
}


def length_of(limit: Limit) -> timedelta:
    """How long a limit is that runs on; the editor lets no other be set for making safe."""
    return float(limit.value) * _LENGTHS[limit.unit]
