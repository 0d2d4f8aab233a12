"""Whether cells lie where they should: in degrees, in the city, and in the right coordinate system."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry

from geo.crs import CHINA_BOX, Crs, convert
from geo.grid import Grid
from geo.gridfiles.cover import Cells
from geo.gridfiles.report import Finding, FindingKind, Severity, some
from geo.sphere import sphere_distances_m

Floats = NDArray[np.float64]

LARGE_SHIFT_M: Final = 100.0
# With a shift undone, misfits must fall below this share, and by this many cells, to be believed.
MISFITS_LEFT: Final = 0.6
FEWER_MISFITS: Final = 10
STRAY: Final = 0.002  # degrees, about 200 m: as well as district borders agree


@dataclass(frozen=True, eq=False)
class Known:
    """What is known of where the city lies."""

    outline: BaseGeometry | None
    districts: Mapping[str, BaseGeometry]
    reference: Grid | None

    def shapes(self) -> list[BaseGeometry]:
        found = [*self.districts.values(), *([self.outline] if self.outline else [])]
        return found or ([shapely.box(*self.reference.bounds)] if self.reference else [])


@dataclass(frozen=True)
class _Mistake:
    """A mix-up: coordinates come as `taken_for` although they are `truly` in another system."""

    zh: str
    en: str
    truly: Crs
    taken_for: Crs


_MISTAKES: Final = (
    _Mistake(
        "坐标像是 GCJ-02（高德、腾讯），请以 gcj02 重新读入",
        "coordinates look like GCJ-02 (Amap, Tencent): read the file again as gcj02",
        Crs.GCJ02,
        Crs.WGS84,
    ),
    _Mistake(
        "坐标像是 BD-09（百度），请以 bd09 重新读入",
        "coordinates look like BD-09 (Baidu): read the file again as bd09",
        Crs.BD09,
        Crs.WGS84,
    ),
    _Mistake(
        "坐标像是被多纠偏了一次 GCJ-02，请使用未经转换的原始数据",
        "coordinates look as if a GCJ-02 shift was removed that was not there: use the original data",
        Crs.WGS84,
        Crs.GCJ02,
    ),
    _Mistake(
        "坐标像是被多纠偏了一次 BD-09，请使用未经转换的原始数据",
        "coordinates look as if a BD-09 shift was removed that was not there: use the original data",
        Crs.WGS84,
        Crs.BD09,
    ),
)


def check_place(cells: Cells, known: Known) -> Iterator[Finding]:
    """Yield whether the cells are no degrees, have the two swapped, or lie in another place."""
    west, south, east, north = shapely.total_bounds(cells.shapes).tolist()
    span = f"{west:.6g}…{east:.6g}, {south:.6g}…{north:.6g}"
    if max(map(abs, (west, south, east, north))) > 180:
        yield _error(
            FindingKind.METRES,
            f"坐标不是经纬度（{span}），像是投影坐标（米）；请给出文件的投影，如 EPSG:4545",
            f"Coordinates are no degrees ({span}) but look like projected metres: name the file's "
            "projection, such as EPSG:4545",
            cells,
        )
    elif _share_at_home(cells.points, known) < 0.5:
        if max(abs(south), abs(north)) > 90 or _share_at_home(cells.points[:, ::-1], known) > 0.5:
            yield _error(
                FindingKind.SWAPPED,
                f"经度和纬度颠倒了（{span}），请交换后重新读入",
                f"Longitude and latitude are swapped ({span}): swap them and read the file again",
                cells,
            )
        else:
            yield _error(
                FindingKind.ELSEWHERE,
                f"网格不在本市（{span}），请核对文件和坐标系",
                f"The cells do not lie in this city ({span}): check the file and its system",
                cells,
            )


def _share_at_home(points: Floats, known: Known) -> float:
    """Return the share of places in the known city's neighbourhood, or at least in China."""
    shapes = known.shapes()
    west, south, east, north = shapely.total_bounds(shapes).tolist() if shapes else CHINA_BOX
    x, y = points.T
    inside = (x > west - 0.1) & (x < east + 0.1) & (y > south - 0.1) & (y < north + 0.1)
    return float(inside.mean())


