"""Working grids: unit grids joined into about equal, connected areas, each for its inspectors.

A city imports its own working grids; these stand in until it does. Within each district the cells
are halved again and again across their longer side, and bits that a cut leaves apart change sides.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.errors import GridError
from geo.grid.model import Column, Grid
from geo.grid.outlines import Floats

LIUZHOU_COUNT: Final = 98
#: Unit grids to a working grid in Liuzhou.
_USUAL_SIZE: Final = 296
_SWAPS: Final = 6  # two or three settle any cut seen; the bound only keeps the loop finite

Neighbours = dict[int, list[int]]


def build_working_grids(grid: Grid, *, count: int = LIUZHOU_COUNT) -> list[str]:
    """Return each cell's working grid, in the order of `grid.codes`.

    A code is the district's, `G` and three digits from north to south. No working grid crosses a
    district's border, and cells count as neighbours when they share an edge. The same grid always
    gives the same answer. Raises GridError if there are fewer working grids than districts or more
    than cells.
    """
    districts = grid.column(Column.DISTRICT)
    names, sizes = np.unique(districts, return_counts=True)
    if not len(names) <= count <= len(grid):
        raise GridError(
            f"{len(names)} 个城区、{len(grid)} 个单元网格不能划分为 {count} 个工作网格",
            f"{len(names)} districts of {len(grid)} cells make no {count} working grids",
        )
    places = _flat(grid.points)
    neighbours = neighbours_of(grid)
    codes = [""] * len(grid)
    for name, share in zip(names.tolist(), _shares(sizes.tolist(), count), strict=True):
        cells = np.flatnonzero(districts == name).tolist()
        parts = _divide_district(cells, share, places, neighbours)
        parts.sort(key=lambda part: _middle(part, places), reverse=True)
        for number, part in enumerate(parts, start=1):
            for cell in part:
                codes[cell] = f"{name}G{number:03d}"
    return codes


def fitting_count(*, districts: int, cells: int) -> int:
    """How many working grids suit a city of so many districts and unit grids, as large as usual."""
    return min(cells, max(districts, round(cells / _USUAL_SIZE)))


def connected(cells: Iterable[int], neighbours: Neighbours) -> list[list[int]]:
    """Return the connected groups of cells, the largest first, each in ascending order."""
    left = set(cells)
    groups = []
    while left:
        group, front = [], [min(left)]
        left.discard(front[0])
        while front:
            cell = front.pop()
            group.append(cell)
            fresh = [other for other in neighbours.get(cell, ()) if other in left]
            left.difference_update(fresh)
            front.extend(fresh)
        groups.append(sorted(group))
    return sorted(groups, key=lambda group: (-len(group), group[0]))


def neighbours_of(grid: Grid) -> Neighbours:
    """Return for each cell the cells that share a whole edge with it."""
    edges = grid.edges
    order = np.lexsort(edges.ends.T)
    ends, owners = edges.ends[order], edges.owners()[order]
    shared = np.flatnonzero(np.all(ends[1:] == ends[:-1], axis=1))
    found: Neighbours = defaultdict(list)
    for a, b in zip(owners[shared].tolist(), owners[shared + 1].tolist(), strict=True):
        found[a].append(b)
        found[b].append(a)
    return found


def dissolve(grid: Grid, column: Column) -> dict[str, BaseGeometry]:
    """Return the joint outline of the cells of each code in a column, say of each working grid."""
    codes = grid.column(column)
    order = np.argsort(codes, kind="stable")
    names, starts = np.unique(codes[order], return_index=True)
    groups = np.split(grid.polygons()[order], starts[1:])
    return {
        name: shapely.union_all(group)
        for name, group in zip(names.tolist(), groups, strict=True)
        if name
    }


def _divide_district(
    cells: list[int], count: int, places: Floats, neighbours: Neighbours
) -> list[list[int]]:
    """Divide a district; islands too small for a working grid of their own join the nearest."""
    groups = connected(cells, neighbours)
    fair = len(cells) / count
    mainland = [group for index, group in enumerate(groups) if index == 0 or len(group) > fair / 2]
    mainland = mainland[:count]
    parts: list[list[int]] = []
    for group, share in zip(
        mainland, _shares([len(group) for group in mainland], count), strict=True
    ):
        parts += _halve(group, share, places, neighbours)
    for island in groups[len(mainland) :]:
        _nearest(island, parts, places).extend(island)
    return parts


def _halve(cells: list[int], count: int, places: Floats, neighbours: Neighbours) -> list[list[int]]:
    if count == 1:
        return [cells]
    near = count // 2
    across = places[cells]
    axis = int(np.argmax(np.ptp(across, axis=0)))
    order = np.lexsort((np.array(cells), across[:, 1 - axis], across[:, axis]))
    cut = min(max(round(len(cells) * near / count), near), len(cells) - (count - near))
    ordered = [cells[i] for i in order]
    first, second = _connect(ordered[:cut], ordered[cut:], neighbours)
    return [
        *_halve(first, near, places, neighbours),
        *_halve(second, count - near, places, neighbours),
    ]


def _connect(
    first: list[int], second: list[int], neighbours: Neighbours
) -> tuple[list[int], list[int]]:
    """Move bits that a cut left apart to the other side, until both sides hang together."""
    for _ in range(_SWAPS):
        main, *bits = connected(first, neighbours)
        first, second = main, second + [cell for bit in bits for cell in bit]
        main, *bits = connected(second, neighbours)
        second = main
        if not bits:
            break
        first += [cell for bit in bits for cell in bit]
    return first, second


def _shares(sizes: Sequence[int], count: int) -> list[int]:
    """Share `count` out by size, at least one each: the largest remainders round up."""
    total = sum(sizes)
    shares = [max(1, math.floor(size * count / total)) for size in sizes]
    while sum(shares) != count:
        step = 1 if sum(shares) < count else -1
        open_ = [i for i, share in enumerate(shares) if share + step >= 1]
        worst = max(open_, key=lambda i: (step * (sizes[i] * count / total - shares[i]), -i))
        shares[worst] += step
    return shares


def _flat(points: Floats) -> Floats:
    return points * [math.cos(math.radians(float(points[:, 1].mean()))), 1.0]


def _middle(part: list[int], places: Floats) -> tuple[float, float]:
    lon, lat = places[part].mean(axis=0).tolist()
    return lat, -lon


def _nearest(island: list[int], parts: list[list[int]], places: Floats) -> list[int]:
    middle = places[island].mean(axis=0)
    return min(parts, key=lambda part: float(np.min(np.hypot(*(places[part] - middle).T))))
