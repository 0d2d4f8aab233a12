"""Which cell a place lies in: against Shapely, on shared edges, in slits, in any order of input."""

from collections.abc import Sequence
from itertools import pairwise
from random import Random

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from shapely.geometry import MultiPoint, MultiPolygon, box
from shapely.geometry.base import BaseGeometry

from geo.errors import GridError
from geo.grid import Grid
from geo.grid.search import CHUNK, MENDED

LIUZHOU = np.array([109.4, 24.3])
Places = NDArray[np.float64]


def irregular(seed: int, cells: int, *, digits: int | None = None) -> NDArray[np.object_]:
    """Return a gapless coverage of a square kilometre by Voronoi cells."""
    points = LIUZHOU + np.random.default_rng(seed).random((cells, 2)) * 0.01
    frame = box(*LIUZHOU, *(LIUZHOU + 0.01))
    cuts = shapely.get_parts(shapely.voronoi_polygons(MultiPoint(points), extend_to=frame))
    pieces = shapely.intersection(cuts, frame)
    if digits is not None:
        pieces = shapely.transform(pieces, lambda xy: np.round(xy, digits))
    return np.asarray(pieces[~shapely.is_empty(pieces)], dtype=object)


def numbered(count: int) -> list[str]:
    return [f"450202001001{i + 1:03d}" for i in range(count)]


def places_about(polygons: NDArray[np.object_], seed: int, *, count: int = 2_000) -> Places:
    """Return places at random, on corners, on edges (as well as rounding lets) and near edges."""
    rng = np.random.default_rng(seed)
    anywhere = LIUZHOU - 0.001 + rng.random((count, 2)) * 0.012
    corners = shapely.get_coordinates(polygons)
    ends = np.array(
        [pair for p in polygons for pair in pairwise(shapely.get_coordinates(p).tolist())]
    )
    share = rng.random((len(ends), 1))
    on_edge = ends[:, 0] * (1 - share) + ends[:, 1] * share
    near = on_edge + rng.normal(scale=10.0 ** rng.uniform(-14, -6, size=(len(on_edge), 1)))
    return np.vstack([anywhere, corners, on_edge, near])


def both_ways(grid: Grid, places: Places) -> list[int]:
    many = grid.locate_many(places[:, 0], places[:, 1]).tolist()
    one = [grid.locate(lon, lat) for lon, lat in places.tolist()]
    assert [-1 if cell is None else cell for cell in one] == many
    return list(many)


def lowest_covering(polygons: Sequence[BaseGeometry], places: Places) -> list[int]:
    points = shapely.points(places)
    place, cell = shapely.STRtree(polygons).query(points, predicate="intersects")
    lowest = np.full(len(places), len(polygons))
    np.minimum.at(lowest, place, cell)
    return list(np.where(lowest == len(polygons), -1, lowest).tolist())


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 60))
def test_irregular_cells_agree_with_an_exact_library(seed: int, cells: int) -> None:
    polygons = irregular(seed, cells)
    grid = Grid.build(numbered(len(polygons)), polygons)
    places = places_about(polygons, seed)
    found = both_ways(grid, places)
    expected = lowest_covering(list(polygons), places)
    for place, ours, theirs in zip(places, found, expected, strict=True):
        if ours == theirs:
            continue
        apart = shapely.distance(shapely.points(place), polygons)
        assert ours >= 0
        if theirs == -1 and apart.min() > 2e-11:  # just beyond where two cells meet: the nearest
            assert (apart < MENDED).sum() > 1
            assert apart[ours] == pytest.approx(apart.min(), abs=1e-12)
        else:  # only on an edge may rounding part the two: there, what touches counts for us
            assert apart[ours] < 2e-11
            assert not (apart[:ours] < 0.5e-11).any()


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.randoms(use_true_random=False))
def test_the_order_of_the_data_changes_nothing(seed: int, random: Random) -> None:
    polygons = irregular(seed, 25)
    codes = numbered(len(polygons))
    order = list(range(len(codes)))
    random.shuffle(order)
    places = places_about(polygons, seed, count=200)
    straight = Grid.build(codes, polygons)
    shuffled = Grid.build([codes[i] for i in order], polygons[order])
    assert both_ways(straight, places) == both_ways(shuffled, places)
    assert shuffled.codes.tolist() == codes


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([6, 7]))
def test_rounding_leaves_no_place_inside_without_a_cell(seed: int, digits: int) -> None:
    polygons = irregular(seed, 40, digits=digits)
    # cutting every other cell in two puts corners amid the neighbours' edges: the worst of slits
    halves = [
        half
        for i, cell in enumerate(polygons)
        for half in (_cut(cell, digits) if i % 2 else [cell])
    ]
    whole = np.asarray(shapely.make_valid(halves), dtype=object)
    grid = Grid.build(numbered(len(whole)), whole)
    places = places_about(whole, seed, count=5_000)
    west, south, east, north = shapely.buffer(shapely.union_all(polygons), -3 * MENDED).bounds
    inside = (places > [west, south]).all(axis=1) & (places < [east, north]).all(axis=1)
    assert -1 not in both_ways(grid, places[inside])


def _cut(cell: BaseGeometry, digits: int) -> list[BaseGeometry]:
    west, south, east, north = cell.bounds
    middle = (west + east) / 2
    halves = [cell & box(west, south, middle, north), cell & box(middle, south, east, north)]
    return [shapely.transform(half, lambda xy: np.round(xy, digits)) for half in halves]


