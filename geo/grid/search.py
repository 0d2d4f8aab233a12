"""Which cell a place lies in: one place in about a microsecond, or millions a second.

A cell covers its inside and its border. A place that several cover belongs to the lowest code, so a
point on a shared edge has one answer whatever the order of the data. A place that none covers but
that has several within MENDED lies in a slit that rounding left between outlines: it belongs to the
nearest. Any other place belongs to none. One place and many run the same arithmetic and agree bit
for bit.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo.grid.outlines import Edges, Floats, Ints
from geo.grid.raster import BLOCK, FIRST_REFERENCE, NOTHING, Raster

ON_EDGE: Final = 1e-11  # degrees, about a micrometre: so near to an edge counts as on it
MENDED: Final = 1e-6  # degrees, about 0.1 m: slits between cells up to twice as wide are closed
CHUNK: Final = 1 << 16  # places at a time, and
TESTS_AT_ONCE: Final = 1 << 17  # edge tests at a time: bounds the memory, stays near the processor
NO_CELL: Final = np.int32(2**31 - 1)

Keys = NDArray[np.int64]


class Search:
    """Look-ups in a raster whose border squares are settled by the exact edges."""

    def __init__(self, raster: Raster, edges: Edges) -> None:
        frame = raster.frame
        self._raster, self._edges = raster, edges
        self._west, self._south = frame.west, frame.south
        self._per_lon, self._per_lat = frame.per_lon, frame.per_lat
        self._columns, self._rows = frame.columns, frame.rows
        self._wide = frame.columns // BLOCK
        # memoryviews hand out plain Python numbers, several times as fast as NumPy does one by one
        self._blocks, self._squares = _view(raster.blocks), _view(raster.squares)
        self._list_starts, self._lists = _view(raster.list_starts), _view(raster.lists)
        self._edge_starts = _view(edges.starts)
        self._ends = edges.ends.reshape(-1).data.cast("B").cast("d")
        self._tests_a_list = np.add.reduceat(
            np.diff(edges.starts)[raster.lists], raster.list_starts[:-1]
        )

    def one(self, lon: float, lat: float) -> int:
        """Return the cell at a place in degrees, or -1."""
        x = (lon - self._west) * self._per_lon
        y = (lat - self._south) * self._per_lat
        if not (0.0 <= x < self._columns and 0.0 <= y < self._rows):
            return NOTHING
        column, row = int(x), int(y)
        value: int = self._blocks[(row >> 3) * self._wide + (column >> 3)]
        if value > FIRST_REFERENCE:
            return value
        value = self._squares[((FIRST_REFERENCE - value) << 6) + ((row & 7) << 3) + (column & 7)]
        return value if value > FIRST_REFERENCE else self._settle(FIRST_REFERENCE - value, lon, lat)

    def many(self, lons: Floats, lats: Floats) -> Ints:
        """Return the cell at each place, -1 where there is none (NaN included)."""
        found = np.empty(len(lons), dtype=np.int32)
        for start in range(0, len(lons), CHUNK):
            part = slice(start, start + CHUNK)
            self._look_up(lons[part], lats[part], found[part])
        return found

    # --- one place ------------------------------------------------------------------------------

    def _settle(self, number: int, lon: float, lat: float) -> int:
        """Settle a border square: the first cell with the place inside, no edge being near."""
        for cell in self._lists[self._list_starts[number] : self._list_starts[number + 1]]:
            ends = self._ends_of(cell)
            inside = False
            for i in range(0, len(ends), 4):
                x1, y1 = ends[i], ends[i + 1]
                dx, dy = ends[i + 2] - x1, ends[i + 3] - y1
                cross = dx * (lat - y1) - dy * (lon - x1)
                if abs(cross) <= ON_EDGE * (abs(dx) + dy):
                    return self._settle_near_edge(number, lon, lat)
                if cross > 0.0 and y1 <= lat < ends[i + 3]:
                    inside = not inside
            if inside:
                return int(cell)
        return self._settle_near_edge(number, lon, lat)

    def _settle_near_edge(self, number: int, lon: float, lat: float) -> int:
        nearest, nearest2, near = NOTHING, math.inf, 0
        for cell in self._lists[self._list_starts[number] : self._list_starts[number + 1]]:
            inside, apart2 = self._measure(cell, lon, lat)
            if inside or apart2 <= ON_EDGE * ON_EDGE:
                return int(cell)
            near += apart2 < MENDED * MENDED
            if apart2 < nearest2:
                nearest, nearest2 = cell, apart2
        return nearest if near > 1 else NOTHING

    def _measure(self, cell: int, lon: float, lat: float) -> tuple[bool, float]:
        """Return whether a cell holds the place, and the square of its distance from the border."""
        ends = self._ends_of(cell)
        inside, apart2 = False, math.inf
        for i in range(0, len(ends), 4):
            x, y = lon - ends[i], lat - ends[i + 1]
            dx, dy = ends[i + 2] - ends[i], ends[i + 3] - ends[i + 1]
            if dx * y - dy * x > 0.0 and ends[i + 1] <= lat < ends[i + 3]:
                inside = not inside
            along = min(max((x * dx + y * dy) / (dx * dx + dy * dy), 0.0), 1.0)
            x, y = x - along * dx, y - along * dy
            apart2 = min(apart2, x * x + y * y)
        return inside, apart2

    def _ends_of(self, cell: int) -> Sequence[float]:
        starts = self._edge_starts
        return self._ends[4 * starts[cell] : 4 * starts[cell + 1]].tolist()

    # --- many places ----------------------------------------------------------------------------

    def _look_up(self, lons: Floats, lats: Floats, found: Ints) -> None:
        x = (lons - self._west) * self._per_lon
        y = (lats - self._south) * self._per_lat
        off = ~((x >= 0.0) & (x < self._columns) & (y >= 0.0) & (y < self._rows))
        x[off] = y[off] = 0.0
        column, row = x.astype(np.int32), y.astype(np.int32)
        values = self._raster.blocks[(row >> 3) * self._wide + (column >> 3)]
        values[off] = NOTHING
        mixed = np.flatnonzero(values < NOTHING)
        column, row = column[mixed] & 7, row[mixed] & 7
        square = ((FIRST_REFERENCE - values[mixed]) << 6) + (row << 3) + column
        values[mixed] = inner = self._raster.squares[square]
        border = mixed[inner < NOTHING]
        found[:] = values
        for part in self._portions(FIRST_REFERENCE - values[border]):
            which = border[part]
            found[which] = self._settle_many(
                FIRST_REFERENCE - values[which], lons[which], lats[which]
            )

    def _portions(self, numbers: Ints) -> list[slice]:
        """Cut border places into portions of about as many edge tests as keep the memory small."""
        done = np.cumsum(self._tests_a_list[numbers])
        cuts = np.flatnonzero(np.diff(done // TESTS_AT_ONCE)) + 1
        bounds = [0, *cuts.tolist(), len(numbers)]
        return [slice(a, b) for a, b in pairwise(bounds) if a < b]

    def _settle_many(self, numbers: Ints, lons: Floats, lats: Floats) -> Ints:
        pairs = self._pairs(numbers)
        tests = self._tests(pairs.cells)
        place = pairs.places[tests.pairs]
        x1, y1, x2, y2 = self._edges.ends[tests.edges].T
        dx, dy, lat = x2 - x1, y2 - y1, lats[place]
        cross = dx * (lat - y1) - dy * (lons[place] - x1)
        crossing = (cross > 0.0) & (y1 <= lat) & (lat < y2)
        inside = np.logical_xor.reduceat(crossing, tests.starts)
        near = np.abs(cross) <= ON_EDGE * (np.abs(dx) + dy)
        found = np.minimum.reduceat(np.where(inside, pairs.cells, NO_CELL), pairs.starts)
        unsure = found == NO_CELL
        unsure[place[near]] = True
        if unsure.any():
            found[unsure] = self._settle_many_near_edge(numbers[unsure], lons[unsure], lats[unsure])
        return found

    def _settle_many_near_edge(self, numbers: Ints, lons: Floats, lats: Floats) -> Ints:
        """Do what `_settle_near_edge` does, with the same arithmetic in the same order."""
        pairs = self._pairs(numbers)
        tests = self._tests(pairs.cells)
        place = pairs.places[tests.pairs]
        x1, y1, x2, y2 = self._edges.ends[tests.edges].T
        x, y, lat = lons[place] - x1, lats[place] - y1, lats[place]
        dx, dy = x2 - x1, y2 - y1
        crossing = (dx * y - dy * x > 0.0) & (y1 <= lat) & (lat < y2)
        along = np.minimum(np.maximum((x * dx + y * dy) / (dx * dx + dy * dy), 0.0), 1.0)
        x, y = x - along * dx, y - along * dy
        apart2 = np.minimum.reduceat(x * x + y * y, tests.starts)
        covers = np.logical_xor.reduceat(crossing, tests.starts) | (apart2 <= ON_EDGE * ON_EDGE)
        found = np.minimum.reduceat(np.where(covers, pairs.cells, NO_CELL), pairs.starts)
        is_nearest = apart2 == np.minimum.reduceat(apart2, pairs.starts)[pairs.places]
        nearest = np.minimum.reduceat(np.where(is_nearest, pairs.cells, NO_CELL), pairs.starts)
        near = np.add.reduceat((apart2 < MENDED * MENDED).astype(np.int32), pairs.starts)
        settled = np.where(found != NO_CELL, found, np.where(near > 1, nearest, NOTHING))
        return settled.astype(np.int32)

    def _pairs(self, numbers: Ints) -> "_Pairs":
        """Return each place with each cell of its list, cells in ascending order."""
        starts = self._raster.list_starts
        places, at, firsts = _spread(starts[numbers], starts[numbers + 1])
        return _Pairs(places, self._raster.lists[at], firsts)

    def _tests(self, cells: Ints) -> "_Tests":
        starts = self._edges.starts
        return _Tests(*_spread(starts[cells], starts[cells + 1]))


def _view(numbers: Ints) -> "memoryview[int]":
    return np.ascontiguousarray(numbers, dtype=np.int32).data


@dataclass(frozen=True, eq=False)
class _Pairs:
    places: Keys
    cells: Ints
    starts: Keys  # where each place's pairs begin


@dataclass(frozen=True, eq=False)
class _Tests:
    pairs: Keys
    edges: Keys
    starts: Keys  # where each pair's edges begin


def _spread(low: Ints, high: Ints) -> tuple[Keys, Keys, Keys]:
    """Return (which, value, where each begins) for all values low[i]…high[i] - 1, none empty."""
    counts = high - low
    ends = np.cumsum(counts)
    begins = ends - counts
    which = np.repeat(np.arange(len(low)), counts)
    return which, np.arange(len(which)) + np.repeat(low - begins, counts), begins
