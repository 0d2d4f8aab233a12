"""The public tile layer of open cases: what, where and at which stage, never by whom or in whose words."""

import math
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, Text, func, literal, select

from dispatch.cases.model import Case
from dispatch.cases.queries.public import is_open
from dispatch.catalogue.model import Category
from dispatch.jurisdiction.model import Area, AreaKind
from dispatch.kit.clock import CITY_ZONE
from dispatch.kit.tiles import MERCATOR, Frame, TileLayer
from geo.tiles import HALF_WORLD_M

#: From here on each case is a point of its own; above, cells of a tile's eighth hold their number.
#: A tile of zoom 14 can hold thousands of cases: as points too many to read, and slow to draw.
SINGLE_FROM: Final = 15
CELLS_A_SIDE: Final = 8
_RADIUS_M: Final = HALF_WORLD_M / math.pi


def _open_cases(frame: Frame) -> Select[Any]:
    return _points(frame) if frame.z >= SINGLE_FROM else _clusters(frame)


def _wanted(frame: Frame) -> list[ColumnElement[bool]]:
    of_group = [Case.group == frame.group] if frame.group else []
    return [is_open(), *of_group]


def _points(frame: Frame) -> Select[Any]:
    """What anybody may know of a case: no more than its kind, its stage, its day and its street."""
    day = func.to_char(func.timezone(CITY_ZONE.key, Case.created_at), "YYYY-MM-DD", type_=Text)
    return (
        select(
            frame.drawn(Case.geom),
            literal(1).label("count"),
            Case.stage,
            Case.group,
            Category.name.label("category"),
            func.coalesce(func.nullif(Category.name_en, ""), Category.name).label("category_en"),
            Area.name.label("street"),
            day.label("day"),
            Case.hazard,
        )
        .outerjoin(Category, Category.id == Case.category_id)
        .outerjoin(Area, (Area.kind == AreaKind.STREET) & (Area.code == Case.street_code))
        .where(*_wanted(frame), frame.touches(Case.geom))
    )


def _clusters(frame: Frame) -> Select[Any]:
    """Cells that no tile shares with its neighbour: each case is counted once on the whole map.

    The projection is reckoned from the stored degrees, so that the index alone answers.
    """
    degrees, edge = frame.tile.bounds, frame.tile.mercator
    side = (edge.east - edge.west) / CELLS_A_SIDE
    cells = (
        select(
            func.avg(Case.longitude).label("longitude"),
            func.avg(Case.latitude).label("latitude"),
            func.count().label("count"),
            func.count().filter(Case.hazard).label("hazards"),
        )
        .where(
            *_wanted(frame),
            Case.longitude >= degrees.west,
            Case.longitude < degrees.east,
            Case.latitude > degrees.south,
            Case.latitude <= degrees.north,
        )
        .group_by(
            func.floor((_east_m(Case.longitude) + HALF_WORLD_M) / side),
            func.floor((_north_m(Case.latitude) + HALF_WORLD_M) / side),
        )
        .subquery()
    )
    middle = func.ST_MakePoint(_east_m(cells.c.longitude), _north_m(cells.c.latitude))
    return select(
        frame.drawn_flat(func.ST_SetSRID(middle, MERCATOR)), cells.c.count, cells.c.hazards
    )


def _east_m(longitude: Any) -> ColumnElement[Any]:
    return func.radians(longitude) * _RADIUS_M


def _north_m(latitude: Any) -> ColumnElement[Any]:
    return func.ln(func.tan(math.pi / 4 + func.radians(latitude) / 2)) * _RADIUS_M


LAYER: Final = TileLayer("open_cases", 8, _open_cases, 15)
