"""Building a grid, what its cells belong to, and its stored form."""

import io
import zlib

import numpy as np
import pytest
import shapely
from shapely.geometry import LineString, MultiPolygon, Point, Polygon, box
from shapely.geometry.base import BaseGeometry

from geo.errors import GridBytesError, GridError
from geo.grid import Column, Grid
from geo.shapes import area_m2

RING, HOLE = box(5, 5, 6, 6).exterior, box(5.2, 5.2, 5.4, 5.4).exterior
SQUARES = [box(109.4 + i / 1000, 24.3, 109.401 + i / 1000, 24.301) for i in range(3)]
CODES = ["450203008001002", "450202001001001", "450202001002001"]


def test_cells_stand_in_the_order_of_their_codes() -> None:
    grid = Grid.build(CODES, SQUARES)
    assert len(grid) == 3
    assert grid.codes.tolist() == sorted(CODES)
    for code, square in zip(CODES, SQUARES, strict=True):
        cell = grid.locate(*square.centroid.coords[0])
        assert cell is not None
        assert grid.row(cell).code == code
        assert grid.index_of(code) == cell
        assert grid.polygon(cell).equals(square)


def test_codes_of_15_digits_tell_community_street_and_district() -> None:
    row = Grid.build(CODES, SQUARES).row(2)
    assert (row.community, row.street, row.district) == ("450203008001", "450203008", "450203")
    assert (row.working_grid, row.virtual_district) == (None, None)
    assert row.area_m2 == pytest.approx(area_m2(SQUARES[0]), rel=1e-5)
    assert SQUARES[0].contains(Point(row.longitude, row.latitude))


def test_given_columns_go_before_what_the_code_tells() -> None:
    columns = {Column.DISTRICT: ["x", "", "z"], Column.WORKING_GRID: ["W1", "W2", "W2"]}
    grid = Grid.build(CODES, SQUARES, columns=columns)
    assert grid.column(Column.DISTRICT).tolist() == ["", "z", "x"]
    assert [grid.row(i).district for i in range(3)] == [None, "z", "x"]
    assert grid.cells_of(Column.WORKING_GRID, "W2").tolist() == [0, 1]
    assert grid.cells_of(Column.WORKING_GRID, "W9").tolist() == []
    assert grid.cells_of(Column.VIRTUAL_DISTRICT, "").tolist() == []
    assert grid.column(Column.VIRTUAL_DISTRICT).tolist() == ["", "", ""]


def test_codes_of_another_kind_tell_nothing() -> None:
    grid = Grid.build(["甲", "A-7"], SQUARES[:2])
    assert grid.row(0).district is None
    assert grid.codes.tolist() == ["A-7", "甲"]


def test_columns_can_be_replaced_later() -> None:
    grid = Grid.build(CODES, SQUARES).with_columns({Column.WORKING_GRID: ["a", "b", "c"]})
    assert [grid.row(i).working_grid for i in range(3)] == ["a", "b", "c"]
    assert grid.row(0).district == "450202"
    with pytest.raises(GridError, match="working_grid"):
        grid.with_columns({Column.WORKING_GRID: ["a"]})


@pytest.mark.parametrize(
    ("codes", "polygons", "hint"),
    [
        ([], [], "no cells"),
        (["a"], SQUARES, "3 of polygons"),
        (["a", "b", "a"], SQUARES, "more than once: a"),
        (["a"], [LineString([(0, 0), (1, 1)])], "repair"),
        (["a"], [Polygon()], "repair"),
        (["a"], [Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])], "repair"),
        (["a"], [None], "repair"),
    ],
)
def test_unusable_cells_are_refused_in_words(
    codes: list[str], polygons: list[Polygon], hint: str
) -> None:
    with pytest.raises(GridError, match=hint):
        Grid.build(codes, polygons)


@pytest.mark.parametrize("cell", [-1, 3])
def test_a_cell_that_is_not_there_has_no_row(cell: int) -> None:
    with pytest.raises(GridError, match="no cell"):
        Grid.build(CODES, SQUARES).row(cell)


@pytest.mark.parametrize("code", ["", "450202001001000", "999999999999999"])
def test_an_unknown_code_has_no_index(code: str) -> None:
    assert Grid.build(CODES, SQUARES).index_of(code) is None


def test_outlines_come_back_with_holes_and_parts() -> None:
    shapes: list[BaseGeometry] = [
        box(0, 0, 3, 3) - box(1, 1, 2, 2),
        MultiPolygon([Polygon(RING, [HOLE]), box(8, 8, 9, 9)]),
        Polygon([(10, 10, 7), (11, 10, 7), (11, 11, 7)]),
    ]
    grid = Grid.build(["a", "b", "c"], shapes)
    flat = [shapely.force_2d(shape) for shape in shapes]
    assert np.all(shapely.equals(grid.polygons(), flat))
    assert all(grid.polygon(i).equals(flat[i]) for i in range(3))
    assert grid.polygon(1).geom_type == "MultiPolygon"
    assert grid.areas_m2 == pytest.approx([area_m2(shape) for shape in shapes], rel=3e-3)
    assert grid.bounds == (0, 0, 11, 11)


def test_a_stored_grid_answers_as_before(seed_grid: Grid) -> None:
    data = seed_grid.to_bytes()
    assert len(data) < 3_000_000
    loaded = Grid.from_bytes(data)
    rng = np.random.default_rng(3)
    west, south, east, north = seed_grid.bounds
    lons, lats = rng.uniform(west, east, 20_000), rng.uniform(south, north, 20_000)
    assert np.array_equal(loaded.locate_many(lons, lats), seed_grid.locate_many(lons, lats))
    assert [loaded.row(i) for i in (0, 9, 29_010)] == [seed_grid.row(i) for i in (0, 9, 29_010)]
    assert loaded.polygon(5).equals(seed_grid.polygon(5))


def sealed(bundle: bytes) -> bytes:
    return zlib.crc32(bundle).to_bytes(4, "big") + bundle


def test_damaged_bytes_are_refused() -> None:
    data = Grid.build(CODES, SQUARES).to_bytes()
    flipped = [data[:i] + bytes([data[i] ^ 1]) + data[i + 1 :] for i in range(0, len(data), 50)]
    for broken in (b"", b"\0\0\0\0", data[:-40], sealed(b"PK\x03\x04"), *flipped):
        with pytest.raises(GridBytesError, match="import the grid again"):
            Grid.from_bytes(broken)


@pytest.mark.parametrize("arrays", [{}, {"format": np.int64(99)}, {"format": np.int64(1)}])
def test_bytes_of_another_version_are_refused(arrays: dict[str, np.int64]) -> None:
    stream = io.BytesIO()
    np.savez_compressed(stream, allow_pickle=False, other=np.zeros(1), **arrays)
    with pytest.raises(GridBytesError, match="import the grid again"):
        Grid.from_bytes(sealed(stream.getvalue()))
