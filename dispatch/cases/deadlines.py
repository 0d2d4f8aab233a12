"""When a case is due: the stage's own limit, the handling limit and its clock, and the light."""

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.cases.model import Case, CaseHistory
from dispatch.cases.states import FINAL, Stage
from dispatch.catalogue.calendar import CITY, calendar_named
from dispatch.catalogue.reference import catalogue, city_setting
from dispatch.kit.worktime import Calendar, Limit, Unit, due_at, elapsed

#: The name under which the limit of a stage stands in `stage_limits`.
STAGE_LIMITS = {
    Stage.REPORTED: "accept",
    Stage.VERIFYING: "verify",
    Stage.ACCEPTED: "file",
    Stage.FILED: "dispatch",
    Stage.HANDLED: "check",
    Stage.CHECKED: "close",
}
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


def leave_stage(session: Session, case: Case, *, to: Stage, at: datetime) -> None:
    """Move to another stage: its own limit begins, and the handling clock starts, pauses or stops."""
    origin = Stage(case.stage)
    case.stage, case.stage_since, case.stage_overdue_at = to, at, None
    case.stage_due_at = _stage_due(session, case, origin=origin, to=to, at=at)
    if to is Stage.DISPATCHED:
        _run(session, case, at=at)
    elif case.clock_started_at is not None and case.clock_stopped_at is None:
        if to in _PAUSES and case.remaining_s is None:
            _pause(session, case, why=_PAUSES[to], at=at)
        elif to in _STOPPED:
            _stop(session, case, at=at)


def accept_due(session: Session, severity: str, *, at: datetime) -> datetime | None:
    """When a case reported at `at` must have been accepted; None where the city sets no limit."""
    return _limit_ends(session, STAGE_LIMITS[Stage.REPORTED], severity, start=at)


def _stage_due(
    session: Session, case: Case, *, origin: Stage, to: Stage, at: datetime
) -> datetime | None:
    name, start = STAGE_LIMITS.get(to), at
    if name is None:
        return None
    if to is Stage.REPORTED and origin is Stage.VERIFYING:
        # verification paused the clock of acceptance: what was used before counts
        start = at - _time_in(session, case, Stage.REPORTED)
    return _limit_ends(session, name, case.severity, start=start)


def _limit_ends(session: Session, name: str, severity: str, *, start: datetime) -> datetime | None:
    limit = catalogue(session).stage_limit(name, severity)
    if limit is None:
        return None
    return due_at(start, Limit(limit[0], Unit(limit[1])), calendar(session))


def _time_in(session: Session, case: Case, stage: Stage) -> timedelta:
    """How long the case has been in a stage before now, over all its visits."""
    rows = session.execute(
        select(CaseHistory.at, CaseHistory.to_stage)
        .where(CaseHistory.case_id == case.id)
        .order_by(CaseHistory.version)
    )
    total, entered = timedelta(), None
    for at, now_in in rows:
        if entered is not None and now_in != stage:
            total += at - entered
            entered = None
        elif entered is None and now_in == stage:
            entered = at
    return total


def handling_limit(session: Session, case: Case) -> Limit | None:
    """The limit of the filing condition; without one, the city's for the severity."""
    if case.limit_value is not None and case.limit_unit is not None:
        return Limit(case.limit_value, Unit(case.limit_unit))
    found = catalogue(session).stage_limit("handle", case.severity)
    return Limit(found[0], Unit(found[1])) if found else None


def _unit(session: Session, case: Case) -> Unit:
    limit = handling_limit(session, case)
    return limit.unit if limit else Unit.HOUR


def _run(session: Session, case: Case, *, at: datetime) -> None:
    """Start the clock, or let it go on where it stood."""
    if case.clock_started_at is None:
        limit = handling_limit(session, case)
        case.clock_started_at = at
        if limit is not None:
            share = city_setting(session, "yellow_share", 0.8)
            case.due_at = due_at(at, limit, calendar(session))
            case.warn_at = due_at(at, Limit(limit.value * share, limit.unit), calendar(session))
        return
    if case.clock_stopped_at is not None:
        # the unit had reported done: the time until it has the case again is not its own
        case.pauses = [*case.pauses, [_text(case.clock_stopped_at), _text(at), "check"]]
    elif case.pauses and case.pauses[-1][1] is None:
        case.pauses = [*case.pauses[:-1], [case.pauses[-1][0], _text(at), case.pauses[-1][2]]]
    case.clock_stopped_at = None
    _thaw(session, case, at=at)


def _pause(session: Session, case: Case, *, why: str, at: datetime) -> None:
    _freeze(session, case, at=at)
    case.pauses = [*case.pauses, [_text(at), None, why]]


def _stop(session: Session, case: Case, *, at: datetime) -> None:
    case.clock_stopped_at = at
    if case.remaining_s is None:
        _freeze(session, case, at=at, keep=True)


def _freeze(session: Session, case: Case, *, at: datetime, keep: bool = False) -> None:
    """Note how much of the limit is left, in seconds of the limit's own time.

    An overdue case has none left and stays overdue: its due time is a fact that no pause moves.
    """
    unit, days = _unit(session, case), calendar(session)
    case.remaining_s = case.warn_remaining_s = 0.0
    if case.due_at is not None and at < case.due_at:
        case.remaining_s = elapsed(at, case.due_at, days, unit).total_seconds()
        if case.warn_at is not None:
            case.warn_remaining_s = elapsed(at, case.warn_at, days, unit).total_seconds()
        if not keep:
            case.due_at = case.warn_at = None


def _thaw(session: Session, case: Case, *, at: datetime) -> None:
    """The clock goes on: what was left counts from now."""
    unit, days = _unit(session, case), calendar(session)
    if case.remaining_s:
        case.due_at = due_at(at, _seconds(case.remaining_s, unit), days)
        if case.warned_at is None:
            case.warn_at = due_at(at, _seconds(case.warn_remaining_s or 0.0, unit), days)
        else:
            case.warn_at = case.warned_at
    case.remaining_s = case.warn_remaining_s = None


def _seconds(seconds: float, unit: Unit) -> Limit:
    """So many seconds of a unit's own time."""
    if unit.is_worked:
        return Limit(seconds / 3600, Unit.WORK_HOUR)
    return Limit(seconds / 60, Unit.MINUTE)


def extend(session: Session, case: Case, *, until: datetime, at: datetime) -> None:
    """A granted extension: a new due time, with its warning at the same share of what is left."""
    share = city_setting(session, "yellow_share", 0.8)
    case.due_at = until
    case.warn_at = at + (until - at) * share
    case.warned_at = None


def _text(at: datetime) -> str:
    return at.isoformat()
