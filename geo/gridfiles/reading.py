"""Read a grid from GeoJSON, GeoPackage or Shapefile, also zipped, into WGS-84/CGCS2000 degrees.

The file's own coordinate system holds unless the caller names another; nothing is guessed. Texts of
a Shapefile without a .cpg are UTF-8 if they can be, else GB 18030 (which holds GBK and GB 2312).
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from geo.crs import Crs, convert
from geo.errors import GridFileError
from geo.grid import Column
from geo.gridfiles.opening import read_rows
from geo.gridfiles.report import Finding, FindingKind, Severity

Floats = NDArray[np.float64]
Shapes = NDArray[np.object_]

CODE: Final = "code"
# Names of fields as cities write them, compared without case; the first that is there is taken.
NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    CODE: (
        *("code", "grid_code", "gridcode", "bgcode", "bgid", "unit_code", "wgdm", "wgbm"),
        *("网格代码", "网格编码", "单元网格代码", "单元网格编码", "单元网格标识码", "代码", "编码"),
    ),
    Column.WORKING_GRID: (
        *("working_grid", "workgrid", "work_grid", "wgcode", "gzwg", "zrwg"),
        *("工作网格", "工作网格代码", "责任网格", "责任网格代码", "责任网格编码"),
    ),
    Column.COMMUNITY: ("community_code", "commcode", "sqdm", "社区代码", "社区编码"),
    Column.STREET: ("street_code", "streetcode", "jddm", "街道代码", "街道编码"),
    Column.DISTRICT: ("district_code", "distcode", "qxdm", "adcode", "区县代码", "城区代码"),
    Column.VIRTUAL_DISTRICT: ("virtual_district", "zone_code", "功能区", "功能区代码"),
}
_MODERN_AXIS_M: Final = 6_378_137.0  # of WGS-84, GRS80 and CGCS2000; old datums have others


@dataclass(frozen=True, eq=False)
class GridSource:
    """A file's cells as they stand there: codes, polygons in degrees (None where missing), columns.

    `system` names the coordinate system that was read; `notes` holds doubts about it.
    """

    codes: list[str]
    polygons: Shapes
    columns: dict[Column, list[str]]
    system: str
    notes: tuple[Finding, ...] = ()


def read_grid_file(
    path: Path,
    *,
    fields: Mapping[str, str] | None = None,
    layer: str | None = None,
    encoding: str | None = None,
    crs: str | None = None,
) -> GridSource:
    """Read the cells of a file.

    `fields` maps `code` and the columns' names to the file's fields where they have unusual names;
    `crs` is wgs84, cgcs2000, gcj02, bd09 or a code such as EPSG:4545 and goes before what the file
    says. Raises GridFileError if the file cannot be read, lacks a code field or a known system.
    """
    rows = read_rows(path, layer=layer, encoding=encoding)
    which = _find_fields(rows.fields, fields or {}, path)
    texts = {field: [_text(value) for value in rows.values[at]] for field, at in which.items()}
    shapes = np.asarray(shapely.from_wkb(rows.wkb, on_invalid="ignore"), dtype=object)
    system, polygons, notes = _to_degrees(shapes, _named(crs) or rows.crs, path)
    return GridSource(
        codes=texts[CODE],
        polygons=polygons,
        columns={column: texts[column] for column in Column if column in texts},
        system=system,
        notes=notes,
    )


# --- its fields ----------------------------------------------------------------------------------


def _find_fields(names: Sequence[str], given: Mapping[str, str], path: Path) -> dict[str, int]:
    """Return at which place of the file each field stands; the code must be among them."""
    lower = [name.strip().lower() for name in names]
    found = {}
    for field, known in NAMES.items():
        wanted = [given[field].lower()] if field in given else known
        places = [lower.index(name) for name in wanted if name in lower]
        if places:
            found[field] = places[0]
        elif field in given or field == CODE:
            raise GridFileError(
                f"{path.name} 没有字段 {given.get(field, '网格代码')}；现有字段：{'、'.join(names)}。"
                f"请用字段映射指明 {field}",
                f"{path.name} has no field {given.get(field, CODE)}; its fields are "
                f"{', '.join(names)}. Say which one is {field}",
            )
    return found


def _text(value: Any) -> str:
    """Return a field's value as text: numbers without a fraction, blanks stripped, none as empty."""
    if value is None or value != value:  # noqa: PLR0124  NaN is what is unequal to itself
        return ""
    return f"{value:.0f}" if isinstance(value, float) else str(value).strip()


# --- its coordinate system -----------------------------------------------------------------------


def _to_degrees(
    shapes: Shapes, name: str | None, path: Path
) -> tuple[str, Shapes, tuple[Finding, ...]]:
    if name is None:
        raise GridFileError(
            f"{path.name} 未注明坐标系；请指明 wgs84、cgcs2000、gcj02、bd09 或 EPSG 代码",
            f"{path.name} does not say its coordinate system: name wgs84, cgcs2000, gcj02, bd09 or "
            "an EPSG code",
        )
    if name in list(Crs):
        return name, _moved(shapes, partial(_to_wgs84, source=Crs(name))), ()
    try:
        crs = CRS.from_user_input(name)
        transformer = Transformer.from_crs(crs, 4490, always_xy=True)
    except CRSError as error:
        raise _unknown_system(name) from error
    is_old = crs.ellipsoid is None or crs.ellipsoid.semi_major_metre != _MODERN_AXIS_M
    notes = (_old_datum(crs, len(shapes)),) if is_old else ()
    if crs.is_geographic and not is_old:
        return crs.name, shapes, notes  # CGCS2000 counts as WGS-84
    return crs.name, _moved(shapes, transformer.transform), notes


def _named(name: str | None) -> str | None:
    """Take only exact names: by a word such as `beijing`, PROJ would find an old datum."""
    if name is None or name in list(Crs) or re.fullmatch(r"[A-Za-z]+:\d+", name):
        return name
    raise _unknown_system(name)


def _unknown_system(name: str) -> GridFileError:
    return GridFileError(
        f"不认识坐标系 {name}，请用 wgs84、cgcs2000、gcj02、bd09 或 EPSG 代码，如 EPSG:4545",
        f"Unknown coordinate system {name}: use wgs84, cgcs2000, gcj02, bd09 or an EPSG code such "
        "as EPSG:4545",
    )


def _to_wgs84(lon: Floats, lat: Floats, *, source: Crs) -> tuple[Floats, Floats]:
    return convert(lon, lat, source=source, target=Crs.WGS84)


def _moved(shapes: Shapes, move: Callable[[Floats, Floats], tuple[Floats, Floats]]) -> Shapes:
    moved = shapely.transform(shapes, lambda xy: np.column_stack(move(*xy.T)))
    return np.asarray(moved, dtype=object)


def _old_datum(crs: CRS, count: int) -> Finding:
    return Finding(
        FindingKind.OLD_DATUM,
        Severity.WARNING,
        f"坐标系 {crs.name} 与 CGCS2000 基准不同，通用换算可能差数十米；请由测绘部门用本市参数转换",
        f"The system {crs.name} has another datum than CGCS2000: the general conversion may be tens "
        "of metres off; have the surveying office convert the file with the city's own parameters",
        count,
    )
