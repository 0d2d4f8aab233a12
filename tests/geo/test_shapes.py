"""Shapes: GeoJSON there and back, repair, and metres held against independent figures."""

import json

import geocoordinates_ffi as oracle
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import GeometryCollection, LineString, MultiPolygon, Point, Polygon, box
from shapely.geometry.base import BaseGeometry

from geo.errors import ShapeError
from geo.shapes import (
    Plane,
    area_m2,
    distance_m,
    from_geojson,
    length_m,
    repair,
    to_geojson,
)
from geo.sphere import sphere_distance_m, sphere_distances_m

BOW_TIE = Polygon([(109.0, 24.0), (109.1, 24.1), (109.1, 24.0), (109.0, 24.1)])
places = st.tuples(st.floats(-179, 179), st.floats(-85, 85))


@pytest.mark.parametrize(
    "shape",
    [
        Point(109.4, 24.3),
        LineString([(109.4, 24.3), (109.5, 24.4)]),
        box(109.4, 24.3, 109.5, 24.4).difference(box(109.42, 24.32, 109.44, 24.34)),
        MultiPolygon([box(109, 24, 109.1, 24.1), box(109.2, 24, 109.3, 24.1)]),
    ],
)
def test_geojson_there_and_back(shape: BaseGeometry) -> None:
    written = to_geojson(shape)
    assert from_geojson(written).equals(shape)
    assert from_geojson(json.dumps({"type": "Feature", "properties": {}, "geometry": written}))


def test_written_coordinates_are_rounded() -> None:
    assert to_geojson(Point(109.123456789, 24.0))["coordinates"] == [109.1234568, 24.0]


@pytest.mark.parametrize(
    ("source", "hint"),
    [
        ("{", "Feature"),
        ("[1, 2]", "Feature"),
        ({"type": "Hole"}, "Feature"),
        ({"type": "Feature", "geometry": None}, "GeoJSON"),
        ({"type": "Polygon", "coordinates": []}, "坐标"),
        ({"type": "Point", "coordinates": [36640000.0, 2690000.0]}, "reproject"),
    ],
)
def test_unusable_geojson_is_refused_in_words(source: dict[str, object] | str, hint: str) -> None:
    with pytest.raises(ShapeError, match=hint):
        from_geojson(source)


def test_a_bow_tie_becomes_two_triangles() -> None:
    fixed = repair(BOW_TIE)
    assert fixed.is_valid
    assert shapely.get_num_geometries(fixed) == 2
    assert area_m2(fixed) == pytest.approx(
        2 * area_m2(Polygon([(109, 24), (109, 24.1), (109.05, 24.05)])), rel=1e-2
    )


def test_a_polygon_with_a_spike_loses_only_the_spike() -> None:
    spiked = Polygon([(0, 0), (1, 0), (1, 1), (1, 3), (1, 1), (0, 1)])
    assert repair(spiked).equals(box(0, 0, 1, 1))


def test_a_valid_shape_stays_as_it_is() -> None:
    square = box(109, 24, 109.1, 24.1)
    assert repair(square) is square


@pytest.mark.parametrize("shape", [Polygon([(0, 0), (1, 1), (0, 0)]), Polygon()])
def test_a_polygon_without_area_cannot_be_repaired(shape: Polygon) -> None:
    with pytest.raises(ShapeError, match="repaired"):
        repair(shape)


@given(places, places)
def test_geodesic_distance_agrees_with_an_independent_library(
    a: tuple[float, float], b: tuple[float, float]
) -> None:
    theirs = oracle.geodesic_distance_m(
        oracle.coordinate_wgs84(a[1], a[0]), oracle.coordinate_wgs84(b[1], b[0])
    )
    ours = distance_m(*a, *b)
    # the two ellipsoids (GRS80, WGS-84) differ by a tenth of a millimetre in the polar radius
    assert ours == pytest.approx(theirs, abs=0.01)
    sphere = sphere_distance_m(*a, *b)
    assert sphere == pytest.approx(ours, rel=0.006, abs=0.001)
    assert sphere_distances_m([a[0]], a[1], b[0], [b[1]]) == pytest.approx([sphere])


def test_a_square_of_the_plane_has_its_area_and_sides_on_the_ellipsoid() -> None:
    square = Plane().unflatten(box(643_000, 2_691_000, 643_100, 2_691_100))
    assert area_m2(square) == pytest.approx(9_995, abs=2)
    assert length_m(square.exterior) == pytest.approx(399.9, abs=0.1)
    inner = Plane().unflatten(box(643_040, 2_691_040, 643_060, 2_691_060))
    assert area_m2(square.difference(inner)) == pytest.approx(9_995 - 399.8, abs=2)
    assert area_m2(MultiPolygon([square])) == area_m2(square)
    mixed = GeometryCollection([LineString([(0, 0), (1, 1)]), square])
    assert area_m2(mixed) == area_m2(square)
    assert area_m2(Point(109, 24)) == 0


@given(st.floats(106.6, 110.4), st.floats(22, 27))
def test_the_plane_there_and_back_is_exact(lon: float, lat: float) -> None:
    x, y = Plane().forward(lon, lat)
    back = [float(v) for v in Plane().backward(x, y)]
    assert back == pytest.approx([lon, lat], abs=1e-9)
    assert 300_000 < x < 800_000


def test_many_shapes_are_flattened_as_one_is() -> None:
    shapes = [box(109, 24, 109.1, 24.1), box(109.2, 24, 109.3, 24.1)]
    flat = Plane().flatten_many(shapes)
    assert np.all(shapely.equals(flat, [Plane().flatten(shape) for shape in shapes]))


def test_an_unknown_projection_is_refused() -> None:
    with pytest.raises(ShapeError, match="EPSG:99999"):
        Plane(99999).forward(109, 24)
