"""A city's own layers: formats, column names, coordinate systems, and faults told in words."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio.raw
import pytest
import shapely
from shapely.geometry import LineString, Point, Polygon

from geo.crs import Crs, convert
from geo.errors import GazetteerError
from geo.gazetteer import (
    AreaKind,
    Fields,
    Gazetteer,
    GazetteerRows,
    RoadClass,
    areas_of,
    numbers_of,
    places_of,
    roads_of,
)
from geo.gazetteer.files import read_folder, read_layer

ROADS = [("人民路", "主干道", LineString([(109.39, 24.30), (109.41, 24.30)])),
         ("建设路", "支路", LineString([(109.40, 24.29), (109.40, 24.31)]))]  # fmt: skip
FIELDS = Fields(name="LXMC", kind="LXDJ", kinds={"主干道": "main", "支路": "branch"})


def write(path: Path, driver: str, crs: str, rows: list[tuple[str, str, Any]]) -> Path:
    shapes = [r[2] for r in rows]
    pyogrio.raw.write(
        path,
        geometry=shapely.to_wkb(np.array(shapes, dtype=object)),
        field_data=[np.array([r[n] for r in rows], dtype=object) for n in (0, 1)],
        fields=["LXMC", "LXDJ"],
        geometry_type=shapes[0].geom_type,
        driver=driver,
        crs=crs,
        encoding="UTF-8",
    )
    return path


@pytest.mark.parametrize(
    ("name", "driver"), [("r.geojson", "GeoJSON"), ("r.gpkg", "GPKG"), ("r.shp", "ESRI Shapefile")]
)
def test_roads_come_from_each_format_with_the_citys_own_columns(
    tmp_path: Path, name: str, driver: str
) -> None:
    records = read_layer(write(tmp_path / name, driver, "EPSG:4326", ROADS))
    roads = roads_of(records, FIELDS)
    assert [(r.name, r.road_class) for r in roads] == [
        ("人民路", RoadClass.MAIN), ("建设路", RoadClass.BRANCH),
    ]  # fmt: skip
    city = Gazetteer.from_rows(GazetteerRows(roads=roads))
    best = city.geocode("人民路与建设路交叉口").best
    assert best is not None
    assert (best.lon, best.lat) == pytest.approx((109.40, 24.30), abs=1e-5)


def test_a_projected_layer_is_moved_to_degrees(tmp_path: Path) -> None:
    line = LineString([(641_000, 2_689_000), (642_000, 2_689_000)])
    path = write(tmp_path / "p.gpkg", "GPKG", "EPSG:4545", [("人民路", "支路", line)])
    (road,) = roads_of(read_layer(path), FIELDS)
    lon, lat = road.coordinates[0]
    assert 109 < lon < 110
    assert 24 < lat < 25


def test_a_shifted_layer_is_moved_back(tmp_path: Path) -> None:
    lon, lat = convert(109.40, 24.30, source=Crs.WGS84, target=Crs.GCJ02)
    path = tmp_path / "places.csv"
    path.write_text(f"名称,类别,经度,纬度\n红星小学,school,{lon},{lat}\n", encoding="utf-8-sig")
    (place,) = places_of(read_layer(path, crs=Crs.GCJ02), Fields(name="名称", kind="类别"))
    assert (place.lon, place.lat) == pytest.approx((109.40, 24.30), abs=1e-8)
    assert (place.name, place.kind) == ("红星小学", "school")


def test_house_numbers_come_from_points(tmp_path: Path) -> None:
    path = tmp_path / "n.csv"
    path.write_text(
        "road,no,lon,lat\n人民路,12号,109.4,24.3\n人民路,附1,109.4,24.3\n", encoding="utf-8"
    )
    numbers = numbers_of(read_layer(path), Fields(road="road", number="no"))
    assert [(n.road, n.number) for n in numbers] == [("人民路", 12)]


def test_areas_are_known_by_their_short_names_too(tmp_path: Path) -> None:
    square = Polygon([(109.3, 24.2), (109.31, 24.2), (109.31, 24.21), (109.3, 24.21)])
    path = write(tmp_path / "a.gpkg", "GPKG", "EPSG:4490", [("红星社区居委会", "", square)])
    areas = areas_of(read_layer(path), AreaKind.COMMUNITY, Fields(name="LXMC"))
    best = Gazetteer.from_rows(GazetteerRows(areas=areas)).geocode("红星社区").best
    assert best is not None
    assert best.text == "红星社区居委会"


def test_a_polygon_of_a_place_counts_by_a_point_inside(tmp_path: Path) -> None:
    ring = Polygon([(109.3, 24.2), (109.31, 24.2), (109.31, 24.21), (109.3, 24.21)])
    path = write(tmp_path / "p.gpkg", "GPKG", "EPSG:4326", [("红星公园", "park", ring)])
    (place,) = places_of(read_layer(path), Fields(name="LXMC", kind="LXDJ"))
    assert ring.contains(Point(place.lon, place.lat))


def test_faults_are_told_in_both_languages(tmp_path: Path) -> None:
    missing = tmp_path / "none.gpkg"
    no_columns = tmp_path / "c.csv"
    no_columns.write_text("a,b\n1,2\n", encoding="utf-8")
    no_number = tmp_path / "d.csv"
    no_number.write_text("lon,lat\n东,24\n", encoding="utf-8")
    no_layer = tmp_path / "e.gpkg"
    no_layer.write_text("not a database", encoding="utf-8")
    for path in (missing, no_columns, no_number, no_layer):
        with pytest.raises(GazetteerError) as caught:
            read_layer(path)
        assert caught.value.zh
        assert caught.value.en
        assert path.name in str(caught.value)


def test_a_folder_without_its_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GazetteerError, match=r"roads\.geojson"):
        read_folder(tmp_path)


def test_a_folder_with_a_broken_table_is_refused(tmp_path: Path) -> None:
    empty = json.dumps({"type": "FeatureCollection", "features": []})
    for name in ("roads", "places", "bridges"):
        (tmp_path / f"{name}.geojson").write_text(empty, encoding="utf-8")
    with pytest.raises(GazetteerError, match=r"crossings\.csv"):
        read_folder(tmp_path)


def test_an_empty_gazetteer_is_refused() -> None:
    with pytest.raises(GazetteerError, match="empty"):
        Gazetteer.from_rows(GazetteerRows())
