"""Reading a gazetteer from files: the folder layout of data/gazetteer, and any city's own layers.

Imported only where files are read: GDAL and PROJ take forty megabytes that a server does not need.
"""

import csv
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyogrio.raw
import shapely
from pyproj import CRS, Transformer
from shapely.geometry import Point, shape
from shapely.geometry.base import BaseGeometry

from geo.crs import Crs, convert
from geo.errors import GazetteerError
from geo.gazetteer.gazetteer import Gazetteer
from geo.gazetteer.kinds import AreaKind, RoadClass
from geo.gazetteer.readers import Record, short_area
from geo.gazetteer.rows import (
    AreaRow,
    BlockRow,
    BridgeRow,
    CrossingRow,
    GazetteerRows,
    NumberRangeRow,
    PlaceRow,
    RoadRow,
)

_AREA_FILES = (
    ("districts_wgs84.geojson", AreaKind.DISTRICT, "name"),
    ("streets_synthetic.geojson", AreaKind.STREET, "street"),
    ("communities_synthetic.geojson", AreaKind.COMMUNITY, "community"),
)
_LON_NAMES, _LAT_NAMES = ("lon", "lng", "longitude", "x", "经度"), ("lat", "latitude", "y", "纬度")


def load_folder(path: Path, *, areas: Path | None = None) -> Gazetteer:
    """Build a gazetteer from a folder laid out like data/gazetteer; `areas` holds outlines like data/grid.

    Raises GazetteerError when a file is missing or cannot be read.
    """
    return Gazetteer.from_rows(read_folder(path, areas=areas))


def read_layer(path: Path, *, layer: str | None = None, crs: Crs = Crs.WGS84) -> list[Record]:
    """The rows of a GeoJSON, GeoPackage, Shapefile or CSV (with longitude and latitude columns).

    A projected layer is moved to degrees by its own definition; `crs` says which shift the
    degrees carry (GCJ-02 from Amap and Tencent, BD-09 from Baidu). Raises GazetteerError.
    """
    if not path.exists():
        raise GazetteerError(f"找不到文件 {path.name}", f"there is no file {path.name}")
    records = _csv_records(path) if path.suffix.lower() == ".csv" else _ogr_records(path, layer)
    if crs in {Crs.WGS84, Crs.CGCS2000}:
        return records
    return [Record(r.values, _unshift(r.geometry, crs)) for r in records]


def _unshift(geometry: BaseGeometry, crs: Crs) -> BaseGeometry:
    def move(points: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        lon, lat = convert(points[:, 0], points[:, 1], source=crs, target=Crs.WGS84)
        return np.stack([lon, lat], 1)

    return shapely.transform(geometry, move)


def _ogr_records(path: Path, layer: str | None) -> list[Record]:
    try:
        meta, _, geometry, columns = pyogrio.raw.read(path, layer=layer, encoding=None)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise GazetteerError(
            f"读不了 {path.name}:请用 GeoJSON、GeoPackage、Shapefile 或 CSV",
            f"cannot read {path.name}: use GeoJSON, GeoPackage, Shapefile or CSV ({error})",
        ) from error
    shapes = shapely.from_wkb(geometry)
    system = CRS.from_user_input(meta["crs"]) if meta["crs"] else None
    if system is not None and system.is_projected:
        to_degrees = Transformer.from_crs(system, 4490, always_xy=True)
        shapes = shapely.transform(
            shapes, lambda p: np.stack(to_degrees.transform(p[:, 0], p[:, 1]), 1)
        )
    names = [str(n) for n in meta["fields"]]
    texts = [[_text(v) for v in column] for column in columns]
    rows = zip(*texts, strict=True) if texts else (() for _ in shapes)
    pairs = zip(rows, shapes, strict=True)
    return [Record(dict(zip(names, r, strict=True)), s) for r, s in pairs if s is not None]


def _text(value: Any) -> str:
    if value is None or value != value:  # noqa: PLR0124 -- NaN stands for an empty cell
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _csv_records(path: Path) -> list[Record]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.DictReader(stream)
        columns = {c.strip().lower(): c for c in reader.fieldnames or ()}
        lon = next((columns[n] for n in _LON_NAMES if n in columns), None)
        lat = next((columns[n] for n in _LAT_NAMES if n in columns), None)
        if lon is None or lat is None:
            raise GazetteerError(
                f"{path.name} 缺少经纬度列(lon/lat 或 经度/纬度)",
                f"{path.name} has no longitude and latitude columns (lon/lat)",
            )
        try:
            return [
                Record({k: (v or "").strip() for k, v in row.items()},
                       Point(float(row[lon]), float(row[lat])))
                for row in reader
            ]  # fmt: skip
        except (TypeError, ValueError) as error:
            raise GazetteerError(
                f"{path.name} 第 {reader.line_num} 行的经纬度不是数字",
                f"line {reader.line_num} of {path.name} has a longitude or latitude that is no number",
            ) from error


def read_folder(path: Path, *, areas: Path | None = None) -> GazetteerRows:
    """All rows of a folder laid out like data/gazetteer; `areas` holds outlines like data/grid."""
    roads = [
        RoadRow(p["name"], g["coordinates"], RoadClass(p["class"]), p.get("district", ""),
                _split(p.get("aliases", "")), str(p["id"]))
        for p, g in _features(path / "roads.geojson")
    ]  # fmt: skip
    places = [
        PlaceRow(
            name=p["name"],
            kind=p["kind"],
            lon=float(g["coordinates"][0]),
            lat=float(g["coordinates"][1]),
            aliases=_split(p.get("aliases", "")),
            district=p.get("district", ""),
            road=p.get("road", ""),
        )
        for p, g in _features(path / "places.geojson")
    ]
    bridges = [
        BridgeRow(p["name"], g["coordinates"], _split(p.get("aliases", "")))
        for p, g in _features(path / "bridges.geojson")
    ]
    return GazetteerRows(
        roads=roads,
        crossings=[
            CrossingRow(r["road_a"], r["road_b"], float(r["lon"]), float(r["lat"]))
            for r in _table(path / "crossings.csv")
        ],
        ranges=[
            NumberRangeRow(
                r["road"],
                r["side"],
                int(r["from_number"]),
                int(r["to_number"]),
                float(r["from_m"]),
                float(r["to_m"]),
                r["road_id"],
            )
            for r in _table(path / "house_numbers.csv")
        ],
        places=places,
        bridges=bridges,
        blocks=[
            BlockRow(r["estate"], r["block"], float(r["lon"]), float(r["lat"]))
            for r in _table(path / "blocks.csv")
        ],
        areas=_read_areas(areas) if areas is not None else (),
    )


def _read_areas(folder: Path) -> list[AreaRow]:
    out = []
    for name, kind, column in _AREA_FILES:
        out += [
            AreaRow(kind, p[column], shapely.make_valid(shape(g)), short_area(p[column]))
            for p, g in _features(folder / name)
        ]
    return out


def _split(text: str) -> tuple[str, ...]:
    return tuple(a for a in text.split(";") if a)


def _features(path: Path) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    try:
        features = orjson.loads(path.read_bytes())["features"]
    except (OSError, ValueError, KeyError) as error:
        raise GazetteerError(
            f"读不了 {path.name},请检查文件是否存在且为 GeoJSON",
            f"cannot read {path.name}: check that it is there and is GeoJSON",
        ) from error
    return [(f["properties"], f["geometry"]) for f in features]


def _table(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            return list(csv.DictReader(stream))
    except OSError as error:
        raise GazetteerError(
            f"找不到 {path.name},请检查地名数据文件夹", f"{path.name} is missing from the folder"
        ) from error
