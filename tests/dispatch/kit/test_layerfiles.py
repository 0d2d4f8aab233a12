"""Layers from files of every kind come out as the same rows in the same place."""

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio.raw
import pytest
import shapely
from pyproj import Transformer

from dispatch.kit.errors import InvalidInput
from dispatch.kit.layerfiles import read_layer
from geo.crs import Crs, convert

LON, LAT = 109.4116, 24.3178
HEAD = "编码,名称,经度,纬度\n"


def _write(path: Path, x: float, y: float, *, crs: str, **options: Any) -> Path:
    columns = [np.array(["0012"], dtype=object), np.array(["窑埠公厕"], dtype=object)]
    pyogrio.raw.write(
        path,
        shapely.to_wkb(np.array([shapely.Point(x, y)], dtype=object)),
        columns,
        fields=["编码", "名称"],
        crs=crs,
        geometry_type="Point",
        **options,
    )
    return path


def _only(path: Path, **options: Any) -> tuple[str, str, float, float]:
    (row,) = read_layer(path, **options).rows
    assert isinstance(row.shape, shapely.Point)
    assert row.number == 1
    return row.values["编码"], row.values["名称"], row.shape.x, row.shape.y


EXPECTED: Any = ("0012", "窑埠公厕", pytest.approx(LON, abs=1e-7), pytest.approx(LAT, abs=1e-7))


@pytest.mark.parametrize("name", ["a.geojson", "a.gpkg", "a.shp"])
def test_each_kind_of_layer_is_read_alike(tmp_path: Path, name: str) -> None:
    options = {"encoding": "UTF-8"} if name.endswith("shp") else {}

    assert _only(_write(tmp_path / name, LON, LAT, crs="EPSG:4326", **options)) == EXPECTED


def test_a_projected_layer_is_moved_to_degrees(tmp_path: Path) -> None:
    x, y = Transformer.from_crs(4490, 4545, always_xy=True).transform(LON, LAT)

    assert _only(_write(tmp_path / "a.gpkg", x, y, crs="EPSG:4545")) == EXPECTED


def test_a_shifted_layer_is_moved_back_when_its_system_is_named(tmp_path: Path) -> None:
    x, y = convert(LON, LAT, source=Crs.WGS84, target=Crs.GCJ02)

    assert _only(_write(tmp_path / "a.gpkg", x, y, crs="EPSG:4326"), crs="gcj02") == EXPECTED


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_table_is_read_in_the_encodings_that_offices_use(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(f"{HEAD}0012,窑埠公厕,{LON},{LAT}\n".encode(encoding))

    assert _only(path) == EXPECTED


def test_a_packed_table_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(f"{HEAD}0012,窑埠公厕,{LON},{LAT}\n".encode()))

    assert _only(path) == EXPECTED


@pytest.mark.parametrize("place", [",", "a,b", "999,24.3", "nan,24.3", "inf,24.3"])
def test_a_row_that_cannot_be_placed_stays_without_a_shape(tmp_path: Path, place: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"{HEAD}1,甲,{place}\n2,乙,{LON},{LAT}\n", encoding="utf-8")

    for crs in ("wgs84", "gcj02"):
        first, second = read_layer(path, crs=crs).rows
        assert first.shape is None
        assert second.shape is not None
        assert (second.number, second.values["名称"]) == (2, "乙")


def test_a_table_without_coordinates_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("code,name\n1,a\n", encoding="utf-8")

    with pytest.raises(InvalidInput, match="lon and lat"):
        read_layer(path)


@pytest.mark.parametrize(
    ("name", "content"), [("a.gpkg", b"not a package"), ("a.pdf", b"%PDF"), ("a.shp", b"")]
)
def test_a_file_that_is_none_is_refused_in_words(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)

    with pytest.raises(InvalidInput) as refused:
        read_layer(path)

    assert refused.value.code == "bad_file"


def test_an_unknown_system_is_refused(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.gpkg", LON, LAT, crs="EPSG:4326")

    with pytest.raises(InvalidInput, match="EPSG"):
        read_layer(path, crs="EPSG:1")


def test_a_field_is_found_by_any_of_its_names_or_the_one_given(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("BSM,Name,lon,lat\n1,a,109,24\n", encoding="utf-8")
    layer = read_layer(path)

    assert layer.find(("code", "bsm")) == "BSM"
    assert layer.find(("code",), given="name") == "Name"
    assert layer.find(("owner",)) is None
    with pytest.raises(InvalidInput, match="BSM"):
        layer.find(("code",), given="编码")
