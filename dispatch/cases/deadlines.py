"""When a case is due: the stage's own limit, the handling limit and its clock, and the light."""

from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.cases.model import Case, CaseHistory
from dispatch.cases.reckoning import rest, seconds_of, warn_of
from dispatch.cases.states import FINAL, Stage
from dispatch.catalogue.calendar import CITY, calendar_for, calendar_named
from dispatch.catalogue.limits import (
    LimitRuleFacts,
    Subject,
    area_class_of,
    limit_rule,
    units_above,
)
from dispatch.catalogue.reference import catalogue, city_setting
from dispatch.jurisdiction.model import AreaKind
from dispatch.kit import clock, worktime
from dispatch.kit.worktime import Calendar, Limit, Unit, due_at

#: The name under which the limit of a stage stands in `stage_limits`.
STAGE_LIMITS = {
    Stage.REPORTED: "accept",
    Stage.VERIFYING: "verify",
    Stage.ACCEPTED: "file",
    Stage.FILED: "dispatch",
    Stage.DISPATCHED: "acknowledge",
    Stage.HANDLED: "check",
    Stage.CHECKED: "close",
}
#: The limit for making a hazard safe, and the one of handling where no condition gives any.
MAKE_SAFE: Final = "make_safe"
HANDLE: Final = "handle"
#: Those of 井杆线 whose hazards are made safe first, whoever owns them.
SAFE_FIRST: Final = frozenset({"manhole", "pole", "lamp", "line"})
#: What pauses a running handling clock (and why), what stops it for good.
_PAUSES = {Stage.SUSPENDED: "suspension", Stage.FILED: "return"}
PAUSED_IN = frozenset(_PAUSES)
_STOPPED = frozenset(
    {Stage.HANDLED, Stage.CHECKED, Stage.CLOSED, Stage.VOIDED, Stage.REJECTED, Stage.DUPLICATE}
)


class Light(StrEnum):
    """How the handling limit stands: in time, 80 % used, overdue, paused, done, or not running yet."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    PAUSED = "paused"
    DONE = "done"
    NONE = "none"


def light_of(case: Case, *, at: datetime) -> Light:
    """The light of a case at an instant."""
    if case.stage in FINAL:
        return Light.DONE
    if case.clock_started_at is None:
        return Light.NONE
    if case.remaining_s is not None and case.stage in PAUSED_IN:
        return Light.PAUSED
    until = case.clock_stopped_at or at
    if case.due_at is not None and until >= case.due_at:
        return Light.RED
    if case.warn_at is not None and until >= case.warn_at:
        return Light.YELLOW
    return Light.GREEN


def calendar(session: Session) -> Calendar:
    """The working calendar of the city."""
    return calendar_named(session, CITY)


def calendar_of(session: Session, department_id: int | None) -> Calendar:
    """The working calendar of a unit, the city's where it has none."""
    return calendar_for(session, department_id).days


def yellow_share(session: Session) -> float:
    """The share of a limit after which the light is yellow."""
    return float(city_setting(session, "yellow_share", 0.8))


def leave_stage(
    session: Session, case: Case, *, to: Stage, at: datetime, held_by: int | None
) -> None:
    """Move to another stage: its own limit begins, and the handling clock starts, pauses or stops.

    `held_by` is the unit that has had the case until now, whose time it was.
    """
    origin = Stage(case.stage)
    case.stage, case.stage_since = to, at
    case.stage_warned_at = case.stage_overdue_at = None
    case.stage_due_at = _stage_due(session, case, origin=origin, to=to, at=at)
    if to is Stage.DISPATCHED:
        _run(session, case, at=at)
    elif case.clock_started_at is not None and case.clock_stopped_at is None:
        if to in _PAUSES and case.remaining_s is None:
            _freeze(session, case, at=at, held_by=held_by)
            case.pauses = [*case.pauses, [_text(at), None, _PAUSES[to]]]
        elif to in _STOPPED:
            case.clock_stopped_at = at
            if case.remaining_s is None:
                _freeze(session, case, at=at, held_by=held_by, keep=True)


def acknowledged(case: Case, *, at: datetime) -> datetime | None:
    """The unit has seen the case; by when it should have, where that is later than it may."""
    if case.acknowledged_at is not None:
        return None
    limit, case.stage_due_at = case.stage_due_at, None
    case.acknowledged_at = at
    return limit if limit is not None and at > limit else None


def accept_due(session: Session, severity: str, *, at: datetime) -> datetime | None:
    """When a case reported at `at` must have been accepted; None where the city sets no limit."""
    limit = stage_limit(session, STAGE_LIMITS[Stage.REPORTED], severity)
    return None if limit is None else due_at(at, limit, calendar(session))