def test_a_corner_of_four_squares_belongs_to_the_lowest_code() -> None:
    x, y = (109.4, 109.401, 109.402), (24.3, 24.301, 24.302)
    squares = [box(x[i], y[j], x[i + 1], y[j + 1]) for j in (1, 0) for i in (1, 0)]
    grid = Grid.build(["d", "b", "c", "a"], squares)
    places = np.array([(x[1], y[1]), (x[1], y[2]), (x[2], y[1]), (109.4005, y[1]), (x[0], y[0])])
    assert grid.codes[both_ways(grid, places)].tolist() == ["a", "b", "c", "a", "a"]


def test_the_outer_border_belongs_to_the_city_and_nothing_beyond_it() -> None:
    grid = Grid.build(["a", "b"], [box(109, 24, 109.01, 24.01), box(109.01, 24, 109.02, 24.01)])
    edge = [(109.0, 24.005), (109.02, 24.005), (109.015, 24.01), (109.005, 24.0), (109.02, 24.01)]
    assert both_ways(grid, np.array(edge)) == [0, 1, 1, 0, 1]
    beyond = [(109 - 1e-9, 24.005), (109.02 + 1e-9, 24.005), (109.005, 24.01 + 1e-9)]
    assert both_ways(grid, np.array(beyond)) == [-1, -1, -1]


def test_a_hole_belongs_to_none_and_an_enclave_to_its_own_cell() -> None:
    ring = box(109, 24, 109.03, 24.03) - box(109.01, 24.01, 109.02, 24.02)
    places = np.array([(109.015, 24.015), (109.005, 24.015), (109.025, 24.025)])
    assert both_ways(Grid.build(["a"], [ring]), places) == [-1, 0, 0]
    enclave = box(109.01, 24.01, 109.02, 24.02)
    assert both_ways(Grid.build(["a", "b"], [ring, enclave]), places) == [1, 0, 0]


def test_a_cell_in_two_parts_is_found_in_both() -> None:
    two = MultiPolygon([box(109, 24, 109.01, 24.01), box(109.05, 24.05, 109.06, 24.06)])
    places = np.array([(109.005, 24.005), (109.055, 24.055), (109.03, 24.03)])
    assert both_ways(Grid.build(["a"], [two]), places) == [0, 0, -1]


def test_where_cells_overlap_the_lowest_code_wins_all_through() -> None:
    grid = Grid.build(["b", "a"], [box(109, 24, 109.02, 24.02), box(109.01, 24, 109.03, 24.02)])
    lons = np.linspace(109.0001, 109.0299, 299)
    found = both_ways(grid, np.column_stack([lons, np.full(299, 24.01)]))
    assert found == [0 if lon >= 109.01 else 1 for lon in lons]


@pytest.mark.parametrize(
    "place",
    [(float("nan"), 24.3), (109.4, float("inf")), (24.3, 109.4), (-180.0, -90.0), (1e300, 0.0)],
)
def test_places_off_the_city_or_off_the_globe_have_no_cell(place: tuple[float, float]) -> None:
    grid = Grid.build(["a"], [box(109, 24, 110, 25)])
    assert both_ways(grid, np.array([place, (109.5, 24.5)])) == [-1, 0]


def test_no_places_give_no_answers() -> None:
    assert Grid.build(["a"], [box(109, 24, 110, 25)]).locate_many([], []).tolist() == []


def test_places_must_come_in_equal_flat_arrays() -> None:
    grid = Grid.build(["a"], [box(109, 24, 110, 25)])
    with pytest.raises(GridError, match="flat arrays"):
        grid.locate_many([109.5], [24.5, 24.6])
    with pytest.raises(GridError, match="flat arrays"):
        grid.locate_many([[109.5]], [[24.5]])


def test_a_million_places_in_one_call(seed_grid: Grid) -> None:
    rng = np.random.default_rng(7)
    west, south, east, north = seed_grid.bounds
    lons, lats = rng.uniform(west, east, 1_000_000), rng.uniform(south, north, 1_000_000)
    found = seed_grid.locate_many(lons, lats)
    some = rng.integers(0, len(lons), 3_000)
    one = [seed_grid.locate(lons[i], lats[i]) for i in some]
    assert [-1 if cell is None else cell for cell in one] == found[some].tolist()
    assert 0.2 < np.mean(found >= 0) < 0.5
    assert len(lons) > 10 * CHUNK


def test_every_corner_and_edge_of_the_seed_grid_goes_to_the_lowest_code(seed_grid: Grid) -> None:
    ends, owners = seed_grid.edges.ends, seed_grid.edges.owners()
    corners, middles = np.vstack([ends[:, :2], ends[:, 2:]]), (ends[:, :2] + ends[:, 2:]) / 2
    for places, touching in ((corners, np.tile(owners, 2)), (middles, owners)):
        _, which = np.unique(places, axis=0, return_inverse=True)
        lowest = np.full(which.max() + 1, len(seed_grid))
        np.minimum.at(lowest, which.ravel(), touching)
        found = seed_grid.locate_many(places[:, 0], places[:, 1])
        assert np.array_equal(found, lowest[which.ravel()])
