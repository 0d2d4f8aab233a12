"""Check a grid before it is imported: codes, shapes, place, coordinate system, overlaps and gaps."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.errors import ShapeError
from geo.grid import Grid
from geo.grid.outlines import areas_m2, outlines_of
from geo.gridfiles import cover, placing
from geo.gridfiles.report import Finding, FindingKind, GridReport, Severity, some, worst_first
from geo.shapes import repair

CODE_DIGITS: Final = 15
COMMUNITY_DIGITS: Final = 12
Shapes = NDArray[np.object_]


def check_grid(
    codes: Sequence[str],
    polygons: Sequence[BaseGeometry | None] | Shapes,
    *,
    outline: BaseGeometry | None = None,
    districts: Mapping[str, BaseGeometry] | None = None,
    communities: Collection[str] | None = None,
    reference: Grid | None = None,
) -> GridReport:
    """Check codes and polygons (WGS-84/CGCS2000 degrees) and repair what can be.

    The more is known, the more is found: `outline` is the area that the grid should fill,
    `districts` the outlines by six-digit code, `communities` the valid 12-digit codes, `reference` a
    grid of the same city that is known to lie right. Takes a few seconds for 30,000 cells.
    """
    known = placing.Known(outline, dict(districts or {}), reference)
    findings = [*_check_codes(codes, communities)]
    shapes, faults = _repaired(codes, polygons)
    findings += faults
    usable = np.flatnonzero(~shapely.is_missing(shapes)).tolist()
    cells = cover.Cells(tuple(codes[i] for i in usable), shapes[usable])
    if len(cells.codes):
        misplaced = list(placing.check_place(cells, known))
        if not misplaced:
            shifts = list(placing.check_shift(cells, known))
            # a shift explains what does not fit the outline: tell the cause, not its effects
            is_shifted = any(finding.kind is FindingKind.SHIFTED for finding in shifts)
            findings += [*shifts, *cover.check_cover(cells, None if is_shifted else outline)]
        findings += misplaced
    area = float(areas_m2(outlines_of(cells.shapes)).sum(dtype=float)) if len(usable) else 0.0
    return GridReport(len(codes), area, tuple(codes), shapes, worst_first(findings))


# --- codes ---------------------------------------------------------------------------------------


def _check_codes(codes: Sequence[str], communities: Collection[str] | None) -> Iterator[Finding]:
    if not codes:
        yield Finding(
            FindingKind.NO_CELLS,
            Severity.ERROR,
            "文件中没有单元网格，请检查图层",
            "There are no cells in the file: check the layer",
            0,
        )
    bad = [code for code in codes if not _is_well_formed(code)]
    if bad:
        yield Finding(
            FindingKind.BAD_CODE,
            Severity.ERROR,
            f"{len(bad)} 个网格代码不是 15 位数字（6 位区 + 3 位街道 + 3 位社区 + 3 位顺序号），请更正",
            f"{len(bad)} codes are not 15 digits (6 district + 3 street + 3 community + 3 serial)",
            len(bad),
            some(bad),
        )
    repeated = [code for code, times in Counter(codes).items() if times > 1 and code]
    if repeated:
        yield Finding(
            FindingKind.REPEATED_CODE,
            Severity.ERROR,
            f"{len(repeated)} 个网格代码重复使用，每个代码只能对应一个网格",
            f"{len(repeated)} codes are used more than once: each may stand for one cell only",
            len(repeated),
            some(repeated),
        )
    if communities is not None:
        yield from _check_communities(codes, set(communities))


def _check_communities(codes: Sequence[str], known: set[str]) -> Iterator[Finding]:
    strange = [
        code for code in codes if _is_well_formed(code) and code[:COMMUNITY_DIGITS] not in known
    ]
    if strange:
        yield Finding(
            FindingKind.UNKNOWN_COMMUNITY,
            Severity.WARNING,
            f"{len(strange)} 个网格代码的前 12 位不是已知社区，请核对代码或先导入社区",
            f"{len(strange)} codes begin with no known community: correct them, or import "
            "communities first",
            len(strange),
            some(strange),
        )


def _is_well_formed(code: str) -> bool:
    return len(code) == CODE_DIGITS and code.isascii() and code.isdigit()


# --- shapes --------------------------------------------------------------------------------------


def _repaired(
    codes: Sequence[str], polygons: Sequence[BaseGeometry | None] | Shapes
) -> tuple[Shapes, list[Finding]]:
    """Return the shapes, repaired where possible and None where not, and what was wrong."""
    shapes = shapely.force_2d(np.asarray(polygons, dtype=object))
    sound = shapely.is_valid(shapes) & (shapely.get_dimensions(shapes) == 2)
    sound &= ~shapely.is_empty(shapes)
    mended: list[str] = []
    broken: list[str] = []
    for i in np.flatnonzero(~sound).tolist():
        shapes[i] = _mend(shapes[i])
        (broken if shapes[i] is None else mended).append(codes[i])
    findings = []
    if broken:
        findings.append(
            Finding(
                FindingKind.BROKEN_SHAPE,
                Severity.ERROR,
                f"{len(broken)} 个网格没有可用的面，请重新绘制",
                f"{len(broken)} cells have no usable polygon: draw them again",
                len(broken),
                some(broken),
            )
        )
    if mended:
        findings.append(
            Finding(
                FindingKind.REPAIRED_SHAPE,
                Severity.WARNING,
                f"{len(mended)} 个网格的面自相交或有错，已自动修复，请核对",
                f"{len(mended)} polygons crossed themselves or were faulty and were repaired: "
                "look them over",
                len(mended),
                some(mended),
            )
        )
    return shapes, findings


def _mend(shape: BaseGeometry | None) -> BaseGeometry | None:
    if shape is None or shapely.get_dimensions(shape) != 2:
        return None
    try:
        return repair(shape)
    except (ShapeError, shapely.errors.GEOSException):
        return None
