"""The index of points: against measuring every one."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import CoordinateError
from geo.index import PointIndex
from geo.sphere import sphere_distance_m

lons, lats = st.floats(109.38, 109.42), st.floats(24.28, 24.32)
places = st.tuples(lons, lats)
clouds = st.lists(places, max_size=40)


def index_of(points: list[tuple[float, float]]) -> PointIndex:
    return PointIndex([p[0] for p in points], [p[1] for p in points])


def measured(points: list[tuple[float, float]], place: tuple[float, float]) -> list[float]:
    return [sphere_distance_m(*place, *point) for point in points]


@given(clouds, places, st.floats(0, 5_000))
def test_all_points_within_reach_are_found(
    points: list[tuple[float, float]], place: tuple[float, float], metres: float
) -> None:
    hits = index_of(points).within(*place, metres=metres)
    apart = measured(points, place)
    assert {hit.position for hit in hits} == {i for i, m in enumerate(apart) if m <= metres}
    assert [hit.metres for hit in hits] == sorted(hit.metres for hit in hits)


@given(clouds, places, st.integers(0, 12), st.sampled_from([math.inf, 800.0]))
def test_the_nearest_come_first(
    points: list[tuple[float, float]], place: tuple[float, float], count: int, reach: float
) -> None:
    hits = index_of(points).nearest(*place, count=count, within_m=reach)
    apart = sorted((m, i) for i, m in enumerate(measured(points, place)) if m <= reach)
    assert [hit.metres for hit in hits] == pytest.approx([m for m, _ in apart[:count]])
    assert [(hit.metres, hit.position) for hit in hits] == sorted(
        (hit.metres, hit.position) for hit in hits
    )


@given(clouds, st.floats(0, 2_000))
def test_all_pairs_too_close_are_found_once(
    points: list[tuple[float, float]], metres: float
) -> None:
    pairs = index_of(points).pairs_within(metres)
    found = list(zip(pairs.first.tolist(), pairs.second.tolist(), strict=True))
    expected = {
        (i, j)
        for i in range(len(points))
        for j in range(i + 1, len(points))
        if sphere_distance_m(*points[i], *points[j]) <= metres
    }
    assert len(found) == len(set(found))
    assert set(found) == expected
    assert np.all(pairs.metres <= metres)


def test_points_on_one_spot_come_in_the_order_of_the_input() -> None:
    index = index_of([(109.4, 24.3)] * 3)
    assert [hit.position for hit in index.nearest(109.4, 24.3, count=3)] == [0, 1, 2]
    assert index.pairs_within(0).first.tolist() == [0, 0, 1]


@pytest.mark.parametrize("place", [(0.0, 89.9), (170.0, -89.9), (109.4, 24.3)])
def test_far_points_and_poles_are_measured_too(place: tuple[float, float]) -> None:
    points = [(-60.0, 89.99), (100.0, -89.99), (12.5, 41.9), (109.4, 24.3)]
    hits = index_of(points).nearest(*place, count=4)
    assert [hit.position for hit in hits] == np.argsort(measured(points, place)).tolist()


def test_an_empty_index_finds_nothing() -> None:
    empty = index_of([])
    assert len(empty) == 0
    assert empty.nearest(109.4, 24.3) == empty.within(109.4, 24.3, metres=1e6) == []
    assert empty.pairs_within(10).first.size == 0


def test_unusable_places_are_refused() -> None:
    with pytest.raises(CoordinateError):
        index_of([(math.nan, 24.3)])
    with pytest.raises(CoordinateError):
        index_of([(109.4, 24.3)]).nearest(24.3, 109.4)
