"""Shapes: GeoJSON to Shapely and back, repair, and true metres on the ellipsoid.

Degrees are WGS-84/CGCS2000 throughout; sizes are measured on the GRS80 ellipsoid of CGCS2000.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, TypeVar

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from pyproj import Geod, Transformer
from pyproj.exceptions import CRSError
from shapely.geometry.base import BaseGeometry

from geo.errors import ShapeError

Floats = NDArray[np.float64]
Shapes = NDArray[np.object_]
G = TypeVar("G", bound=BaseGeometry)

_GEOD: Final = Geod(ellps="GRS80")


def from_geojson(source: Mapping[str, Any] | str) -> BaseGeometry:
    """Read a GeoJSON geometry or feature in degrees; raise ShapeError if it is none.

    The geometry is not repaired (see `repair`), but empty ones and places off the globe are refused.
    """
    try:
        data = json.loads(source) if isinstance(source, str) else dict(source)
        data = data.get("geometry", data) if data.get("type") == "Feature" else data
        shape = shapely.from_geojson(json.dumps(data))
    except (shapely.errors.GEOSException, ValueError, TypeError, AttributeError) as error:
        raise ShapeError(
            f"无法读取 GeoJSON：{error}。请提供 GeoJSON 几何或要素（Feature）",
            f"Unreadable GeoJSON: {error}. Give a GeoJSON geometry or feature",
        ) from error
    if shape is None or shape.is_empty:
        raise ShapeError("GeoJSON 中没有几何图形，请补全坐标", "The GeoJSON holds no geometry")
    west, south, east, north = shape.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise ShapeError(
            f"坐标超出经纬度范围（{west}, {south}, {east}, {north}）；请先由投影坐标换算为经纬度",
            f"Coordinates are no degrees ({west}, {south}, {east}, {north}); reproject them first",
        )
    return shape


def to_geojson(shape: BaseGeometry, *, digits: int = 7) -> dict[str, Any]:
    """Return the GeoJSON geometry, coordinates rounded to `digits` (7 = about 1 cm)."""
    rounded = shapely.transform(shape, lambda xy: np.round(xy, digits))
    geometry: dict[str, Any] = json.loads(shapely.to_geojson(rounded))
    return geometry


def repair(shape: BaseGeometry) -> BaseGeometry:
    """Return a valid shape of the same dimension: bow-ties split, stray lines and points dropped.

    Raises ShapeError when nothing of that dimension is left (a polygon without area).
    """
    fixed = shape if shape.is_valid else shapely.make_valid(shape)
    dimension = shapely.get_dimensions(shape)
    pieces = shapely.get_parts(shapely.get_parts([fixed]))  # twice: collections hold collections
    whole = [
        piece
        for piece in pieces
        if not piece.is_empty and shapely.get_dimensions(piece) == dimension
    ]
    if not whole:
        raise ShapeError(
            "图形无法修复：没有面积或长度，请重新绘制",
            "The shape cannot be repaired: it has no extent, draw it again",
        )
    return shapely.union_all(whole) if fixed.geom_type == "GeometryCollection" else fixed


def area_m2(shape: BaseGeometry) -> float:
    """Return the area of polygons in square metres on the ellipsoid (0 for points and lines)."""
    polygons = shapely.get_parts([shape])
    return float(
        sum(
            _ring_area(polygon.exterior) - sum(_ring_area(hole) for hole in polygon.interiors)
            for polygon in polygons
            if isinstance(polygon, shapely.Polygon) and not polygon.is_empty
        )
    )


def length_m(shape: BaseGeometry) -> float:
    """Return the length of lines, or the perimeter of polygons, in metres on the ellipsoid."""
    return float(_GEOD.geometry_length(shape))


def distance_m(lon: float, lat: float, to_lon: float, to_lat: float) -> float:
    """Return the distance of two places in metres on the ellipsoid (about 10 µs)."""
    return float(_GEOD.inv(lon, lat, to_lon, to_lat)[2])


@dataclass(frozen=True)
class Plane:
    """The flat projection in which a city measures: metres east and north.

    EPSG:4545 is CGCS2000 in 3-degree Gauss-Krüger zones with the central meridian 108° E: Liuzhou's
    zone. Another city names its own code.
    """

    epsg: int = 4545

    def forward(self, lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats]:
        """Return metres east and north for degrees."""
        x, y = self._to_metres.transform(np.asarray(lon, float), np.asarray(lat, float))
        return np.asarray(x), np.asarray(y)

    def backward(self, x: ArrayLike, y: ArrayLike) -> tuple[Floats, Floats]:
        """Return degrees for metres east and north."""
        lon, lat = self._to_degrees.transform(np.asarray(x, float), np.asarray(y, float))
        return np.asarray(lon), np.asarray(lat)

    def flatten(self, shape: G) -> G:
        """Return a shape in degrees as the same shape in metres."""
        return _moved(shape, self.forward)

    def unflatten(self, shape: G) -> G:
        """Return a shape in metres as the same shape in degrees."""
        return _moved(shape, self.backward)

    def flatten_many(self, shapes: Sequence[BaseGeometry] | Shapes) -> Shapes:
        """Return an array of shapes in degrees as shapes in metres."""
        flat: Shapes = shapely.transform(
            np.asarray(shapes, dtype=object), lambda xy: np.column_stack(self.forward(*xy.T))
        )
        return flat

    @cached_property
    def _to_metres(self) -> Transformer:
        return _transformer(4490, self.epsg)

    @cached_property
    def _to_degrees(self) -> Transformer:
        return _transformer(self.epsg, 4490)


def _moved(shape: G, move: Callable[[Floats, Floats], tuple[Floats, Floats]]) -> G:
    return shapely.transform(shape, lambda xy: np.column_stack(move(*xy.T)))


def _transformer(source: int, target: int) -> Transformer:
    try:
        return Transformer.from_crs(source, target, always_xy=True)
    except CRSError as error:
        raise ShapeError(
            f"投影不存在：EPSG:{source} 到 EPSG:{target}，请检查代码",
            f"No such projection: EPSG:{source} to EPSG:{target}, check the code",
        ) from error


def _ring_area(ring: shapely.LinearRing) -> float:
    lon, lat = shapely.get_coordinates(ring).T
    return abs(float(_GEOD.polygon_area_perimeter(lon, lat)[0]))
