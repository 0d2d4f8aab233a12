"""The dry run of limits and calendars: which open cases would be due at another time, before anything takes effect."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median
from typing import Final

from sqlalchemy import ColumnElement, func, literal_column, select
from sqlalchemy.orm import Session, load_only
from sqlalchemy.sql.elements import TextClause

from dispatch.cases.deadlines import (
    HANDLE,
    PAUSED_IN,
    STAGE_LIMITS,
    fitted_limit,
    stage_due_of,
)
from dispatch.cases.indexes import IS_OPEN
from dispatch.cases.model import Case
from dispatch.cases.queries.clocks import Kept, holder_at, kept_of, reckoned
from dispatch.cases.states import Stage
from dispatch.catalogue.calendar import CITY, Calendars, calendars_held
from dispatch.catalogue.limits import LimitRuleFacts
from dispatch.departments.reference import department_name, departments
from dispatch.kit.worktime import Calendar, Limit, Unit

#: So many cases are counted at most, evenly spread over all; of more the rest is estimated.
MOST_COUNTED: Final = 3000
#: So many are named.
MOST_NAMED: Final = 50
#: Times that lie closer together are the same.
SAME: Final = timedelta(seconds=1)
_NEEDED: Final = load_only(
    Case.public_id,
    Case.stage,
    Case.stage_since,
    Case.stage_due_at,
    Case.severity,
    Case.category_id,
    Case.condition_id,
    Case.department_id,
    Case.grid_code,
    Case.working_grid,
    Case.community_code,
    Case.street_code,
    Case.virtual_district_code,
    Case.district_code,
    Case.limit_value,
    Case.limit_unit,
    Case.limit_rule_id,
    Case.clock_started_at,
    Case.clock_stopped_at,
    Case.pauses,
    Case.extension_count,
    Case.created_at,
    Case.acknowledged_at,
    raiseload=True,
)
Which = ColumnElement[bool] | TextClause
#: The due time of a case as it is counted now, and as it would be; None where there is none.
Times = tuple[datetime | None, datetime | None]


@dataclass(frozen=True)
class Shift:
    """A case that would be due at another time, and what that makes of it."""

    public_id: str
    department: str
    before: datetime | None
    after: datetime | None
    turns_red: bool
    turns_green: bool

    @property
    def by(self) -> timedelta:
        """How much later (earlier: less than nothing)."""
        if self.before is None or self.after is None:
            return timedelta()
        return self.after - self.before


@dataclass(frozen=True)
class Rehearsal:
    """What would become of open cases. `looked_at` of `among` were counted; other numbers are of those.

    `of_all` says a number of all of them, as a share where not all were counted.
    """

    among: int
    looked_at: int
    shifts: Sequence[Shift]
    named: Sequence[Shift] = field(init=False)

    def __post_init__(self) -> None:
        ordered = sorted(self.shifts, key=_weight)
        object.__setattr__(self, "named", ordered[:MOST_NAMED])

    @property
    def is_estimate(self) -> bool:
        """Whether only some of the cases were counted."""
        return self.looked_at < self.among

    def of_all(self, counted: int) -> int:
        """How many that is among all."""
        return round(counted * self.among / self.looked_at) if self.looked_at else 0

    @property
    def moved(self) -> int:
        """How many would be due at another time."""
        return self.of_all(len(self.shifts))

    @property
    def earlier(self) -> int:
        """How many of these would be due sooner."""
        return self.of_all(sum(each.by < timedelta() for each in self.shifts))

    @property
    def later(self) -> int:
        """How many of these would be due later."""
        return self.moved - self.earlier

    @property
    def turn_red(self) -> int:
        """How many would be overdue that are not."""
        return self.of_all(sum(each.turns_red for each in self.shifts))

    @property
    def turn_green(self) -> int:
        """How many would not be overdue any more."""
        return self.of_all(sum(each.turns_green for each in self.shifts))

    @property
    def usual(self) -> timedelta:
        """By how much half of them would move at least, one way or the other."""
        sizes = [abs(each.by) for each in self.shifts]
        return timedelta(seconds=median(each.total_seconds() for each in sizes)) if sizes else SAME

    @property
    def longest(self) -> timedelta:
        """By how much the one that moves most would."""
        return max((abs(each.by) for each in self.shifts), default=timedelta())


def _weight(shift: Shift) -> tuple[bool, bool, timedelta]:
    """First those whose light changes, then those that move most."""
    return not shift.turns_red, not shift.turns_green, -abs(shift.by)


def _rehearse(
    session: Session,
    which: Iterable[Which],
    times: Callable[[Case, Kept], Times],
    *,
    at: datetime,
) -> Rehearsal:
    where = (IS_OPEN, *which)
    among = session.scalar(select(func.count()).select_from(Case).where(*where)) or 0
    every = -(-among // MOST_COUNTED)
    asked = select(Case).where(*where).options(_NEEDED).limit(MOST_COUNTED)
    if every > 1:
        asked = asked.where(Case.id % every == 0)
    with session.no_autoflush:
        cases = session.scalars(asked).all()
        kept = kept_of(session, cases)
        shifts = [
            _shift(session, case, before, after, at=at)
            for case in cases
            for before, after in (times(case, kept),)
            if _differ(before, after)
        ]
    return Rehearsal(among, len(cases), shifts)


def _differ(before: datetime | None, after: datetime | None) -> bool:
    if before is None or after is None:
        return before is not after
    return abs(after - before) >= SAME


def _shift(
    session: Session, case: Case, before: datetime | None, after: datetime | None, *, at: datetime
) -> Shift:
    until = case.clock_stopped_at or at
    stands = case.stage in PAUSED_IN
    was = before is not None and before <= until
    will = after is not None and after <= until and not stands
    return Shift(
        case.public_id,
        department_name(session, case.department_id) or "",
        before,
        after,
        turns_red=will and not was,
        turns_green=was and not will and not stands,
    )


# --- limits by rule -------------------------------------------------------------------------------


def try_rule(
    session: Session,
    draft: LimitRuleFacts | None,
    *,
    replaces: LimitRuleFacts | None,
    at: datetime,
) -> Rehearsal:
    """What would move if this rule held (None: were taken away) and open cases were counted by it."""
    rules = [each for each in (draft, replaces) if each is not None]
    categories = {each.category_id for each in rules}

    def times(case: Case, kept: Kept) -> Times:
        without = replaces.id if replaces else None
        limit = fitted_limit(session, case, at=at, draft=draft, without=without)
        return _due(session, case, kept), _due(session, case, kept, limit=limit)

    started = Case.clock_started_at.is_not(None)
    return _rehearse(session, (Case.category_id.in_(categories), started), times, at=at)


def _due(
    session: Session, case: Case, kept: Kept, *, limit: Limit | None = None
) -> datetime | None:
    found = reckoned(session, case, kept, limit=limit)
    return None if found is None else found.due


# --- limits of stages -----------------------------------------------------------------------------


def try_stage_limit(
    session: Session, name: str, severity: str, limit: Limit, *, at: datetime
) -> Rehearsal:
    """What would move if a stage had this limit and the cases that are in it were counted by it."""
    haste = Case.severity == severity
    if name == HANDLE:
        none_own = (haste, Case.limit_value.is_(None), Case.clock_started_at.is_not(None))
        return _rehearse(
            session,
            none_own,
            lambda case, kept: (_due(session, case, kept), _due(session, case, kept, limit=limit)),
            at=at,
        )
    stage = next((each for each, called in STAGE_LIMITS.items() if called == name), None)
    if stage is None:
        return Rehearsal(0, 0, ())
    which = [haste, literal_column("stage") == stage.value]
    if stage is Stage.DISPATCHED:
        which.append(Case.acknowledged_at.is_(None))
    return _rehearse(
        session,
        which,
        lambda case, _: (case.stage_due_at, stage_due_of(session, case, limit)),
        at=at,
    )


# --- calendars ------------------------------------------------------------------------------------


def try_calendars(session: Session, draft: Calendars, *, at: datetime) -> Rehearsal:
    """What would move if the calendars were these; every change of a calendar reaches open cases."""
    now = calendars_held(session)

    def by(held: Calendars, case: Case, kept: Kept) -> Callable[[datetime], Calendar]:
        holders = kept.holders.get(case.id, ())
        return lambda moment: held.of_unit(session, holder_at(case, holders, moment)).days

    def times(case: Case, kept: Kept) -> Times:
        before, after = (
            reckoned(session, case, kept, calendar_at=by(held, case, kept)) for held in (now, draft)
        )
        return before.due if before else None, after.due if after else None

    return _rehearse(session, _counted_by(session, now, draft), times, at=at)


def _counted_by(session: Session, now: Calendars, draft: Calendars) -> list[Which]:
    """The cases whose limit is in working time and whose unit would work at other times."""
    worked = Case.limit_unit.in_([each.value for each in Unit if each.is_worked])
    which: list[Which] = [
        Case.clock_started_at.is_not(None),
        worked | Case.limit_unit.is_(None),
    ]
    if now.by_code[CITY].days == draft.by_code[CITY].days:
        units = [
            each
            for each in departments(session)
            if now.of_unit(session, each).days != draft.of_unit(session, each).days
        ]
        which.append(Case.department_id.in_(units) | (Case.return_count > 0))
    return which
