"""Hot spots: how many cases were reported in each cell of an area, by days and group of categories."""

from datetime import datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from dispatch.kit import clock
from dispatch.kit.clock import city_date
from dispatch.supervision.measures import Span, Subject
from dispatch.supervision.queries.figures import pieces_of
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


class Spot(NamedTuple):
    """An area and how many cases were reported there, how many of them hazards of 井杆线."""

    code: str
    reported: int
    hazards: int


@lru_cache(maxsize=64)
def _cells(signs: tuple[int, ...], *, of_group: bool, monthly: bool) -> str:
    """The unit grids with what each had in the pieces of a span."""
    join = ' JOIN categories k ON k.id = s.category_id AND k."group" = :group' if of_group else ""
    parts = [
        f"SELECT s.grid_code, {sign} * s.reported AS reported, {sign} * s.hazards AS hazards"  # noqa: S608
        f" FROM figure_spots s{join} WHERE s.day >= :since_{n} AND s.day < :until_{n}"
        for n, sign in enumerate(signs)
    ]
    if monthly:
        parts.append(
            "SELECT grid_code, reported, hazards FROM figure_spot_months"
            ' WHERE "group" = :group AND month = ANY (:months)'
        )
    return (
        "SELECT grid_code AS code, sum(reported)::bigint AS reported, sum(hazards)::bigint AS hazards"  # noqa: S608
        f" FROM ({' UNION ALL '.join(parts)}) s GROUP BY 1 HAVING sum(reported) > 0"
    )


def _asked(span: Span, group: str, at: datetime | None) -> tuple[str, dict[str, Any]]:
    pieces = pieces_of(span, today=city_date(at or clock.now()))
    signs = tuple(sign for _, sign in pieces.days)
    return _cells(signs, of_group=bool(group), monthly=bool(pieces.months)), {
        "group": group,
        "months": list(pieces.months),
        **{f"since_{n}": each.since for n, (each, _) in enumerate(pieces.days)},
        **{f"until_{n}": each.until for n, (each, _) in enumerate(pieces.days)},
    }


def spots(
    session: Session, level: Subject, span: Span, *, group: str = "", at: datetime | None = None
) -> list[Spot]:
    """What each area of a level has had in a span, as it is rolled up; the most first."""
    cells, values = _asked(span, group, at)
    session.execute(PLAINLY)
    if level is not Subject.UNIT_GRID:
        cells = (
            f"SELECT g.{_COLUMN[level]} AS code, sum(s.reported)::bigint AS reported,"  # noqa: S608
            f" sum(s.hazards)::bigint AS hazards FROM ({cells}) s"
            f" JOIN unit_grids g ON g.code = s.code GROUP BY 1"
        )
    rows = session.execute(text(f"{cells} ORDER BY 2 DESC, 1"), values)
    return [Spot(*row) for row in rows]


def cells_drawn(
    session: Session, span: Span, *, group: str = "", at: datetime | None = None
) -> str:
    """Every unit grid that had any, as JSON: `[[code, reported, hazards], …]`, in no order.

    There may be tens of thousands: the database writes it, no row passes through Python.
    """
    cells, values = _asked(span, group, at)
    session.execute(PLAINLY)
    drawn = text(
        "SELECT string_agg('[\"' || code || '\",' || reported || ',' || hazards || ']', ',')"  # noqa: S608
        f" FROM ({cells}) s"
    )
    return f"[{session.scalar(drawn, values) or ''}]"
