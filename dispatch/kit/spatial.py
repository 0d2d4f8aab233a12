"""Places in SQL: points, windows and true metres, all in the platform's one coordinate system."""

import math
from dataclasses import dataclass
from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import ColumnElement, Float, bindparam, func
from sqlalchemy.orm import InstrumentedAttribute

from dispatch.kit.db import SRID
from dispatch.kit.errors import InvalidInput, invalid

Column = InstrumentedAttribute[str] | InstrumentedAttribute[str | None]
#: Metres in a degree of latitude, rounded down, so that a window is never too small.
DEGREE_M = 110_500.0


@dataclass(frozen=True)
class Box:
    """A window in degrees."""

    west: float
    south: float
    east: float
    north: float


#: A number, or the parameter of a statement that is put together once and asked often.
Number = float | ColumnElement[float]


def point(lon: Number, lat: Number) -> ColumnElement[Any]:
    """The point of a WGS-84/CGCS2000 longitude and latitude."""
    return func.ST_SetSRID(func.ST_MakePoint(lon, lat), SRID, type_=Geometry)


@dataclass(frozen=True)
class NamedBox:
    """A window by the names of a statement's parameters: those of `Box`."""

    west: ColumnElement[float]
    south: ColumnElement[float]
    east: ColumnElement[float]
    north: ColumnElement[float]


NAMED_BOX = NamedBox(
    **{name: bindparam(name, type_=Float) for name in ("west", "south", "east", "north")}
)


def window(box: Box | NamedBox) -> ColumnElement[Any]:
    """The rectangle of a window."""
    return func.ST_MakeEnvelope(box.west, box.south, box.east, box.north, SRID, type_=Geometry)


def around(lon: float, lat: float, metres: float) -> Box:
    """A window that holds everything within `metres` of a place, and a little more."""
    high = metres / DEGREE_M
    wide = high / max(0.01, math.cos(math.radians(min(89.0, abs(lat) + high))))
    return Box(lon - wide, lat - high, lon + wide, lat + high)


def inside(column: Column, box: Box | NamedBox) -> ColumnElement[bool]:
    """Whether a geometry touches the window (answered by the GiST index)."""
    return column.op("&&", is_comparison=True)(window(box))


def metres_to(column: Column, lon: Number, lat: Number) -> ColumnElement[float]:
    """The distance from a geometry to a place in metres on the ellipsoid."""
    place = func.geography(point(lon, lat))
    return func.ST_Distance(func.geography(column), place, type_=Float)


def degrees_to(column: Column, lon: float, lat: float) -> ColumnElement[float]:
    """The flat distance in degrees, by which the GiST index hands out the nearest first."""
    return column.op("<->", return_type=Float())(point(lon, lat))


def parse_box(text: str) -> Box:
    """Read `west,south,east,north` in degrees; raises InvalidInput."""
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        raise bad_box() from None
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise bad_box()
    return Box(west, south, east, north)


def bad_box() -> InvalidInput:
    """The refusal of a window that is none."""
    return invalid(
        "bbox",
        "bbox 应为“西,南,东,北”四个经纬度,例如 109.38,24.30,109.42,24.34",
        "bbox must be west,south,east,north in degrees, for example 109.38,24.30,109.42,24.34",
    )
