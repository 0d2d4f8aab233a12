"""Files with places (GeoJSON, GeoPackage, Shapefile, CSV, Excel) as plain rows, in the platform's own system.

Imported only by what reads files at a terminal: GDAL and PROJ take memory that a server does not need.
"""

import csv
import gzip
import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError
from shapely.geometry import Point

from dispatch.kit.errors import InvalidInput, invalid
from dispatch.kit.layers import LATITUDES, LONGITUDES, Layer, LayerRow
from dispatch.kit.workbooks import workbook_rows
from geo.crs import Crs, convert, is_valid
from geo.errors import GeoError
from geo.gridfiles.opening import read_rows


def read_layer(
    path: Path, *, layer: str | None = None, encoding: str | None = None, crs: str | None = None
) -> Layer:
    """Read a layer into CGCS2000 degrees.

    `crs` (wgs84, cgcs2000, gcj02, bd09 or a code such as EPSG:4545) goes before what the file says; a
    table says nothing and counts as WGS-84 without it. Raises InvalidInput for what cannot be read.
    """
    with in_words():
        if path.name.lower().endswith((".csv", ".csv.gz")):
            table = csv.DictReader(io.StringIO(_decoded(path, encoding)))
            return _table_layer(list(table.fieldnames or ()), list(table), crs=crs or Crs.WGS84)
        if path.name.lower().endswith(".xlsx"):
            fields, *lines = [*workbook_rows(path)] or [[]]
            cells = [dict(zip(fields, line, strict=False)) for line in lines if any(line)]
            return _table_layer(fields, cells, crs=crs or Crs.WGS84)
        rows = read_rows(path, layer=layer, encoding=encoding)
    shapes = shapely.from_wkb(rows.wkb, on_invalid="ignore")
    placed = _placed(np.asarray(shapes, dtype=object), crs or rows.crs or Crs.WGS84)
    columns = [[_text(value) for value in column] for column in rows.values]
    return _layer(rows.fields, zip(*columns, strict=True) if columns else None, placed)


@contextmanager
def in_words() -> Iterator[None]:
    """What the geographic library refuses, as a refusal of the domain."""
    try:
        yield
    except GeoError as error:
        raise InvalidInput("bad_file", error.zh, error.en) from error


def _table_layer(
    fields: Sequence[str], rows: Sequence[Mapping[str, str | None]], *, crs: str
) -> Layer:
    found = Layer(tuple(fields), ())
    lon, lat = found.find(LONGITUDES), found.find(LATITUDES)
    if lon is None or lat is None:
        raise invalid(
            "longitude",
            "表格须有经度、纬度两列(如 longitude、latitude 或 经度、纬度)",
            "The table must have a longitude and a latitude column (such as lon and lat)",
            code="no_coordinates",
        )
    shapes = np.array([_point(row.get(lon), row.get(lat)) for row in rows], dtype=object)
    values = ([(row.get(field) or "").strip() for field in fields] for row in rows)
    return _layer(fields, values, _placed(shapes, crs))


def _decoded(path: Path, encoding: str | None) -> str:
    try:
        data = path.read_bytes()
        data = gzip.decompress(data) if path.suffix == ".gz" else data
    except OSError as error:
        raise invalid(
            "path",
            f"无法读取 {path.name}:{error.strerror or error}",
            f"Cannot read {path.name}: {error.strerror or error}",
        ) from error
    for name in [encoding] if encoding else ["utf-8-sig", "gb18030"]:
        try:
            return data.decode(name)
        except (UnicodeDecodeError, LookupError):
            continue
    raise invalid(
        "encoding",
        f"无法识别 {path.name} 的编码,请存为 UTF-8 或用 --encoding 指明",
        f"Cannot tell the encoding of {path.name}: save it as UTF-8 or name it with --encoding",
    )


def _point(lon: str | None, lat: str | None) -> Point | None:
    try:
        return Point(float(lon or ""), float(lat or ""))
    except ValueError:
        return None


def _placed(shapes: NDArray[np.object_], crs: str) -> NDArray[np.object_]:
    """The shapes in CGCS2000 degrees, None where there is none or it lies off the globe."""
    if crs in list(Crs):
        moved = shapely.transform(shapes, lambda xy: _unshifted(xy, Crs(crs)))
    else:
        to_degrees = _transformer(crs)
        moved = shapely.transform(
            shapes, lambda xy: np.column_stack(to_degrees.transform(*xy.T)) if len(xy) else xy
        )
    bounds = shapely.bounds(moved)
    with np.errstate(invalid="ignore"):
        lost = ~(np.abs(bounds) <= [180.0, 90.0, 180.0, 90.0]).all(axis=1)
    result = np.asarray(moved, dtype=object)
    result[lost] = None
    return result


def _unshifted(xy: NDArray[np.float64], crs: Crs) -> NDArray[np.float64]:
    if crs in (Crs.WGS84, Crs.CGCS2000):
        return xy
    good = np.array([is_valid(lon, lat) for lon, lat in xy.tolist()], dtype=bool)
    moved = np.full_like(xy, np.nan)
    if good.any():
        moved[good] = np.column_stack(convert(*xy[good].T, source=crs, target=Crs.CGCS2000))
    return moved


def _transformer(crs: str) -> Transformer:
    try:
        return Transformer.from_crs(CRS.from_user_input(crs), 4490, always_xy=True)
    except CRSError as error:
        raise invalid(
            "crs",
            f"不认识坐标系 {crs},请用 wgs84、cgcs2000、gcj02、bd09 或 EPSG 代码",
            f"Unknown coordinate system {crs}: use wgs84, cgcs2000, gcj02, bd09 or an EPSG code",
        ) from error


def _layer(fields: Sequence[str], values: Any, shapes: NDArray[np.object_]) -> Layer:
    rows = values if values is not None else ((),) * len(shapes)
    return Layer(
        tuple(fields),
        tuple(
            LayerRow(number, dict(zip(fields, row, strict=True)), shape)
            for number, (row, shape) in enumerate(zip(rows, shapes, strict=True), start=1)
        ),
    )


def _text(value: Any) -> str:
    """A value as text: whole numbers without a fraction, nothing as empty."""
    if value is None or value != value:  # noqa: PLR0124 - NaN is what is unequal to itself
        return ""
    return f"{value:.0f}" if isinstance(value, float) and value.is_integer() else str(value).strip()
