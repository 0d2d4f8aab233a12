"""The figures of a bulletin, counted over the cases that were reported in its days, as they stand now.

Everything is one pass or a few over `figure_cases`; see docs/bulletins.md for what each figure means.
"""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from dispatch.bulletins.states import Days
from dispatch.kit.db import Json

#: What is counted of cases; `f` is a row of `figure_cases`.
_COUNTS: Final = """
count(*) AS received,
count(*) FILTER (WHERE f.filed_at IS NOT NULL) AS filed,
count(*) FILTER (WHERE f.dispatched_at IS NOT NULL) AS dispatched,
count(*) FILTER (WHERE f.handled_at IS NOT NULL) AS handled,
count(*) FILTER (WHERE f.handled_at IS NOT NULL AND (NOT f.late OR f.exempt)) AS on_time,
count(*) FILTER (WHERE f.closed_at IS NOT NULL) AS closed,
count(*) FILTER (WHERE f.reworks > 0) AS reworked
"""
_CUTS: Final = text(
    f"""
SELECT GROUPING(f.channel, f.category_id, f.department_id, area.code) AS level, f.channel,
       f.category_id, f.department_id, area.code AS area, {_COUNTS}
FROM figure_cases f
CROSS JOIN LATERAL (SELECT coalesce(f.virtual_district_code, f.district_code) AS code) area
WHERE f.reported_at >= :since AND f.reported_at < :until
GROUP BY GROUPING SETS ((), (f.channel), (f.category_id), (f.department_id), (area.code))
"""  # noqa: S608 - put together from constants
)
#: What GROUPING says of each set: the bits of the columns that were summed over.
_LEVELS: Final = {
    0b1111: "total",
    0b0111: "channels",
    0b1011: "categories",
    0b1101: "departments",
    0b1110: "areas",
}
_TOTAL: Final = text(
    f"SELECT {_COUNTS} FROM figure_cases f WHERE f.reported_at >= :since AND f.reported_at < :until"  # noqa: S608
)
_HAZARDS: Final = text(
    """
SELECT f.department_id, count(*) AS filed, count(*) FILTER (WHERE f.handled_at IS NOT NULL) AS handled,
       count(*) FILTER (WHERE f.hazard_sign = 'manhole') AS manhole,
       count(*) FILTER (WHERE f.hazard_sign IN ('pole', 'lamp')) AS pole,
       count(*) FILTER (WHERE f.hazard_sign = 'line') AS line
FROM figure_cases f
WHERE f.filed_at >= :since AND f.filed_at < :until AND f.voided_at IS NULL
  AND f.hazard_sign IN ('manhole', 'pole', 'lamp', 'line')
GROUP BY f.department_id
"""
)
_RATINGS: Final = text(
    """
SELECT f.department_id, count(*) AS rated, sum(r.score) AS scores,
       count(*) FILTER (WHERE r.score >= 4) AS satisfied, count(*) FILTER (WHERE r.fixed) AS fixed
FROM figure_cases f JOIN case_ratings r ON r.case_id = f.case_id
WHERE f.closed_at >= :since AND f.closed_at < :until
GROUP BY f.department_id
"""
)
#: The unit that had a case first: it took it to its end, or gave it back.
_FIRST_CONTACT: Final = text(
    """
SELECT CASE WHEN f.right_first THEN f.department_id ELSE f.returned_by[1] END AS department_id,
       count(*) AS first, count(*) FILTER (WHERE f.right_first) AS kept
FROM figure_cases f
WHERE f.dispatched_at >= :since AND f.dispatched_at < :until
GROUP BY 1
"""
)
_COVERAGE: Final = text(
    """
WITH been AS (
  SELECT working_grid, count(DISTINCT grid_code) AS covered, count(DISTINCT user_id) AS people
  FROM patrol_coverage WHERE day BETWEEN :first AND :last GROUP BY working_grid
)
SELECT g.working_grid_code AS working_grid, min(g.district_code) AS district,
       mode() WITHIN GROUP (ORDER BY g.virtual_district_code) AS zone, count(*) AS grids,
       coalesce(max(been.covered), 0) AS covered, coalesce(max(been.people), 0) AS people
FROM unit_grids g LEFT JOIN been ON been.working_grid = g.working_grid_code
GROUP BY g.working_grid_code ORDER BY g.working_grid_code
"""
)
_MESSAGE_AFTER: Final = text(
    "SELECT id, received_at FROM intake_messages WHERE id >= :id ORDER BY id LIMIT 1"
)
_MESSAGES: Final = text(
    "SELECT count(*) FROM intake_messages WHERE channel = 'wechat' AND id >= :low AND id < :high"
)
Counts = Mapping[str, int]


