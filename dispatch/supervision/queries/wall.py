"""What the wall shows, worked out at once for everybody who looks: how today goes, and against which days."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from dispatch.cases.states import Stage
from dispatch.kit.clock import CITY_ZONE, city_date
from dispatch.supervision.queries.reckoning import PLAINLY
from dispatch.supervision.queries.tallies import STEPS, TIMES

#: What flows in a day, in the order of a case's life.
FLOW: Final = ("reported", "filed", "dispatched", "handled", "closed")
#: The days that today is compared with, and how many days ago each was.
AGO: Final[Mapping[str, int]] = {"yesterday": 1, "week": 7, "year": 364}
SLOT: Final = timedelta(minutes=10)
EVENTS: Final = 14
#: The stages whose times are told.
SPANS: Final = tuple(TIMES)


@dataclass(frozen=True)
class Flow:
    """One of the day's numbers: now, this hour, and up to the last full ten minutes on each day."""

    today: int
    hour: int
    until_slot: Mapping[str, int]


@dataclass(frozen=True)
class StageTime:
    """How long a stage took for those that left it on a day: median and nine in ten, in seconds.

    They are right to one in a hundred: times are kept in steps of two per cent.
    """

    cases: int
    median: float | None
    p90: float | None


@dataclass(frozen=True)
class InWork:
    """Cases in work that stand alike."""

    stage: str
    light: str
    district_code: str
    virtual_district_code: str
    department_id: int
    cases: int
    stage_late: int


@dataclass(frozen=True)
class Happened:
    """A deed as the wall tells it: no names of people, no words of theirs."""

    id: int
    at: datetime
    verb: str
    public_id: str
    category_id: int | None
    district_code: str | None
    street_code: str | None
    department_id: int | None
    light: str


@dataclass(frozen=True)
class Wall:
    """Everything at one moment. Hours are [today, yesterday] by hour of the day, channels by name."""

    at: datetime
    last_id: int
    flow: Mapping[str, Flow]
    channels: Mapping[str, tuple[int, int, int]]
    hours: Sequence[tuple[int, int]]
    in_work: Sequence[InWork]
    oldest: Mapping[str, datetime]
    times: Mapping[str, tuple[StageTime, StageTime]]
    events: Sequence[Happened]


def _slots_sql() -> str:
    sums = ", ".join(
        f"coalesce(sum({name}), 0)::bigint AS {name},"
        f" coalesce(sum({name}) FILTER (WHERE slot < begin + :slots), 0)::bigint AS {name}_slots,"
        f" coalesce(sum({name}) FILTER (WHERE slot < begin + :hours), 0)::bigint AS {name}_hours"
        for name in FLOW
    )
    return (
        f"SELECT ago, channel, hour, {sums} FROM (SELECT w.ago, w.begin, s.*,"  # noqa: S608 - ours
        " floor(extract(epoch FROM s.slot - w.begin) / 3600)::int AS hour"
        " FROM unnest(CAST(:ago AS int[]), CAST(:begins AS timestamptz[])) AS w(ago, begin)"
        " JOIN figure_slots s ON s.slot >= w.begin AND s.slot < w.begin + interval '1 day') s"
        " GROUP BY GROUPING SETS ((ago, channel), (ago, hour))"
    )


#: Each day that is shown or compared with, by channel and by hour: all of it, up to the last full ten
#: minutes of today, and up to this hour.
_SLOTS: Final = text(_slots_sql())
_NOW: Final = text(
    "SELECT stage, light, district_code, virtual_district_code, department_id, cases, stage_late"
    " FROM figure_now WHERE cases > 0"
)
_OLDEST: Final = text(
    "SELECT s.stage, min_at FROM unnest(CAST(:stages AS text[])) AS s(stage) CROSS JOIN LATERAL"
    " (SELECT min(created_at) AS min_at FROM cases c WHERE c.stage = s.stage) m"
    " WHERE min_at IS NOT NULL"
)
_WAITING: Final = (Stage.REPORTED, Stage.ACCEPTED, Stage.FILED, Stage.HANDLED, Stage.CHECKED)