def check_shift(cells: Cells, known: Known) -> Iterator[Finding]:
    """Yield a mix-up of coordinate systems, found by the known grid, or districts and outline."""
    by_grid = _compare_with_grid(cells, known.reference)
    if by_grid is not None:
        yield from by_grid
        return
    if not known.districts and known.outline is None:
        yield _unchecked(cells)
        return
    now = _misfits(cells, cells.points, known)
    undone = [int(_misfits(cells, _undo(cells.points, m), known).sum()) for m in _MISTAKES]
    best = int(np.argmin(undone))
    before = int(now.sum())
    if undone[best] < MISFITS_LEFT * before and before - undone[best] > FEWER_MISFITS:
        share = f"{before / len(now):.1%} → {undone[best] / len(now):.1%}"
        yield _shifted(_MISTAKES[best], cells, f"边界不符 {share}", f"misfits {share}")
        return
    if max(undone) - before < FEWER_MISFITS:
        yield _unchecked(cells)
    yield from _other_districts(cells, known)


def _compare_with_grid(cells: Cells, reference: Grid | None) -> list[Finding] | None:
    """Compare cells of the same code; None if there are too few to tell."""
    if reference is None:
        return None
    places = map(reference.index_of, cells.codes)
    pairs = [(i, at) for i, at in enumerate(places) if at is not None]
    if len(pairs) < FEWER_MISFITS:
        return None
    ours, theirs = np.array(pairs).T
    home = reference.points[theirs]
    apart = _median_apart(cells.points[ours], home)
    if apart < LARGE_SHIFT_M:
        return []
    undone = [_median_apart(_undo(cells.points[ours], mistake), home) for mistake in _MISTAKES]
    best = int(np.argmin(undone))
    away = (f"与现有网格相差 {apart:,.0f} 米", f"{apart:,.0f} m off the present grid")
    if undone[best] < 0.3 * apart:
        return [_shifted(_MISTAKES[best], cells, *away)]
    return [
        _error(
            FindingKind.SHIFTED,
            f"{away[0]}，不是 GCJ-02 或 BD-09 造成的，请核对投影和中央经线",
            f"The cells lie {away[1]}, but not by GCJ-02 or BD-09: check the projection and its "
            "central meridian",
            cells,
        )
    ]


def _median_apart(points: Floats, home: Floats) -> float:
    return float(np.median(sphere_distances_m(*points.T, *home.T)))


def _misfits(cells: Cells, points: Floats, known: Known) -> NDArray[np.bool_]:
    """Return which cells lie outside the district that their code names, or outside the outline."""
    x, y = points.T
    misfit = np.zeros(len(points), dtype=bool)
    if known.outline is not None:
        misfit |= ~shapely.contains_xy(known.outline, x, y)
    districts = np.array([code[:6] for code in cells.codes])
    for code, shape in known.districts.items():
        own = np.flatnonzero(districts == code)
        misfit[own] |= ~shapely.contains_xy(shape, x[own], y[own])
    return misfit


def _other_districts(cells: Cells, known: Known) -> Iterator[Finding]:
    strays = [
        code
        for code, (x, y) in zip(cells.codes, cells.points.tolist(), strict=True)
        if (home := known.districts.get(code[:6])) and home.distance(Point(x, y)) > STRAY
    ]
    if strays:
        yield Finding(
            FindingKind.OTHER_DISTRICT,
            Severity.WARNING,
            f"{len(strays)} 个网格不在其代码所指的城区内，请核对代码",
            f"{len(strays)} cells do not lie in the district that their code names: check the codes",
            len(strays),
            some(strays),
        )


def _undo(points: Floats, mistake: _Mistake) -> Floats:
    lon, lat = convert(*points.T, source=mistake.truly, target=mistake.taken_for)
    return np.column_stack([lon, lat])


def _shifted(mistake: _Mistake, cells: Cells, zh: str, en: str) -> Finding:
    return _error(FindingKind.SHIFTED, f"{mistake.zh}（{zh}）", f"The {mistake.en} ({en})", cells)


def _unchecked(cells: Cells) -> Finding:
    return Finding(
        FindingKind.SHIFT_UNCHECKED,
        Severity.NOTE,
        "无法核对坐标是否偏移（GCJ-02/BD-09）：请提供城区边界或现有网格，或在地图上目视检查",
        "Whether a GCJ-02 or BD-09 shift is in the coordinates cannot be told: give the districts' "
        "outlines or a known grid, or look at the cells on a map",
        len(cells.codes),
    )


def _error(kind: FindingKind, zh: str, en: str, cells: Cells) -> Finding:
    return Finding(kind, Severity.ERROR, zh, en, len(cells.codes), some(cells.codes))
