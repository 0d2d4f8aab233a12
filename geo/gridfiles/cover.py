"""Whether cells overlap, leave gaps or lie beyond the outline."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from geo.gridfiles.report import Finding, FindingKind, Severity, some

OVERLAP_M2: Final = 1.0  # less comes from rounding
SLIT_M: Final = 1.0  # narrower gaps come from drawing; look-ups close those below 0.2 m
GAP_M2: Final = 10.0
_METRES_A_DEGREE: Final = 111_320.0

Shapes = NDArray[np.object_]


@dataclass(frozen=True, eq=False)
class Cells:
    """Codes with valid polygons in degrees, and the same in metres about their middle."""

    codes: tuple[str, ...]
    shapes: Shapes

    @cached_property
    def points(self) -> NDArray[np.float64]:
        """A place inside each cell, in degrees."""
        return shapely.get_coordinates(shapely.point_on_surface(self.shapes))

    @cached_property
    def flat(self) -> Shapes:
        """The polygons in metres: a plane for sizes to a few per mille, not for places."""
        return np.asarray(shapely.transform(self.shapes, self._to_metres), dtype=object)

    @cached_property
    def side_m(self) -> float:
        """The side of a typical cell."""
        return math.sqrt(float(np.median(shapely.area(self.flat))))

    def flatten(self, shape: BaseGeometry) -> BaseGeometry:
        """Return a shape in degrees in the metres of `flat`."""
        return shapely.transform(shape, self._to_metres)

    def place(self, flat: BaseGeometry) -> str:
        """Return where a shape in metres lies and how large it is, for a person to find it."""
        x, y = shapely.get_coordinates(shapely.point_on_surface(flat))[0] / self._scale
        return f"{x:.6f},{y:.6f} ({flat.area:,.0f} m²)"

    def _to_metres(self, degrees: NDArray[np.float64]) -> NDArray[np.float64]:
        return degrees * self._scale

    @cached_property
    def _scale(self) -> NDArray[np.float64]:
        middle = math.radians(float(np.median(self.points[:, 1])))
        return np.array([_METRES_A_DEGREE * math.cos(middle), _METRES_A_DEGREE])


def check_cover(cells: Cells, outline: BaseGeometry | None) -> Iterator[Finding]:
    """Yield overlaps, slits and gaps between cells, and cells beyond the outline."""
    yield from _overlaps(cells)
    covered = shapely.union_all(cells.flat)
    yield from _gaps(cells, covered, None if outline is None else cells.flatten(outline))
    if outline is not None:
        yield from _outside(cells, outline)


def _overlaps(cells: Cells) -> Iterator[Finding]:
    tree = shapely.STRtree(cells.flat)
    one, other = tree.query(cells.flat, predicate="intersects")
    one, other = one[one < other], other[one < other]
    inner = shapely.relate_pattern(cells.flat[one], cells.flat[other], "T********")
    one, other = one[inner], other[inner]
    areas = shapely.area(shapely.intersection(cells.flat[one], cells.flat[other]))
    large = np.flatnonzero(areas > OVERLAP_M2)
    if not large.size:
        return
    worst = large[np.argsort(-areas[large], kind="stable")]
    pairs = [f"{cells.codes[one[i]]}+{cells.codes[other[i]]} ({areas[i]:,.0f} m²)" for i in worst]
    total = float(areas[large].sum())
    smaller = np.minimum(*(shapely.area(cells.flat[side[large]]) for side in (one, other)))
    deep = bool(np.any(areas[large] > 0.05 * smaller))
    yield Finding(
        FindingKind.OVERLAP,
        Severity.ERROR if deep else Severity.WARNING,
        f"{large.size} 对网格相互重叠，共 {total:,.0f} 平方米；重叠处归代码较小的网格，请修正边界",
        f"{large.size} pairs of cells overlap by {total:,.0f} m² in all; the lower code wins there: "
        "correct the borders",
        int(large.size),
        some(pairs),
    )


def _gaps(cells: Cells, covered: BaseGeometry, outline: BaseGeometry | None) -> Iterator[Finding]:
    shells = [Polygon(part.exterior) for part in shapely.get_parts([covered])]
    filled = shapely.union_all(shells)
    holes = _polygons(shapely.difference(filled, covered))
    widths = 2.0 * shapely.area(holes) / shapely.length(holes)
    slits = holes[widths < SLIT_M]
    if slits.size:
        yield Finding(
            FindingKind.SLIT,
            Severity.WARNING,
            f"网格之间有 {slits.size} 条窄缝（宽不足 {SLIT_M:g} 米），请在制图软件中对齐边界",
            f"{slits.size} slits narrower than {SLIT_M:g} m lie between cells: snap their borders",
            int(slits.size),
            some([cells.place(slit) for slit in slits]),
        )
    gaps = list(holes[(widths >= SLIT_M) & (shapely.area(holes) > GAP_M2)])
    if outline is not None:
        gaps += _unfilled(cells, filled, outline)
    gaps.sort(key=lambda gap: -gap.area)
    if gaps:
        total = sum(gap.area for gap in gaps)
        yield Finding(
            FindingKind.GAP,
            Severity.WARNING,
            f"有 {len(gaps)} 处没有网格，共 {total:,.0f} 平方米；若不是水面等有意留空，请补绘网格",
            f"{len(gaps)} places have no cell, {total:,.0f} m² in all: draw cells there unless they "
            "are left out on purpose",
            len(gaps),
            some([cells.place(gap) for gap in gaps]),
        )


def _unfilled(cells: Cells, filled: BaseGeometry, outline: BaseGeometry) -> list[BaseGeometry]:
    """Return what the cells leave open along the outline, wider than a cell: not mere jaggedness."""
    open_ = shapely.difference(shapely.make_valid(outline), filled)
    core = shapely.buffer(open_, -cells.side_m / 2.0)
    return list(_polygons(shapely.buffer(core, cells.side_m / 2.0)))


def _polygons(shape: BaseGeometry) -> Shapes:
    parts = shapely.get_parts([shape])
    return np.asarray(parts[shapely.area(parts) > 0.0], dtype=object)


def _outside(cells: Cells, outline: BaseGeometry) -> Iterator[Finding]:
    flat = shapely.buffer(cells.flatten(outline), cells.side_m)
    shapely.prepare(flat)
    beyond = np.flatnonzero(~shapely.contains(flat, shapely.point_on_surface(cells.flat)))
    if beyond.size:
        codes = [cells.codes[i] for i in beyond]
        most = beyond.size > len(cells.codes) / 2
        yield Finding(
            FindingKind.OUTSIDE,
            Severity.ERROR if most else Severity.WARNING,
            f"{beyond.size} 个网格在城市范围之外，请核对坐标或范围",
            f"{beyond.size} cells lie beyond the city's outline: check their coordinates or the "
            "outline",
            int(beyond.size),
            some(codes),
        )
