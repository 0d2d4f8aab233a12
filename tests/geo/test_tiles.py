"""Tile numbers: known tiles, there and back, and what does not exist."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer

from geo.errors import CoordinateError, TileError
from geo.tiles import MAX_LATITUDE, MAX_ZOOM, Envelope, Tile, mercator, tile_at, tiles_over

zooms = st.integers(0, MAX_ZOOM)
places = st.tuples(st.floats(-180, 180), st.floats(-85, 85))


@pytest.mark.parametrize(
    ("place", "tile"),
    [
        ((109.4117, 24.3146), Tile(14, 13171, 7050)),
        ((0.0, 0.0), Tile(1, 1, 1)),
        ((-180.0, 90.0), Tile(3, 0, 0)),
        ((180.0, -90.0), Tile(3, 7, 7)),
        ((116.404, 39.915), Tile(10, 843, 387)),
    ],
)
def test_known_places_lie_in_known_tiles(place: tuple[float, float], tile: Tile) -> None:
    assert tile_at(*place, tile.z) == tile


@given(places, zooms)
def test_a_place_lies_within_its_tile(place: tuple[float, float], z: int) -> None:
    lon, lat = place
    tile = tile_at(lon, lat, z)
    bounds, metres = tile.bounds, tile.mercator
    assert bounds.west - 1e-9 <= lon <= bounds.east + 1e-9
    assert bounds.south - 1e-9 <= lat <= bounds.north + 1e-9
    x, y = mercator(lon, lat)
    assert metres.west - 1e-6 <= x <= metres.east + 1e-6
    assert metres.south - 1e-6 <= y <= metres.north + 1e-6


@given(places)
def test_mercator_agrees_with_an_independent_library(place: tuple[float, float]) -> None:
    theirs = Transformer.from_crs(4326, 3857, always_xy=True).transform(*place)
    assert mercator(*place) == pytest.approx(theirs, abs=1e-6)


@given(places, st.integers(1, MAX_ZOOM))
def test_families_hold_together(place: tuple[float, float], z: int) -> None:
    tile = tile_at(*place, z)
    assert tile.parent == tile_at(*place, z - 1)
    assert tile.parent is not None
    assert tile in tile.parent.children
    assert tile.parent.children[0].bounds.north == tile.parent.bounds.north
    assert tile.parent.children[3].bounds.east == tile.parent.bounds.east


@given(st.integers(0, 12), st.data())
def test_the_middle_of_a_tile_leads_back_to_it(z: int, data: st.DataObject) -> None:
    last = (1 << z) - 1
    tile = Tile(z, data.draw(st.integers(0, last)), data.draw(st.integers(0, last)))
    box = tile.bounds
    assert tile_at((box.west + box.east) / 2, (box.south + box.north) / 2, z) == tile


def test_the_world_is_one_tile() -> None:
    assert Tile(0, 0, 0).parent is None
    assert Tile(0, 0, 0).bounds == Envelope(-180, -MAX_LATITUDE, 180, MAX_LATITUDE)


def test_tiles_over_an_envelope_come_row_by_row() -> None:
    found = list(tiles_over(Envelope(109.3, 24.2, 109.6, 24.45), 10))
    assert found == [Tile(10, 822, 440), Tile(10, 823, 440), Tile(10, 822, 441), Tile(10, 823, 441)]


@pytest.mark.parametrize(
    ("z", "x", "y"), [(-1, 0, 0), (25, 0, 0), (2, 4, 0), (2, 0, -1), (0, 0, 1)]
)
def test_tiles_that_do_not_exist_are_refused(z: int, x: int, y: int) -> None:
    with pytest.raises(TileError, match="must lie"):
        Tile(z, x, y)


def test_places_off_the_globe_have_no_tile() -> None:
    with pytest.raises(CoordinateError):
        tile_at(24.3, 109.4, 10)
    for zoom in (-1, 25):
        with pytest.raises(TileError, match="级别"):
            tile_at(109.4, 24.3, zoom)
