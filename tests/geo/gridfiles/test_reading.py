"""Reading a grid from files as cities send them."""

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pytest
import shapely
from numpy.typing import NDArray

from geo.crs import Crs, convert
from geo.errors import CoordinateError, GridFileError
from geo.grid import Column
from geo.gridfiles import FindingKind, check_grid, opening, read_grid_file
from geo.shapes import Plane
from tests.geo.gridfiles.conftest import SmallCity

Shapes = NDArray[np.object_]


def write(
    path: Path,
    city: SmallCity,
    *,
    shapes: Shapes | None = None,
    crs: str | None = "EPSG:4490",
    fields: dict[str, Any] | None = None,
    encoding: str | None = None,
    layer: str | None = None,
) -> Path:
    columns = fields or {"code": np.array(city.codes, dtype=object)}
    pyogrio.raw.write(
        path,
        geometry=shapely.to_wkb(city.polygons if shapes is None else shapes),
        field_data=list(columns.values()),
        fields=list(columns),
        geometry_type="Polygon",
        crs=crs,
        encoding=encoding,
        layer=layer,
        append=path.exists(),
    )
    return path


def assert_same_place(found: Shapes, expected: Shapes, *, metres: float = 0.02) -> None:
    apart = shapely.hausdorff_distance(found, expected) * 111_320
    assert apart.max() < metres


def zipped(path: Path, *members: Path, folder: str = "") -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member in members:
            archive.write(member, f"{folder}{member.name}")
    return path


@pytest.mark.parametrize("name", ["grid.geojson", "grid.json", "grid.gpkg", "grid.shp"])
def test_every_format_gives_the_same_cells(tmp_path: Path, city: SmallCity, name: str) -> None:
    path = tmp_path / name
    if name.endswith("json"):
        features = [
            {"type": "Feature", "properties": {"code": code}, "geometry": shape.__geo_interface__}
            for code, shape in zip(city.codes, city.polygons, strict=True)
        ]
        path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    else:
        write(path, city)
    source = read_grid_file(path)
    assert source.codes == city.codes
    assert_same_place(source.polygons, city.polygons)
    assert source.columns == {}
    assert source.notes == ()
    assert check_grid(source.codes, source.polygons, outline=city.outline).is_usable


@pytest.mark.parametrize(
    ("encoding", "code_page", "name"),
    [
        ("GBK", None, "社区代码"),
        ("GBK", "GBK", "社区代码"),
        ("GBK", "936", "社区代码"),
        ("GBK", "nonsense", "社区代码"),
        # a name is cut off at 10 bytes: three characters of UTF-8 and a third of one
        ("UTF-8", None, "社区代"),
        ("UTF-8", "UTF-8", "社区代"),
        ("UTF-8", "65001", "社区代"),
    ],
)
def test_a_shapefile_in_chinese_is_read_with_and_without_code_page(
    tmp_path: Path, city: SmallCity, encoding: str, code_page: str | None, name: str
) -> None:
    fields = {
        "CODE": np.array(city.codes, dtype=object),
        "COMMUNITY_": np.array(["龙城社区" if i % 2 else "五星" for i in range(120)], dtype=object),
    }
    path = write(tmp_path / "grid.shp", city, fields=fields, encoding=encoding)
    table, page = path.with_suffix(".dbf"), path.with_suffix(".cpg")
    field = "社区代码".encode(encoding)[:10].ljust(10, b"\0")
    table.write_bytes(table.read_bytes().replace(b"COMMUNITY_", field, 1))
    page.unlink()
    if code_page is not None:
        page.write_text(code_page)
    source = read_grid_file(path, fields={"community": name})
    assert source.codes == city.codes
    assert source.columns[Column.COMMUNITY][:2] == ["五星", "龙城社区"]


def test_a_named_encoding_goes_before_a_guess(tmp_path: Path, city: SmallCity) -> None:
    fields = {"网格代码": np.array(city.codes, dtype=object)}
    path = write(tmp_path / "grid.shp", city, fields=fields, encoding="GBK")
    path.with_suffix(".cpg").unlink()
    assert read_grid_file(path, encoding="GB18030").codes == city.codes
    with pytest.raises(GridFileError, match="Say which one is code"):
        read_grid_file(path, encoding="ISO-8859-1")
    with pytest.raises(GridFileError, match="Unknown encoding"):
        read_grid_file(path, encoding="klingon")


@pytest.mark.parametrize("folder", ["", "网格/2026/"])
def test_a_zipped_shapefile_is_read(tmp_path: Path, city: SmallCity, folder: str) -> None:
    write(tmp_path / "单元网格.shp", city)
    members = sorted(tmp_path.glob("单元网格.*"))
    path = zipped(tmp_path / "grid.zip", *members, folder=folder)
    source = read_grid_file(path)
    assert source.codes == city.codes
    assert_same_place(source.polygons, city.polygons)


def test_columns_are_found_by_their_usual_names_or_by_given_ones(
    tmp_path: Path, city: SmallCity
) -> None:
    fields = {
        "BGCODE": np.array(city.codes, dtype=object),
        "责任网格": np.array([f"W{i // 10}" for i in range(120)], dtype=object),
        "区": np.array(["  450202 "] * 119 + [None], dtype=object),
    }
    path = write(tmp_path / "grid.gpkg", city, fields=fields)
    source = read_grid_file(path, fields={"district": "区"})
    assert source.codes == city.codes
    assert source.columns[Column.WORKING_GRID][119] == "W11"
    assert source.columns[Column.DISTRICT][0] == "450202"
    assert source.columns[Column.DISTRICT][119] == ""