def stage_limit(session: Session, name: str, severity: str) -> Limit | None:
    """The limit of this name for a severity, where the city sets one."""
    found = catalogue(session).stage_limit(name, severity)
    return Limit(found[0], Unit(found[1])) if found else None


def stage_calendar(session: Session, case: Case) -> Calendar:
    """By whose working time the present stage is counted: the unit's while it has the case."""
    return calendar_of(session, case.department_id if case.stage == Stage.DISPATCHED else None)


def _stage_due(
    session: Session, case: Case, *, origin: Stage, to: Stage, at: datetime
) -> datetime | None:
    name = STAGE_LIMITS.get(to)
    limit = stage_limit(session, name, case.severity) if name else None
    if limit is None or (to is Stage.DISPATCHED and case.acknowledged_at is not None):
        return None
    days = stage_calendar(session, case)
    if to is Stage.REPORTED and origin is Stage.VERIFYING:
        # verification paused the clock of acceptance: what was used before counts
        began = _clock_in(session, case, Stage.REPORTED, at=at)
        return worktime.due(began, limit, days)
    return due_at(at, limit, days)


def stage_due_of(session: Session, case: Case, limit: Limit | None) -> datetime | None:
    """When the present stage would be due by this limit, from when it began (verification paused acceptance)."""
    if limit is None or (case.stage == Stage.DISPATCHED and case.acknowledged_at is not None):
        return None
    days = stage_calendar(session, case)
    if case.stage != Stage.REPORTED:
        return due_at(case.stage_since, limit, days)
    return worktime.due(_clock_in(session, case, Stage.REPORTED, at=case.stage_since), limit, days)


def _clock_in(session: Session, case: Case, stage: Stage, *, at: datetime) -> worktime.Clock:
    """The clock of a stage that is entered again at `at`: it stood still between the visits."""
    rows = session.execute(
        select(CaseHistory.at, CaseHistory.to_stage)
        .where(CaseHistory.case_id == case.id)
        .order_by(CaseHistory.version)
    )
    visits: list[list[datetime | None]] = []
    for when, now_in in rows:
        if now_in == stage and (not visits or visits[-1][1] is not None):
            visits.append([when, None])
        elif now_in != stage and visits and visits[-1][1] is None:
            visits[-1][1] = when
    starts = [each for each, _ in visits if each is not None]
    ends = [each for _, each in visits if each is not None]
    return worktime.Clock(
        starts[0] if starts else at, tuple(zip(ends, [*starts[1:], at], strict=False))
    )


def subject_of(session: Session, case: Case) -> Subject:
    """What the handling limit of a case is asked for."""
    return Subject(
        case.category_id,
        case.condition_id,
        case.severity,
        area_class_of(
            session,
            (
                ("unit_grid", case.grid_code),
                (AreaKind.WORKING_GRID, case.working_grid),
                (AreaKind.COMMUNITY, case.community_code),
                (AreaKind.STREET, case.street_code),
                (AreaKind.VIRTUAL_DISTRICT, case.virtual_district_code),
                (AreaKind.DISTRICT, case.district_code),
            ),
        ),
        units_above(session, case.department_id),
    )


def fit_limit(session: Session, case: Case, *, at: datetime) -> LimitRuleFacts | None:
    """Give the case the limit that its facts ask for now; the rule, if one departs from the condition.

    The rules are those of the day on which the clock started, so that no later edit reaches it; and
    what gave the limit before gives it still, however that row reads by now. Only a rule that is for
    open cases too reaches it later, as it reads.
    """
    rule = _rule_of(session, case, at=at)
    if rule is None and case.limit_rule_id is not None:
        condition = catalogue(session).conditions.get(case.condition_id or 0)
        case.limit_value = condition.limit_value if condition else None
        case.limit_unit = condition.limit_unit if condition else None
    elif rule is not None and (rule.id != case.limit_rule_id or rule.for_open):
        case.limit_value, case.limit_unit = rule.limit_value, rule.limit_unit
    case.limit_rule_id = rule.id if rule else None
    return rule


def fitted_limit(
    session: Session,
    case: Case,
    *,
    at: datetime,
    draft: LimitRuleFacts | None,
    without: int | None,
) -> Limit | None:
    """The limit that an open case would be given if a rule were in place of another; nothing is set."""
    rule = _rule_of(session, case, at=at, draft=draft, without=without)
    if rule is None and case.limit_rule_id is not None:
        condition = catalogue(session).conditions.get(case.condition_id or 0)
        if condition is None:
            return stage_limit(session, HANDLE, case.severity)
        return Limit(condition.limit_value, Unit(condition.limit_unit))
    if rule is not None and (rule.id != case.limit_rule_id or rule.for_open):
        return Limit(rule.limit_value, Unit(rule.limit_unit))
    return handling_limit(session, case)