_TIMES: Final = text(
    """
SELECT day, stage, max(whole)::bigint AS cases, min(step) FILTER (WHERE upto >= 0.5 * whole) AS median,
  min(step) FILTER (WHERE upto >= 0.9 * whole) AS p90
FROM (
  SELECT day, stage, step, sum(cases) OVER (PARTITION BY day, stage ORDER BY step) AS upto,
    sum(cases) OVER (PARTITION BY day, stage) AS whole
  FROM figure_times WHERE day = ANY (:days) AND cases > 0
) t GROUP BY day, stage
"""
)
_EVENTS: Final = text(
    """
SELECT h.id, h.at, h.verb, c.public_id, c.category_id, c.district_code, c.street_code,
  c.department_id, coalesce(f.light, 'none') AS light
FROM (SELECT id, at, verb, case_id FROM case_history ORDER BY id DESC LIMIT :most) h
JOIN cases c ON c.id = h.case_id LEFT JOIN figure_cases f ON f.case_id = h.case_id
ORDER BY h.id DESC
"""
)
_LAST_ID: Final = text(
    "SELECT coalesce("
    "pg_sequence_last_value(pg_get_serial_sequence('case_history', 'id')::regclass), 0)"
)


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), CITY_ZONE)


class _Slots:
    """What the ten minutes of today and of the days it is compared with come to."""

    def __init__(self, session: Session, *, at: datetime) -> None:
        today = _begin(city_date(at))
        ago = (0, *AGO.values())
        rows = session.execute(
            _SLOTS,
            {
                "ago": list(ago),
                "begins": [_begin(city_date(at) - timedelta(days=n)) for n in ago],
                "slots": (at - today) // SLOT * SLOT,
                "hours": (at - today) // timedelta(hours=1) * timedelta(hours=1),
            },
        ).all()
        self.by_channel = {(row.ago, row.channel): row for row in rows if row.channel is not None}
        self.by_hour = {(row.ago, row.hour): row.reported for row in rows if row.hour is not None}

    def total(self, name: str, ago: int) -> int:
        """A count of a day over all channels."""
        return sum(getattr(row, name) for (n, _), row in self.by_channel.items() if n == ago)

    def flow(self, name: str) -> Flow:
        """One of the day's numbers."""
        whole = self.total(name, 0)
        days = {"today": 0, **AGO}
        return Flow(
            whole,
            whole - self.total(f"{name}_hours", 0),
            {key: self.total(f"{name}_slots", n) for key, n in days.items()},
        )

    def channels(self) -> dict[str, tuple[int, int, int]]:
        """Of each channel: today, this hour, and yesterday until now."""
        found = {}
        for name in sorted({channel for n, channel in self.by_channel if n in (0, 1)}):
            now, then = (self.by_channel.get((n, name)) for n in (0, 1))
            found[name] = (
                now.reported if now else 0,
                now.reported - now.reported_hours if now else 0,
                then.reported_slots if then else 0,
            )
        return found

    def hours(self) -> list[tuple[int, int]]:
        """Reports of today and of yesterday, by the hour."""
        return [(self.by_hour.get((0, n), 0), self.by_hour.get((1, n), 0)) for n in range(24)]


def _seconds(step: int) -> float:
    """The middle of a step of times."""
    return math.exp((step + 0.5) / STEPS) - 1


def _stage_times(
    session: Session, days: tuple[date, date]
) -> dict[str, tuple[StageTime, StageTime]]:
    found = {
        (row.day, row.stage): StageTime(row.cases, _seconds(row.median), _seconds(row.p90))
        for row in session.execute(_TIMES, {"days": list(days)})
    }
    none = StageTime(0, None, None)
    return {
        name: (found.get((days[0], name), none), found.get((days[1], name), none)) for name in SPANS
    }


def last_id(session: Session) -> int:
    """The number of the last deed that anybody has begun: as long as it stays, nothing has happened."""
    return session.scalar(_LAST_ID) or 0


def wall(session: Session, *, at: datetime) -> Wall:
    """The state of the city at `at`, from the rollups as they are; refresh them first."""
    session.execute(PLAINLY)
    seen, day = last_id(session), city_date(at)
    slots = _Slots(session, at=at)
    return Wall(
        at=at,
        last_id=seen,
        flow={name: slots.flow(name) for name in FLOW},
        channels=slots.channels(),
        hours=slots.hours(),
        in_work=[InWork(*row) for row in session.execute(_NOW)],
        oldest=dict(session.execute(_OLDEST, {"stages": list(_WAITING)}).all()),
        times=_stage_times(session, (day, day - timedelta(days=1))),
        events=[Happened(*row) for row in session.execute(_EVENTS, {"most": EVENTS})],
    )


def late_by(rows: Sequence[InWork], name: str) -> list[tuple[Any, int, int]]:
    """By a column: its value, the overdue and all cases in work, the most overdue first."""
    found: dict[Any, list[int]] = defaultdict(lambda: [0, 0])
    for row in rows:
        key = getattr(row, name)
        found[key][0] += row.cases if row.light == "red" else 0
        found[key][1] += row.cases
    return sorted(
        ((key, late, cases) for key, (late, cases) in found.items() if key),
        key=lambda each: (-each[1], -each[2]),
    )
