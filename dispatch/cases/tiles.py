"""The public tile layer of open cases: what and at which stage, never by whom or in whose words."""

from typing import Any, Final

from sqlalchemy import Select, func, literal, select

from dispatch.cases.model import Case
from dispatch.cases.states import OPEN
from dispatch.catalogue.model import Category
from dispatch.kit.tiles import MERCATOR, Frame, TileLayer
from geo.tiles import HALF_WORLD_M

#: From here on each case is a point of its own; above, cells of a tile's eighth hold their number.
SINGLE_FROM: Final = 14
CELLS_A_SIDE: Final = 8


def _open_cases(frame: Frame) -> Select[Any]:
    return _points(frame) if frame.z >= SINGLE_FROM else _clusters(frame)


def _points(frame: Frame) -> Select[Any]:
    return (
        select(
            frame.drawn(Case.geom),
            literal(1).label("count"),
            Case.stage,
            Case.group,
            Category.name.label("category"),
            Case.hazard,
        )
        .outerjoin(Category, Category.id == Case.category_id)
        .where(Case.stage.in_(OPEN), frame.touches(Case.geom))
    )


def _clusters(frame: Frame) -> Select[Any]:
    """Cells that no tile shares with its neighbour: each case is counted once on the whole map."""
    edge = frame.tile.mercator
    side = (edge.east - edge.west) / CELLS_A_SIDE
    flat = func.ST_Transform(Case.geom, MERCATOR)
    spots = (
        select(func.ST_X(flat).label("x"), func.ST_Y(flat).label("y"), Case.hazard)
        .where(Case.stage.in_(OPEN), frame.touches(Case.geom))
        .subquery()
    )
    column = func.floor((spots.c.x + HALF_WORLD_M) / side)
    row = func.floor((spots.c.y + HALF_WORLD_M) / side)
    middle = func.ST_SetSRID(func.ST_MakePoint(func.avg(spots.c.x), func.avg(spots.c.y)), MERCATOR)
    return (
        select(
            frame.drawn_flat(middle),
            func.count().label("count"),
            func.count().filter(spots.c.hazard).label("hazards"),
        )
        .where(
            spots.c.x >= edge.west,
            spots.c.x < edge.east,
            spots.c.y >= edge.south,
            spots.c.y < edge.north,
        )
        .group_by(column, row)
    )


LAYER: Final = TileLayer("open_cases", 8, _open_cases, 15)