def test_codes_kept_as_numbers_become_texts(tmp_path: Path, city: SmallCity) -> None:
    whole = {"code": np.array([int(code) for code in city.codes])}
    assert read_grid_file(write(tmp_path / "a.gpkg", city, fields=whole)).codes == city.codes
    floats = {"code": np.array([*map(float, city.codes[:-1]), np.nan])}
    found = read_grid_file(write(tmp_path / "b.gpkg", city, fields=floats)).codes
    assert found == [*city.codes[:-1], ""]


@pytest.mark.parametrize("epsg", [4545, 4546, 4524, 32649, 3857])
def test_projected_files_are_reprojected(tmp_path: Path, city: SmallCity, epsg: int) -> None:
    flat = Plane(epsg).flatten_many(city.polygons)
    source = read_grid_file(write(tmp_path / "grid.shp", city, shapes=flat, crs=f"EPSG:{epsg}"))
    assert_same_place(source.polygons, city.polygons)
    assert source.notes == ()


def test_an_old_datum_comes_with_a_warning(tmp_path: Path, city: SmallCity) -> None:
    source = read_grid_file(write(tmp_path / "grid.gpkg", city, crs="EPSG:4610"))
    assert [note.kind for note in source.notes] == [FindingKind.OLD_DATUM]
    assert "Xian 1980" in source.system


@pytest.mark.parametrize("system", [Crs.GCJ02, Crs.BD09])
def test_a_named_system_goes_before_what_the_file_says(
    tmp_path: Path, city: SmallCity, system: Crs
) -> None:
    shifted = shapely.transform(
        city.polygons,
        lambda xy: np.column_stack(convert(*xy.T, source=Crs.WGS84, target=system)),
    )
    path = write(tmp_path / "grid.gpkg", city, shapes=np.asarray(shifted, dtype=object))
    assert_same_place(read_grid_file(path, crs=system).polygons, city.polygons)


def test_a_file_without_a_system_needs_one_named(tmp_path: Path, city: SmallCity) -> None:
    path = write(tmp_path / "grid.shp", city, shapes=Plane().flatten_many(city.polygons))
    path.with_suffix(".prj").unlink()
    with pytest.raises(GridFileError, match="EPSG code"):
        read_grid_file(path)
    assert_same_place(read_grid_file(path, crs="EPSG:4545").polygons, city.polygons)
    with pytest.raises(GridFileError, match="Unknown coordinate system beijing"):
        read_grid_file(path, crs="beijing")
    with pytest.raises(GridFileError, match="Unknown coordinate system EPSG:99999"):
        read_grid_file(path, crs="EPSG:99999")
    with pytest.raises(CoordinateError, match="projected"):
        read_grid_file(path, crs="gcj02")


def test_metres_that_pass_for_degrees_are_found_by_the_check(
    tmp_path: Path, city: SmallCity
) -> None:
    path = write(tmp_path / "grid.shp", city, shapes=Plane().flatten_many(city.polygons))
    source = read_grid_file(path)
    report = check_grid(source.codes, source.polygons)
    assert report.of(FindingKind.METRES) is not None


def test_a_layer_must_be_named_among_several(tmp_path: Path, city: SmallCity) -> None:
    path = write(tmp_path / "all.gpkg", city, layer="parts")
    write(path, city, layer="grid")
    with pytest.raises(GridFileError, match="parts, grid"):
        read_grid_file(path)
    assert read_grid_file(path, layer="grid").codes == city.codes
    with pytest.raises(GridFileError, match="Cannot read"):
        read_grid_file(path, layer="roads")


def test_unusable_files_are_refused_in_words(tmp_path: Path, city: SmallCity) -> None:
    good = write(tmp_path / "grid.gpkg", city)
    other = write(tmp_path / "other.gpkg", city)
    text = tmp_path / "grid.txt"
    text.write_text("code")
    broken = tmp_path / "broken.geojson"
    broken.write_text("{")
    no_zip = tmp_path / "no.zip"
    no_zip.write_text("PK")
    bare = tmp_path / "bare.gpkg"
    write(bare, city, fields={"name": np.array(city.codes, dtype=object)})
    cases = {
        tmp_path / "none.shp": "no file",
        text: "not supported",
        broken: "Cannot read",
        no_zip: "Cannot read",
        bare: "no field code; its fields are name",
        zipped(tmp_path / "two.zip", good, other): "exactly one",
        zipped(tmp_path / "empty.zip"): "exactly one",
    }
    for path, hint in cases.items():
        with pytest.raises(GridFileError, match=hint):
            read_grid_file(path)
    with pytest.raises(GridFileError, match="no field 编号"):
        read_grid_file(good, fields={"working_grid": "编号"})


def test_a_table_without_shapes_is_refused(tmp_path: Path, city: SmallCity) -> None:
    bare = tmp_path / "table.gpkg"
    codes = np.array(city.codes, dtype=object)
    pyogrio.raw.write(bare, geometry=None, field_data=[codes], fields=["code"])
    with pytest.raises(GridFileError, match="no geometries"):
        read_grid_file(bare)


def test_a_row_without_a_shape_is_found_by_the_check(tmp_path: Path) -> None:
    path = tmp_path / "table.geojson"
    feature = {"type": "Feature", "properties": {"code": "1"}, "geometry": None}
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    source = read_grid_file(path)
    assert source.polygons.tolist() == [None]
    assert not check_grid(source.codes, source.polygons).is_usable


def test_a_zip_bomb_is_not_unpacked(
    tmp_path: Path, city: SmallCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = zipped(tmp_path / "grid.zip", write(tmp_path / "grid.gpkg", city))
    monkeypatch.setattr(opening, "MAX_UNPACKED", 1_000)
    with pytest.raises(GridFileError, match="too large"):
        read_grid_file(path)
