"""The counts that a search looks at: where, what, which part, and who gave back to whom."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

_GRIDS: Final = text(
    """
SELECT g.code, g.district_code, ST_X(m.point) AS lon, ST_Y(m.point) AS lat,
       coalesce(s.reported, 0) AS reported
FROM unit_grids g
CROSS JOIN LATERAL (SELECT ST_PointOnSurface(g.geom) AS point) m
LEFT JOIN (SELECT grid_code, sum(reported) AS reported FROM figure_spots
           WHERE day BETWEEN :first AND :last GROUP BY grid_code) s ON s.grid_code = g.code
ORDER BY g.code
"""
)
_PLACES: Final = text(
    """
SELECT grid_code, category_id, sum(reported) AS reported FROM figure_spots
WHERE day BETWEEN :first AND :last GROUP BY grid_code, category_id
"""
)
#: Each category in spans of the same length: span 0 is the latest, span 1 the one before it …
_SPANS: Final = text(
    """
SELECT part::bigint AS category_id, (CAST(:last AS date) - day) / :days AS span, sum(reported) AS reported
FROM figure_days WHERE subject = 'city' AND cut = 'category' AND day <= :last
  AND day > CAST(:last AS date) - :days * :spans
GROUP BY category_id, span HAVING sum(reported) > 0
"""
)
_PARTS: Final = text(
    """
SELECT c.part_code AS code, p.name, p.category_id, p.condition, p.installed_on, p.grid_code,
       left(p.grid_code, 6) AS district_code, ST_X(p.geom) AS lon, ST_Y(p.geom) AS lat,
       o.name AS owner, count(*) AS cases, array_agg(c.id ORDER BY c.created_at DESC) AS case_ids,
       array_agg(c.created_at ORDER BY c.created_at DESC) AS times
FROM cases c JOIN parts p ON p.code = c.part_code LEFT JOIN departments o ON o.id = p.owner_id
WHERE c.created_at >= :since AND c.created_at < :until AND c.part_code IS NOT NULL
  AND c.duplicate_of_id IS NULL AND c.stage NOT IN ('rejected', 'voided')
GROUP BY c.part_code, p.id, o.name
"""
)
_INVENTORY: Final = text("SELECT category_id, count(*) AS parts FROM parts GROUP BY category_id")
#: A return, and the unit that had the case next.
_RETURNS: Final = text(
    """
SELECT a.case_id, a.department_id AS giver, n.department_id AS taker
FROM case_assignments a
CROSS JOIN LATERAL (
  SELECT b.department_id FROM case_assignments b
  WHERE b.case_id = a.case_id AND b.leads AND b.id > a.id ORDER BY b.id LIMIT 1
) n
WHERE a.end_verb = 'return' AND a.leads AND a.ended_at >= :since AND a.ended_at < :until
  AND n.department_id <> a.department_id
"""
)
_CASES: Final = text(
    """
SELECT id FROM cases
WHERE grid_code = ANY (:grids) AND created_at >= :since AND created_at < :until
  AND (CAST(:category AS bigint) IS NULL OR category_id = :category) AND duplicate_of_id IS NULL
ORDER BY created_at DESC LIMIT :most
"""
)
_CASES_OF_CATEGORY: Final = text(
    """
SELECT id FROM cases WHERE category_id = :category AND created_at >= :since AND created_at < :until
ORDER BY created_at DESC LIMIT :most
"""
)


def grids(session: Session, *, first: date, last: date) -> Sequence[Any]:
    """Every unit grid with a point in it and how much was reported there."""
    return session.execute(_GRIDS, {"first": first, "last": last}).all()


def places(session: Session, *, first: date, last: date) -> Sequence[Any]:
    """How often each category was reported in each unit grid, where it was."""
    return session.execute(_PLACES, {"first": first, "last": last}).all()


def spans(session: Session, *, last: date, days: int, count: int) -> dict[int, dict[int, int]]:
    """Each category's counts by span: 0 is the latest."""
    found: dict[int, dict[int, int]] = {}
    for row in session.execute(_SPANS, {"last": last, "days": days, "spans": count}):
        found.setdefault(row.category_id, {})[row.span] = int(row.reported)
    return found


def parts(session: Session, *, since: datetime, until: datetime) -> Sequence[Any]:
    """The parts that cases were about, with those cases, the latest first."""
    return session.execute(_PARTS, {"since": since, "until": until}).all()


def inventory(session: Session) -> dict[int, int]:
    """How many parts of each category there are."""
    return {row.category_id: row.parts for row in session.execute(_INVENTORY)}


def returns(session: Session, *, since: datetime, until: datetime) -> Sequence[Any]:
    """Every return with the unit that had the case next."""
    return session.execute(_RETURNS, {"since": since, "until": until}).all()


def cases_in(
    session: Session,
    grid_codes: Sequence[str],
    *,
    category: int | None = None,
    since: datetime,
    until: datetime,
    most: int,
) -> list[int]:
    """The latest cases of some grids, of one category or of all."""
    values = {
        "grids": list(grid_codes),
        "category": category,
        "since": since,
        "until": until,
        "most": most,
    }
    return list(session.scalars(_CASES, values))


def cases_of(
    session: Session, category: int, *, since: datetime, until: datetime, most: int
) -> list[int]:
    """The latest cases of a category."""
    values = {"category": category, "since": since, "until": until, "most": most}
    return list(session.scalars(_CASES_OF_CATEGORY, values))
