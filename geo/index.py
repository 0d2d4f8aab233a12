"""A spatial index of points: the nearest, those within metres, and pairs too close together.

Longitudes and latitudes are degrees, distances metres on the sphere. The index keeps to the order of
its input: what it returns are positions in it. A circle that crosses the 180th meridian finds only
its own side.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely import STRtree

from geo.crs import as_degrees, require_valid
from geo.sphere import MEAN_RADIUS_M, sphere_distances_m

Floats = NDArray[np.float64]
Positions = NDArray[np.int64]

HALF_WAY_ROUND_M: Final = math.pi * MEAN_RADIUS_M
_GROWTH: Final = 3.0  # of the radius, while too few points are found


@dataclass(frozen=True)
class Hit:
    """A point found: its position in the input and how far away it is."""

    position: int
    metres: float


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pairs of points close together: positions first[i] < second[i], metres apart, by position."""

    first: Positions
    second: Positions
    metres: Floats


class PointIndex:
    """Points that can be asked for by nearness; immutable."""

    def __init__(self, lons: ArrayLike, lats: ArrayLike) -> None:
        """Take flat arrays of degrees; raise CoordinateError for unusable ones."""
        self._lons, self._lats = as_degrees(lons, lats)
        self._tree = STRtree(np.asarray(shapely.points(self._lons, self._lats), dtype=object))

    def __len__(self) -> int:
        return len(self._lons)

    def within(self, lon: float, lat: float, *, metres: float) -> list[Hit]:
        """Return all points at most so far away, nearest first."""
        require_valid(lon, lat)
        return self._hits(lon, lat, metres)

    def nearest(
        self, lon: float, lat: float, *, count: int = 1, within_m: float = math.inf
    ) -> list[Hit]:
        """Return the nearest points, nearest first, fewer if there are not so many within reach.

        Points equally far away come in the order of the input.
        """
        require_valid(lon, lat)
        wanted, reach = min(count, len(self)), min(within_m, HALF_WAY_ROUND_M)
        if wanted <= 0:
            return []
        radius = min(reach, self._first_radius(wanted))
        while len(hits := self._hits(lon, lat, radius)) < wanted and radius < reach:
            radius = min(reach, radius * _GROWTH)
        return hits[:wanted]

    def pairs_within(self, metres: float) -> Pairs:
        """Return every pair of points at most so far apart: what may be entered twice."""
        one, other = self._tree.query(_boxes(self._lons, self._lats, metres))
        first, second = one[one < other], other[one < other]
        apart = sphere_distances_m(
            self._lons[first], self._lats[first], self._lons[second], self._lats[second]
        )
        near = apart <= metres
        return Pairs(first[near], second[near], apart[near])

    def _hits(self, lon: float, lat: float, metres: float) -> list[Hit]:
        box = _boxes(np.array([lon]), np.array([lat]), metres)[0]
        positions = np.sort(self._tree.query(box))
        apart = sphere_distances_m(lon, lat, self._lons[positions], self._lats[positions])
        order = np.argsort(apart, kind="stable")
        found = zip(positions[order].tolist(), apart[order].tolist(), strict=True)
        return [Hit(position, away) for position, away in found if away <= metres]

    def _first_radius(self, wanted: int) -> float:
        """Guess the radius that holds so many points, were they spread evenly."""
        width, height = np.ptp(self._lons), np.ptp(self._lats)
        area = math.radians(width) * math.radians(height) * MEAN_RADIUS_M**2
        return max(1.0, 1.5 * math.sqrt(area * wanted / len(self) / math.pi))


def _boxes(lons: Floats, lats: Floats, metres: float) -> NDArray[np.object_]:
    """Return boxes in degrees that hold the circles of a radius about each place."""
    height = math.degrees(metres / MEAN_RADIUS_M)
    at_pole = np.abs(lats) + height >= 90.0
    shrunk = math.sin(min(metres / MEAN_RADIUS_M, math.pi / 2.0)) / np.cos(np.radians(lats))
    width = np.where(at_pole, 360.0, np.degrees(np.arcsin(np.minimum(shrunk, 1.0))))
    height, width = height * (1.0 + 1e-9) + 1e-12, width * (1.0 + 1e-9) + 1e-12
    return np.asarray(shapely.box(lons - width, lats - height, lons + width, lats + height))
