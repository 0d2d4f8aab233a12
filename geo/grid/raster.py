"""A raster of small squares over the city that names the cell at once, save on the cells' borders.

Two levels: blocks of 8 × 8 squares, and the squares of those blocks that are not all the same.
A value ≥ 0 is the cell that holds the whole square; -1 means no cell; below that stands a reference:
in `blocks` to the block's squares, in `squares` to the list of cells that reach into the square.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo.grid.outlines import Edges, Floats, Ints

BLOCK: Final = 8
NOTHING: Final = -1
FIRST_REFERENCE: Final = -2
MAX_SQUARES: Final = 6_000_000
SQUARES_A_SIDE: Final = 8  # a typical cell is this many squares wide
# Squares count as touched by what comes this near (degrees, about 0.2 m): more than any tolerance.
GROW: Final = 2e-6
_METRES_A_DEGREE: Final = 111_320.0

Keys = NDArray[np.int64]


@dataclass(frozen=True)
class Frame:
    """Where the raster lies: squares counted east and north from its corner, in degrees."""

    west: float
    south: float
    per_lon: float
    per_lat: float
    columns: int
    rows: int


@dataclass(frozen=True, eq=False)
class Raster:
    """The frame, its two levels, and the lists of cells that border squares refer to."""

    frame: Frame
    blocks: Ints
    squares: Ints
    list_starts: Ints
    lists: Ints


def build_raster(edges: Edges, *, typical_area_m2: float) -> Raster:
    """Draw all cells into a raster: first where their edges run, then what lies between."""
    frame = _frame(edges.ends, typical_area_m2)
    cells = len(edges.starts) - 1
    touched = _unique(_touched_squares(edges, frame))
    keys = _unique(np.concatenate([touched, _inner_squares(edges, frame)]))
    squares, starts = np.unique(keys // cells, return_index=True)
    is_border = np.zeros(frame.columns * frame.rows, dtype=bool)
    is_border[touched // cells] = True
    counts = np.diff(np.append(starts, len(keys)))
    listed = is_border[squares] | (counts > 1)
    values = np.full(frame.columns * frame.rows, NOTHING, dtype=np.int32)
    values[squares[~listed]] = (keys % cells)[starts[~listed]]
    numbers, list_starts, lists = _shared_lists((keys % cells), starts[listed], counts[listed])
    values[squares[listed]] = FIRST_REFERENCE - numbers
    blocks, kept = _blocks(values, frame)
    return Raster(frame, blocks, kept, list_starts, lists)


def _frame(ends: Floats, typical_area_m2: float) -> Frame:
    west, east = float(ends[:, 0::2].min()), float(ends[:, 0::2].max())
    south, north = float(ends[:, 1].min()), float(ends[:, 3].max())
    lon_metres = _METRES_A_DEGREE * max(0.01, math.cos(math.radians((south + north) / 2)))
    width_m, height_m = (east - west) * lon_metres, (north - south) * _METRES_A_DEGREE
    side = max(
        math.sqrt(typical_area_m2) / SQUARES_A_SIDE,
        math.sqrt(width_m * height_m / MAX_SQUARES),
        max(width_m, height_m) / 100_000,
    )
    per_lon, per_lat = lon_metres / side, _METRES_A_DEGREE / side
    return Frame(
        west=west - 1.0 / per_lon,  # a square to spare all round, so that nothing falls off
        south=south - 1.0 / per_lat,
        per_lon=per_lon,
        per_lat=per_lat,
        columns=(int((east - west) * per_lon) + 3 + BLOCK) // BLOCK * BLOCK,
        rows=(int((north - south) * per_lat) + 3 + BLOCK) // BLOCK * BLOCK,
    )


def _touched_squares(edges: Edges, frame: Frame) -> Keys:
    """Return the keys of every square that an edge touches, row by row along each edge."""
    x1, y1, x2, y2 = edges.ends.T
    low, high = _row(y1 - GROW, frame), _row(y2 + GROW, frame)
    edge, row = _ranges(low, high)
    bottom = frame.south + row / frame.per_lat - GROW
    top = frame.south + (row + 1) / frame.per_lat + GROW
    rise = np.maximum(y2 - y1, 1e-300)[edge]
    enters = np.clip((bottom - y1[edge]) / rise, 0.0, 1.0)
    leaves = np.clip((top - y1[edge]) / rise, 0.0, 1.0)
    run = (x2 - x1)[edge]
    ends = np.sort([x1[edge] + enters * run, x1[edge] + leaves * run], axis=0)
    stretch, column = _ranges(_column(ends[0] - GROW, frame), _column(ends[1] + GROW, frame))
    return _keys(row[stretch] * frame.columns + column, edges.owners()[edge[stretch]], edges)


def _inner_squares(edges: Edges, frame: Frame) -> Keys:
    """Return the keys of every square whose centre lies in a cell, by scan lines."""
    x1, y1, x2, y2 = edges.ends.T
    edge, row = _ranges(_first_centre(y1, frame), _first_centre(y2, frame) - 1)
    centre = frame.south + (row + 0.5) / frame.per_lat
    x = x1[edge] + (centre - y1[edge]) / (y2 - y1)[edge] * (x2 - x1)[edge]
    owner = edges.owners()[edge]
    order = np.lexsort((x, row, owner))
    enter, leave = order[0::2], order[1::2]  # each line crosses a closed outline in and out
    first = np.ceil((x[enter] - frame.west) * frame.per_lon - 0.5).astype(np.int64)
    last = np.floor((x[leave] - frame.west) * frame.per_lon - 0.5).astype(np.int64)
    stretch, column = _ranges(first, last)
    return _keys(row[enter][stretch] * frame.columns + column, owner[enter][stretch], edges)


def _keys(squares: Keys, cells: Keys, edges: Edges) -> Keys:
    """Put a square and a cell into one number."""
    return squares * (len(edges.starts) - 1) + cells


def _row(lat: Floats, frame: Frame) -> Keys:
    return np.floor((lat - frame.south) * frame.per_lat).astype(np.int64)


def _column(lon: Floats, frame: Frame) -> Keys:
    return np.floor((lon - frame.west) * frame.per_lon).astype(np.int64)


def _first_centre(lat: Floats, frame: Frame) -> Keys:
    return np.ceil((lat - frame.south) * frame.per_lat - 0.5).astype(np.int64)


def _ranges(low: Keys, high: Keys) -> tuple[Keys, Keys]:
    """Return (which, value) for all values low[i]…high[i], both ends included."""
    counts = np.maximum(high - low + 1, 0)
    which = np.repeat(np.arange(len(low)), counts)
    before = np.cumsum(counts) - counts
    return which, np.arange(len(which)) - before[which] + low[which]


def _unique(keys: Keys) -> Keys:
    """Return the different keys in order; np.unique hashes them, four times as slow for these."""
    keys.sort()
    kept: Keys = keys[np.append(True, keys[1:] != keys[:-1])]
    return kept


def _shared_lists(members: Keys, starts: Keys, counts: Keys) -> tuple[Keys, Ints, Ints]:
    """Return for each square the number of its list; equal lists are kept once."""
    numbers = np.zeros(len(starts), dtype=np.int64)
    kept: list[Keys] = []
    sizes: list[Keys] = []
    total = 0
    for size in np.unique(counts):
        which = np.flatnonzero(counts == size)
        table = members[starts[which, None] + np.arange(size)]
        rows, number = np.unique(table, axis=0, return_inverse=True)
        numbers[which] = total + number.reshape(-1)
        total += len(rows)
        kept.append(rows.ravel())
        sizes.append(np.full(len(rows), size))
    list_starts = np.concatenate([[0], np.cumsum(np.concatenate(sizes))]).astype(np.int32)
    return numbers, list_starts, np.concatenate(kept).astype(np.int32)


def _blocks(values: Ints, frame: Frame) -> tuple[Ints, Ints]:
    shape = (frame.rows // BLOCK, BLOCK, frame.columns // BLOCK, BLOCK)
    blocks = values.reshape(shape).transpose(0, 2, 1, 3).reshape(-1, BLOCK * BLOCK)
    first = blocks[:, 0]
    same = (first >= NOTHING) & np.all(blocks == first[:, None], axis=1)
    references = FIRST_REFERENCE - (np.cumsum(~same) - 1)
    return np.where(same, first, references).astype(np.int32), blocks[~same].ravel()
