"""The wall and the people of one district: counted from the facts of its cases, for a district is small."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from dispatch.kit.clock import CITY_ZONE, city_date
from dispatch.supervision.queries.reckoning import PLAINLY
from dispatch.supervision.queries.wall import (
    AGO,
    EVENTS,
    FLOW,
    SLOT,
    Flow,
    Happened,
    StageTime,
    Wall,
)

_MOMENTS: Final = {each: f"{each}_at" for each in FLOW}
#: From which moment to which each stage's time runs.
_SPANS: Final = {
    "accept": ("reported_at", "accepted_at"),
    "file": ("accepted_at", "filed_at"),
    "dispatch": ("filed_at", "dispatched_at"),
    "handle": ("dispatched_at", "handled_at"),
    "check": ("handled_at", "checked_at"),
    "close": ("checked_at", "closed_at"),
}
_AT: Final = (*dict.fromkeys((*_MOMENTS.values(), *(end for _, end in _SPANS.values()))),)
_WITHIN: Final = " OR ".join(f"({each} >= :day AND {each} < :after)" for each in _AT)


def _day_sql() -> str:
    counts = ", ".join(
        f"count(*) FILTER (WHERE {at} >= :day AND {at} < :after) AS {name},"
        f" count(*) FILTER (WHERE {at} >= :day AND {at} < :slot) AS {name}_slot,"
        f" count(*) FILTER (WHERE {at} >= :hour AND {at} < :after) AS {name}_hour"
        for name, at in _MOMENTS.items()
    )
    times = ", ".join(
        f"count(*) FILTER (WHERE {took}) AS {name}_n, percentile_cont(ARRAY[0.5, 0.9])"
        f" WITHIN GROUP (ORDER BY extract(epoch FROM {end} - {begin})) FILTER (WHERE {took}) AS {name}_t"
        for name, (begin, end) in _SPANS.items()
        for took in (f"{end} >= :day AND {end} < :after AND {begin} IS NOT NULL",)
    )
    return (
        f"SELECT {counts}, {times} FROM figure_cases"  # noqa: S608 - constants of our own
        f" WHERE district_code = :district AND ({_WITHIN})"
    )


_DAY: Final = text(_day_sql())
_REPORTED: Final = text(
    "SELECT channel, extract(hour FROM reported_at AT TIME ZONE 'Asia/Shanghai')::int AS hour,"
    " count(*) AS n, count(*) FILTER (WHERE reported_at < :slot) AS by_slot"
    " FROM figure_cases WHERE district_code = :district AND reported_at >= :day AND reported_at < :after"
    " GROUP BY 1, 2"
)
_OLDEST: Final = text(
    "SELECT stage, min(created_at) FROM cases WHERE district_code = :district"
    " AND stage IN ('reported', 'accepted', 'filed', 'handled', 'checked') GROUP BY stage"
)
_EVENTS: Final = text(
    """
SELECT h.id, h.at, h.verb, c.public_id, c.category_id, c.district_code, c.street_code,
  c.department_id, coalesce(f.light, 'none') AS light
FROM (SELECT id, at, verb, case_id FROM case_history ORDER BY id DESC LIMIT 1000) h
JOIN cases c ON c.id = h.case_id LEFT JOIN figure_cases f ON f.case_id = h.case_id
WHERE c.district_code = :district ORDER BY h.id DESC LIMIT :most
"""
)
_PEOPLE: Final = text(
    "SELECT id FROM users WHERE district_code = :district"
    " OR EXISTS (SELECT FROM unnest(working_grids) g WHERE starts_with(g, :district))"
)


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), CITY_ZONE)


def wall_of(session: Session, whole: Wall, district: str) -> Wall:
    """The same state, of one district alone."""
    session.execute(PLAINLY)
    day = city_date(whole.at)
    passed = whole.at - _begin(day)
    ago = {"today": 0, **AGO}
    days = {
        key: session.execute(
            _DAY, _bounds(day - timedelta(days=n), passed) | {"district": district}
        ).one()
        for key, n in ago.items()
    }
    reported = [
        session.execute(
            _REPORTED, _bounds(day - timedelta(days=n), passed) | {"district": district}
        ).all()
        for n in (0, 1)
    ]
    return replace(
        whole,
        flow={
            name: Flow(
                getattr(days["today"], name),
                getattr(days["today"], f"{name}_hour"),
                {key: getattr(row, f"{name}_slot") for key, row in days.items()},
            )
            for name in FLOW
        },
        channels=_channels(*reported, hour=int(passed // timedelta(hours=1))),
        hours=[
            (
                sum(row.n for row in reported[0] if row.hour == hour),
                sum(row.n for row in reported[1] if row.hour == hour),
            )
            for hour in range(24)
        ],
        in_work=[row for row in whole.in_work if row.district_code == district],
        oldest=dict(session.execute(_OLDEST, {"district": district}).all()),
        times={
            name: (_took(days["today"], name), _took(days["yesterday"], name)) for name in _SPANS
        },
        events=[
            Happened(*row)
            for row in session.execute(_EVENTS, {"district": district, "most": EVENTS})
        ],
    )


def _bounds(day: date, passed: timedelta) -> dict[str, Any]:
    begin = _begin(day)
    return {
        "day": begin,
        "after": begin + timedelta(days=1),
        "slot": begin + passed // SLOT * SLOT,
        "hour": begin + passed // timedelta(hours=1) * timedelta(hours=1),
    }


def _channels(
    today: Sequence[Any], yesterday: Sequence[Any], *, hour: int
) -> dict[str, tuple[int, int, int]]:
    return {
        name: (
            sum(row.n for row in today if row.channel == name),
            sum(row.n for row in today if row.channel == name and row.hour == hour),
            sum(row.by_slot for row in yesterday if row.channel == name),
        )
        for name in sorted({row.channel for row in (*today, *yesterday)})
    }


def _took(row: Any, name: str) -> StageTime:
    median, p90 = getattr(row, f"{name}_t") or (None, None)
    return StageTime(getattr(row, f"{name}_n"), median, p90)


def people_of(session: Session, district: str) -> frozenset[str]:
    """The ids of those who work in a district, as evaluation names them."""
    return frozenset(str(each) for each in session.scalars(_PEOPLE, {"district": district}))
