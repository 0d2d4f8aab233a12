"""The outlines of many cells as flat arrays: far smaller and faster to load than Shapely objects."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from geo.errors import GridError

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Shapes = NDArray[np.object_]

# GRS80, the ellipsoid of CGCS2000
_SEMI_MAJOR_M: Final = 6_378_137.0
_ECCENTRICITY2: Final = 0.006_694_380_022_903_416


@dataclass(frozen=True, eq=False)
class Outlines:
    """Polygons with holes and parts: cell i has the parts `cells[i]` up to `cells[i + 1]`.

    Likewise a part has rings, the first of them its shell, and a ring has closed vertices (degrees).
    """

    vertices: Floats
    rings: Ints
    parts: Ints
    cells: Ints

    def polygon(self, cell: int) -> Polygon | MultiPolygon:
        """Return the outline of one cell, in degrees."""
        first, last = self.cells[cell], self.cells[cell + 1]
        shape: Polygon | MultiPolygon
        shape = _as_shapes(self, first, last, np.array([0, last - first]))[0]
        return shape

    def polygons(self) -> Shapes:
        """Return the outlines of all cells, in degrees."""
        return _as_shapes(self, 0, len(self.parts) - 1, self.cells)


@dataclass(frozen=True, eq=False)
class Edges:
    """The edges of all cells as x1, y1, x2, y2, cell i's from `starts[i]` up to `starts[i + 1]`.

    Each runs upwards (to the east if level), so that neighbours hold a shared edge in the very same
    numbers, and rounding cannot put a point on neither or both sides of it.
    """

    ends: Floats
    starts: Ints

    def owners(self) -> NDArray[np.int64]:
        """Return the cell of each edge."""
        return np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))


def outlines_of(polygons: Sequence[BaseGeometry] | Shapes) -> Outlines:
    """Flatten polygons; raise GridError where one is missing, empty, invalid or no polygon."""
    shapes = shapely.force_2d(np.asarray(polygons, dtype=object))
    kinds = shapely.get_dimensions(shapes)
    bad = np.flatnonzero((kinds != 2) | shapely.is_empty(shapes) | ~shapely.is_valid(shapes))
    if bad.size:
        raise GridError(
            f"第 {bad[0] + 1} 个单元网格不是有效的面（共 {bad.size} 个），请先检查并修复",
            f"Cell {bad[0] + 1} is no valid polygon ({bad.size} such): check and repair first",
        )
    parts, cell_of = shapely.get_parts(shapes, return_index=True)
    rings, part_of = shapely.get_rings(parts, return_index=True)
    vertices, ring_of = shapely.get_coordinates(rings, return_index=True)
    return Outlines(
        vertices,
        _starts(ring_of, len(rings)),
        _starts(part_of, len(parts)),
        _starts(cell_of, len(shapes)),
    )


def edges_of(outlines: Outlines) -> Edges:
    """Return the edges of all cells, each in its one direction, none of zero length."""
    from_, to = outlines.vertices[:-1], outlines.vertices[1:]
    keep = np.any(from_ != to, axis=1)
    keep[outlines.rings[1:-1] - 1] = False  # from the end of one ring to the start of the next
    turned = (from_[:, 1] > to[:, 1]) | ((from_[:, 1] == to[:, 1]) & (from_[:, 0] > to[:, 0]))
    ends = np.hstack([np.where(turned[:, None], to, from_), np.where(turned[:, None], from_, to)])
    before = np.concatenate([[0], np.cumsum(keep)])
    first_vertex = outlines.rings[outlines.parts[outlines.cells[:-1]]]
    starts = np.append(before[first_vertex], before[-1])
    return Edges(np.ascontiguousarray(ends[keep]), starts.astype(np.int32))


def areas_m2(outlines: Outlines) -> NDArray[np.float32]:
    """Return the area of each cell on the ellipsoid, through the equal-area cylinder."""
    sine = np.sin(np.radians(outlines.vertices[:, 1]))
    height = _authalic(sine)
    lon = np.radians(outlines.vertices[:, 0])
    strips = np.diff(lon) * (height[:-1] + height[1:]) / 2.0
    strips[outlines.rings[1:-1] - 1] = 0.0
    ring_areas = np.abs(np.add.reduceat(np.append(strips, 0.0), outlines.rings[:-1]))
    is_hole = np.ones(len(ring_areas), dtype=bool)
    is_hole[outlines.parts[:-1]] = False
    signed = np.where(is_hole, -ring_areas, ring_areas)
    areas = np.add.reduceat(signed, outlines.parts[outlines.cells[:-1]])
    return (areas * _SEMI_MAJOR_M**2).astype(np.float32)


def _authalic(sine: Floats) -> Floats:
    e = math.sqrt(_ECCENTRICITY2)
    flat = sine / (1.0 - _ECCENTRICITY2 * sine * sine) + np.arctanh(e * sine) / e
    height: Floats = (1.0 - _ECCENTRICITY2) / 2.0 * flat
    return height


def _starts(owner_of: NDArray[np.int64], count: int) -> Ints:
    sizes = np.bincount(owner_of, minlength=count)
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32)


def _as_shapes(outlines: Outlines, first: int, last: int, cells: NDArray[np.integer]) -> Shapes:
    parts = outlines.parts[first : last + 1]
    rings = outlines.rings[parts[0] : parts[-1] + 1]
    shapes = shapely.from_ragged_array(
        shapely.GeometryType.MULTIPOLYGON,
        outlines.vertices[rings[0] : rings[-1]],
        (
            (rings - rings[0]).astype(np.int64),
            (parts - parts[0]).astype(np.int64),
            np.asarray(cells, dtype=np.int64),
        ),
    )
    single = np.diff(cells) == 1
    shapes[single] = shapely.get_geometry(shapes[single], 0)
    return np.asarray(shapes, dtype=object)