def _span(days: Days) -> Json:
    return {"since": days.since, "until": days.until}


def _counted(row: Any, *names: str) -> dict[str, int]:
    return {name: int(getattr(row, name) or 0) for name in names}


COUNTED: Final = ("received", "filed", "dispatched", "handled", "on_time", "closed", "reworked")


def cuts(session: Session, days: Days) -> dict[str, dict[Any, dict[str, int]]]:
    """The cases of these days: in all, by channel, category id, department id and district or zone."""
    found: dict[str, dict[Any, dict[str, int]]] = {name: {} for name in _LEVELS.values()}
    for row in session.execute(_CUTS, _span(days)):
        level = _LEVELS[row.level]
        key = {
            "total": "",
            "channels": row.channel,
            "categories": row.category_id,
            "departments": row.department_id,
            "areas": row.area,
        }[level]
        found[level][key] = _counted(row, *COUNTED)
    found["total"].setdefault("", dict.fromkeys(COUNTED, 0))
    return found


def total(session: Session, days: Days) -> dict[str, int]:
    """The cases of these days in all."""
    return _counted(session.execute(_TOTAL, _span(days)).one(), *COUNTED)


def hazards(session: Session, days: Days) -> dict[int | None, dict[str, int]]:
    """Hazards of manholes, poles and lines that were filed in these days, by responsible unit."""
    return {
        row.department_id: _counted(row, "filed", "handled", "manhole", "pole", "line")
        for row in session.execute(_HAZARDS, _span(days))
    }


def ratings(session: Session, days: Days) -> dict[int | None, dict[str, int]]:
    """What reporters said of the cases that were closed in these days, by unit."""
    return {
        row.department_id: _counted(row, "rated", "scores", "satisfied", "fixed")
        for row in session.execute(_RATINGS, _span(days))
    }


def first_contact(session: Session, days: Days) -> dict[int | None, dict[str, int]]:
    """Of the cases that were first dispatched in these days: which unit had each first, and kept it."""
    return {
        row.department_id: _counted(row, "first", "kept")
        for row in session.execute(_FIRST_CONTACT, _span(days))
    }


def coverage(session: Session, days: Days) -> list[Json]:
    """Each working grid: how many unit grids it has, and in how many an inspector was."""
    rows = session.execute(_COVERAGE, {"first": days.first, "last": days.last})
    return [
        {
            "working_grid": row.working_grid,
            "area": row.zone or row.district,
            **_counted(row, "grids", "covered", "people"),
        }
        for row in rows
    ]


def wechat_messages(session: Session, days: Days) -> int:
    """How many messages came by WeChat in these days; ids rise with time, so no index of times is needed."""
    low, high = _first_message(session, days.since), _first_message(session, days.until)
    return int(session.scalar(_MESSAGES, {"low": low, "high": high}) or 0)


def _first_message(session: Session, moment: Any) -> int:
    """The id of the first message that came at `moment` or later, found by halving."""
    low, high = (
        0,
        int(session.scalar(text("SELECT coalesce(max(id), 0) + 1 FROM intake_messages")) or 1),
    )
    while low < high:
        middle = (low + high) // 2
        row = session.execute(_MESSAGE_AFTER, {"id": middle}).first()
        if row is not None and row.received_at < moment:
            low = row.id + 1
        else:
            high = middle
    return low
