"""Hot spots: how many cases were reported in each cell of an area, by days and category."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from dispatch.supervision.measures import Span, Subject
from dispatch.supervision.queries.reckoning import PLAINLY

#: How a unit grid is summed up to wider areas: a column of `unit_grids`.
_COLUMN: Final = {
    Subject.UNIT_GRID: "code",
    Subject.WORKING_GRID: "working_grid_code",
    Subject.COMMUNITY: "community_code",
    Subject.STREET: "street_code",
    Subject.DISTRICT: "district_code",
}
LEVELS: Final = tuple(_COLUMN)


@dataclass(frozen=True)
class Spot:
    """An area and how many cases were reported there, how many of them hazards of 井杆线."""

    code: str
    reported: int
    hazards: int


def _statement(column: str) -> str:
    if column == "code":  # a cell is a cell: nothing to join
        return (
            "SELECT grid_code AS code, sum(reported)::bigint AS reported,"
            " sum(hazards)::bigint AS hazards FROM figure_spots"
            " WHERE day >= :since AND day < :until"
            " AND (CAST(:categories AS bigint[]) IS NULL OR category_id = ANY (:categories))"
            " GROUP BY grid_code HAVING sum(reported) > 0"
        )
    return (
        f"SELECT g.{column} AS code, sum(s.reported)::bigint AS reported,"  # noqa: S608 - ours
        " sum(s.hazards)::bigint AS hazards"
        " FROM figure_spots s JOIN unit_grids g ON g.code = s.grid_code"
        " WHERE s.day >= :since AND s.day < :until"
        " AND (CAST(:categories AS bigint[]) IS NULL OR s.category_id = ANY (:categories))"
        f" GROUP BY g.{column} HAVING sum(s.reported) > 0"
    )


_STATEMENTS: Final = {level: text(_statement(column)) for level, column in _COLUMN.items()}


def spots(
    session: Session, level: Subject, span: Span, *, categories: Collection[int] | None = None
) -> list[Spot]:
    """What each area of a level has had in a span, as it is rolled up; the most first."""
    session.execute(PLAINLY)
    rows = session.execute(
        _STATEMENTS[level],
        {
            "since": span.since,
            "until": span.until,
            "categories": None if categories is None else sorted(categories),
        },
    )
    return sorted((Spot(*row) for row in rows), key=lambda each: (-each.reported, each.code))
