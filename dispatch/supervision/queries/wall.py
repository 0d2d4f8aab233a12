"""What the wall shows, worked out at once for everybody who looks: how today goes, and against which days."""

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

#: What flows in a day, in the order of a case's life.
FLOW: Final = ("reported", "filed", "dispatched", "handled", "closed")
#: The days that today is compared with, and how many days ago each was.
AGO: Final[Mapping[str, int]] = {"yesterday": 1, "week": 7, "year": 364}
SLOT: Final = timedelta(minutes=10)
EVENTS: Final = 14
#: The stages whose times are told, from which moment to which.
SPANS: Final[Mapping[str, tuple[str, str]]] = {
    "accept": ("reported_at", "accepted_at"),
    "file": ("accepted_at", "filed_at"),
    "dispatch": ("filed_at", "dispatched_at"),
    "handle": ("dispatched_at", "handled_at"),
    "check": ("handled_at", "checked_at"),
    "close": ("checked_at", "closed_at"),
}


@dataclass(frozen=True)
class Flow:
    """One of the day's numbers: now, this hour, and up to the last full ten minutes on each day."""

    today: int
    hour: int
    until_slot: Mapping[str, int]


@dataclass(frozen=True)
class StageTime:
    """How long a stage took for those that left it on a day: median and nine in ten, in seconds."""

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


_SLOTS: Final = text(
    "SELECT slot, channel, reported, filed, dispatched, handled, closed FROM figure_slots"
    " WHERE slot >= :day AND slot < :day + interval '1 day'"
)
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


def _times_sql() -> str:
    columns = ", ".join(
        f"count(*) FILTER (WHERE {took}) AS {name}_n, percentile_cont(ARRAY[0.5, 0.9])"
        f" WITHIN GROUP (ORDER BY extract(epoch FROM {end} - {begin})) FILTER (WHERE {took}) AS {name}"
        for name, (begin, end) in SPANS.items()
        for took in (f"{end} >= :day AND {end} < :after AND {begin} IS NOT NULL",)
    )
    within = " OR ".join(f"({end} >= :day AND {end} < :after)" for _, end in SPANS.values())
    return f"SELECT {columns} FROM figure_cases WHERE {within}"  # noqa: S608 - constants of our own


_TIMES: Final = text(_times_sql())
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


@dataclass(frozen=True)
class _Day:
    """The slots of a day: (channel, measure) → counts by slot."""

    begin: datetime
    rows: Sequence[Any]

    def total(self, name: str, *, until: datetime | None = None, channel: str = "") -> int:
        return sum(
            getattr(row, name)
            for row in self.rows
            if (until is None or row.slot < until) and channel in ("", row.channel)
        )

    def by_hour(self, name: str) -> list[int]:
        found = [0] * 24
        for row in self.rows:
            found[int((row.slot - self.begin).total_seconds() // 3600)] += getattr(row, name)
        return found


def _day(session: Session, day: date) -> _Day:
    begin = _begin(day)
    return _Day(begin, session.execute(_SLOTS, {"day": begin}).all())


def _flows(session: Session, today: _Day, *, at: datetime) -> tuple[dict[str, Flow], _Day]:
    passed = (at - today.begin) // SLOT * SLOT
    others = {name: _day(session, city_date(at) - timedelta(days=n)) for name, n in AGO.items()}
    hour = today.begin + (at - today.begin) // timedelta(hours=1) * timedelta(hours=1)
    flows = {
        name: Flow(
            today.total(name),
            today.total(name) - today.total(name, until=hour),
            {
                "today": today.total(name, until=today.begin + passed),
                **{
                    key: each.total(name, until=each.begin + passed) for key, each in others.items()
                },
            },
        )
        for name in FLOW
    }
    return flows, others["yesterday"]


def _stage_times(session: Session, day: date) -> dict[str, StageTime]:
    row = session.execute(
        _TIMES, {"day": _begin(day), "after": _begin(day + timedelta(days=1))}
    ).one()
    found = {}
    for name in SPANS:
        median, p90 = getattr(row, name) or (None, None)
        found[name] = StageTime(getattr(row, f"{name}_n"), median, p90)
    return found


def last_id(session: Session) -> int:
    """The number of the last deed that anybody has begun: as long as it stays, nothing has happened."""
    return session.scalar(_LAST_ID) or 0


def wall(session: Session, *, at: datetime) -> Wall:
    """The state of the city at `at`, from the rollups as they are; refresh them first."""
    session.execute(PLAINLY)
    seen, day = last_id(session), city_date(at)
    today = _day(session, day)
    flows, yesterday = _flows(session, today, at=at)
    slot = yesterday.begin + (at - today.begin) // SLOT * SLOT
    hour = today.begin + (at - today.begin) // timedelta(hours=1) * timedelta(hours=1)
    channels: dict[str, tuple[int, int, int]] = {}
    for name in sorted({row.channel for row in (*today.rows, *yesterday.rows)}):
        whole = today.total("reported", channel=name)
        channels[name] = (
            whole,
            whole - today.total("reported", until=hour, channel=name),
            yesterday.total("reported", until=slot, channel=name),
        )
    now_times, then_times = _stage_times(session, day), _stage_times(session, day - timedelta(1))
    return Wall(
        at=at,
        last_id=seen,
        flow=flows,
        channels=channels,
        hours=list(zip(today.by_hour("reported"), yesterday.by_hour("reported"), strict=True)),
        in_work=[InWork(*row) for row in session.execute(_NOW)],
        oldest=dict(session.execute(_OLDEST, {"stages": list(_WAITING)}).all()),
        times={name: (now_times[name], then_times[name]) for name in SPANS},
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
