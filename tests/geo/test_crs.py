"""Coordinate conversion: against an independent library, there and back, at the edges."""

import math

import geocoordinates_ffi as oracle
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from geo.crs import CHINA_BOX, Crs, convert, in_china_box, is_valid
from geo.errors import CoordinateError

WEST, SOUTH, EAST, NORTH = CHINA_BOX
MILLIMETRE = 0.001 / 111_320  # in degrees
LIUZHOU = (109.41, 24.32)

in_china = st.tuples(st.floats(73.0, 135.0), st.floats(18.0, 53.5))
in_box = st.tuples(st.floats(WEST + 1e-9, EAST - 1e-9), st.floats(SOUTH + 1e-9, NORTH - 1e-9))
anywhere = st.tuples(st.floats(-180, 180), st.floats(-90, 90))
systems = st.sampled_from(list(Crs))


def metres(a: tuple[float, float], b: tuple[float, float]) -> float:
    dx = (a[0] - b[0]) * math.cos(math.radians(a[1])) * 111_320
    return math.hypot(dx, (a[1] - b[1]) * 111_320)


@given(in_china)
def test_forward_agrees_with_an_independent_library(place: tuple[float, float]) -> None:
    lon, lat = place
    gcj = oracle.wgs84_to_gcj02(oracle.Wgs84(lat=lat, lon=lon))
    bd = oracle.wgs84_to_bd09(oracle.Wgs84(lat=lat, lon=lon))
    assert metres(convert(lon, lat, source=Crs.WGS84, target=Crs.GCJ02), (gcj.lon, gcj.lat)) < 1e-6
    assert metres(convert(lon, lat, source=Crs.WGS84, target=Crs.BD09), (bd.lon, bd.lat)) < 1e-6


@given(in_china)
def test_inverse_agrees_with_an_independent_library_within_its_own_error(
    place: tuple[float, float],
) -> None:
    lon, lat = place
    gcj = oracle.gcj02_to_wgs84_refined(oracle.Gcj02(lat=lat, lon=lon))
    bd = oracle.bd09_to_wgs84_refined(oracle.Bd09(lat=lat, lon=lon))
    ours = convert(lon, lat, source=Crs.GCJ02, target=Crs.WGS84)
    assert metres(ours, (gcj.lon, gcj.lat)) < max(0.001, gcj.max_error_m)
    ours = convert(lon, lat, source=Crs.BD09, target=Crs.WGS84)
    assert metres(ours, (bd.lon, bd.lat)) < max(0.001, bd.max_error_m)


def test_shift_at_liuzhou_is_550_and_1160_metres() -> None:
    gcj = convert(*LIUZHOU, source=Crs.WGS84, target=Crs.GCJ02)
    bd = convert(*LIUZHOU, source=Crs.WGS84, target=Crs.BD09)
    assert metres(LIUZHOU, gcj) == pytest.approx(550, abs=10)
    assert metres(LIUZHOU, bd) == pytest.approx(1160, abs=30)


@given(in_box, systems, systems)
@example((105.0, 35.0), Crs.WGS84, Crs.GCJ02)  # where the formula has a kink
@example((WEST + 1e-9, SOUTH + 1e-9), Crs.WGS84, Crs.BD09)
@example((EAST - 1e-9, NORTH - 1e-9), Crs.CGCS2000, Crs.GCJ02)
def test_there_and_back_is_exact(place: tuple[float, float], source: Crs, target: Crs) -> None:
    there = convert(*convert(*place, source=Crs.WGS84, target=source), source=source, target=target)
    lon, lat = convert(*there, source=target, target=Crs.WGS84)
    assert abs(lon - place[0]) < MILLIMETRE / 100
    assert abs(lat - place[1]) < MILLIMETRE / 100


@given(anywhere, systems, systems)
def test_arrays_equal_single_numbers(place: tuple[float, float], source: Crs, target: Crs) -> None:
    lons, lats = convert([place[0], 109.4], [place[1], 24.3], source=source, target=target)
    one = convert(*place, source=source, target=target)
    assert (lons[0], lats[0]) == pytest.approx(one, abs=1e-11)
    assert (lons[1], lats[1]) == pytest.approx(
        convert(109.4, 24.3, source=source, target=target), abs=1e-11
    )


@given(anywhere, systems, systems)
def test_outside_china_nothing_moves(place: tuple[float, float], source: Crs, target: Crs) -> None:
    near = WEST - 0.1 <= place[0] <= EAST + 0.1 and SOUTH - 0.1 <= place[1] <= NORTH + 0.1
    if not near:
        assert convert(*place, source=source, target=target) == place


@pytest.mark.parametrize("place", [(0.0, 90.0), (180.0, -90.0), (-180.0, 0.0), (139.7, 35.7)])
def test_poles_antimeridian_and_tokyo_stay(place: tuple[float, float]) -> None:
    for target in Crs:
        assert convert(*place, source=Crs.BD09, target=target) == place
    assert not in_china_box(*place)


def test_cgcs2000_counts_as_wgs84() -> None:
    assert convert(*LIUZHOU, source=Crs.CGCS2000, target=Crs.WGS84) == LIUZHOU


def test_whole_numbers_and_shapes_are_kept() -> None:
    assert convert(0, 0, source=Crs.WGS84, target=Crs.GCJ02) == (0, 0)
    lons, lats = convert(
        np.full((3, 4), 109.4), np.full((3, 4), 24.3), source=Crs.WGS84, target=Crs.BD09
    )
    assert lons.shape == lats.shape == (3, 4)


@pytest.mark.parametrize(
    ("lon", "lat"),
    [(math.nan, 24.3), (109.4, math.inf), (24.3, 109.4), (36_640_000.0, 2_690_000.0), (181, 0)],
)
def test_impossible_coordinates_are_refused_with_a_hint(lon: float, lat: float) -> None:
    assert not is_valid(lon, lat)
    with pytest.raises(CoordinateError, match="swapped") as refused:
        convert(lon, lat, source=Crs.WGS84, target=Crs.GCJ02)
    assert "颠倒" in refused.value.zh
    with pytest.raises(CoordinateError, match="颠倒"):
        convert([109.4, lon], [24.3, lat], source=Crs.WGS84, target=Crs.GCJ02)


def test_unequal_arrays_are_refused() -> None:
    with pytest.raises(CoordinateError, match="2 longitudes but 1 latitudes"):
        convert([109.4, 109.5], [24.3], source=Crs.WGS84, target=Crs.GCJ02)
