"""Why a case is due when it is: the limit and where it comes from, when its clock ran, what paused it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from dispatch.cases.deadlines import STAGE_LIMITS, handling_limit
from dispatch.cases.model import Case
from dispatch.cases.states import Stage
from dispatch.catalogue.reference import catalogue
from dispatch.kit.worktime import Limit
from dispatch.web.parts import labels

Pair = tuple[str, str]
#: Why the clock stood still.
PAUSES: Final[dict[str, Pair]] = {
    "suspension": ("挂账", "suspended"),
    "return": ("回退后待派遣", "given back, not yet dispatched anew"),
    "check": ("处理完毕后待核查", "reported done, not yet checked"),
}


@dataclass(frozen=True)
class Pause:
    """A time that does not count; `until` None: it lasts."""

    since: datetime
    until: datetime | None
    why: Pair


@dataclass(frozen=True)
class Clock:
    """How the handling limit of a case came to its due time."""

    limit: Pair | None
    source: Pair
    started_at: datetime | None
    stopped_at: datetime | None
    due_at: datetime | None
    pauses: tuple[Pause, ...]
    remaining: timedelta | None
    extended: int
    stage_limit: Pair | None
    stage_since: datetime
    stage_due_at: datetime | None


def _words(value: float, unit: str) -> Pair:
    zh, en = labels.word(labels.UNITS, unit)
    number = f"{value:g}"
    return (f"{number} {zh}", f"{number} {en}")


def _limit(limit: Limit | None) -> Pair | None:
    return _words(float(limit.value), limit.unit) if limit else None


def _stage_limit(session: Session, case: Case) -> Pair | None:
    name = STAGE_LIMITS.get(Stage(case.stage))
    found = catalogue(session).stage_limit(name, case.severity) if name else None
    return _words(*found) if found else None


def _pause(row: list[str | None]) -> Pause:
    since, until, why = row
    return Pause(
        datetime.fromisoformat(str(since)),
        datetime.fromisoformat(until) if until else None,
        labels.word(PAUSES, why),
    )


def clock_of(session: Session, case: Case) -> Clock:
    """The whole reckoning, for a person to follow."""
    from_condition = case.limit_value is not None
    return Clock(
        limit=_limit(handling_limit(session, case)),
        source=(
            ("按立案条件", "by the filing condition")
            if from_condition
            else ("按缓急的一般时限", "the city's limit for this urgency")
        ),
        started_at=case.clock_started_at,
        stopped_at=case.clock_stopped_at,
        due_at=case.due_at,
        pauses=tuple(_pause(row) for row in case.pauses),
        remaining=None if case.remaining_s is None else timedelta(seconds=case.remaining_s),
        extended=case.extension_count,
        stage_limit=_stage_limit(session, case),
        stage_since=case.stage_since,
        stage_due_at=case.stage_due_at,
    )