def _rule_of(
    session: Session,
    case: Case,
    *,
    at: datetime,
    draft: LimitRuleFacts | None = None,
    without: int | None = None,
) -> LimitRuleFacts | None:
    return limit_rule(
        session,
        subject_of(session, case),
        on=clock.city_date(case.clock_started_at or at),
        until=clock.city_date(case.clock_stopped_at or at),
        draft=draft,
        without=without,
    )


def handling_limit(session: Session, case: Case) -> Limit | None:
    """The limit of the filing condition or its rule; without one, the city's for the severity."""
    if case.limit_value is not None and case.limit_unit is not None:
        return Limit(case.limit_value, Unit(case.limit_unit))
    return stage_limit(session, HANDLE, case.severity)


def is_hazard(case: Case) -> bool:
    """Whether it is made safe first, and its owner found later: a hazard of 井杆线."""
    return case.hazard and case.group in SAFE_FIRST


def make_safe_due(session: Session, case: Case) -> datetime | None:
    """By when a hazard of 井杆线 must be made safe; no pause moves it, for the danger does not pause."""
    if not is_hazard(case) or case.clock_started_at is None:
        return None
    limit = stage_limit(session, MAKE_SAFE, case.severity)
    if limit is None:
        return None
    return due_at(case.clock_started_at, limit, calendar_of(session, case.department_id))


def _unit(session: Session, case: Case) -> Unit:
    limit = handling_limit(session, case)
    return limit.unit if limit else Unit.HOUR


def _run(session: Session, case: Case, *, at: datetime) -> None:
    """Start the clock, or let it go on where it stood."""
    if case.clock_started_at is None:
        limit = handling_limit(session, case)
        case.clock_started_at = at
        if limit is not None:
            days, share = calendar_of(session, case.department_id), yellow_share(session)
            case.due_at = due_at(at, limit, days)
            case.warn_at = due_at(at, Limit(float(limit.value) * share, limit.unit), days)
        return
    if case.pauses and case.pauses[-1][1] is None:
        case.pauses = [*case.pauses[:-1], [case.pauses[-1][0], _text(at), case.pauses[-1][2]]]
    elif case.clock_stopped_at is not None:
        # the unit had reported done: the time until it has the case again is not its own
        case.pauses = [*case.pauses, [_text(case.clock_stopped_at), _text(at), "check"]]
    case.clock_stopped_at = None
    _thaw(session, case, at=at)


def _freeze(
    session: Session, case: Case, *, at: datetime, held_by: int | None, keep: bool = False
) -> None:
    """Note how much of the limit is left, in seconds of the limit's own time.

    An overdue case has none left and stays overdue: its due time is a fact that no pause moves.
    """
    unit, days = _unit(session, case), calendar_of(session, held_by)
    case.remaining_s = case.warn_remaining_s = 0.0
    if case.due_at is not None and at < case.due_at:
        case.remaining_s = rest(at, case.due_at, unit, days)
        if case.warn_at is not None:
            case.warn_remaining_s = rest(at, case.warn_at, unit, days)
        if not keep:
            case.due_at = case.warn_at = None


def _thaw(session: Session, case: Case, *, at: datetime) -> None:
    """The clock goes on: what was left counts from now, by the calendar of the unit that has the case."""
    unit, days = _unit(session, case), calendar_of(session, case.department_id)
    if case.remaining_s:
        case.due_at = due_at(at, seconds_of(case.remaining_s, unit), days)
        case.warn_at = case.warned_at or at
        if case.warned_at is None and case.warn_remaining_s:
            case.warn_at = due_at(at, seconds_of(case.warn_remaining_s, unit), days)
    case.remaining_s = case.warn_remaining_s = None


def extend(session: Session, case: Case, *, until: datetime, at: datetime) -> None:
    """A granted extension: a later due time, with its warning at the same share of what is left."""
    if case.due_at is not None and until <= case.due_at:
        return
    unit, days = _unit(session, case), calendar_of(session, case.department_id)
    case.due_at = until
    case.warn_at = warn_of(at, until, share=yellow_share(session), unit=unit, calendar=days)
    case.warned_at = None
    if case.overdue_at is not None and until > at:
        case.overdue_at = None


def _text(at: datetime) -> str:
    return at.isoformat()
