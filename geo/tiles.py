"""Web map tiles: numbers to envelopes and back (Web Mercator, XYZ scheme, y counted from the north)."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from geo.crs import require_valid
from geo.errors import TileError

MAX_ZOOM: Final = 24
MAX_LATITUDE: Final = math.degrees(math.atan(math.sinh(math.pi)))  # 85.0511°: the world is square
HALF_WORLD_M: Final = math.pi * 6_378_137.0


@dataclass(frozen=True)
class Envelope:
    """A box: in degrees, or in metres of EPSG:3857 where the name says so."""

    west: float
    south: float
    east: float
    north: float


@dataclass(frozen=True, order=True)
class Tile:
    """A tile's number; raises TileError if there is no such tile."""

    z: int
    x: int
    y: int

    def __post_init__(self) -> None:
        if not 0 <= self.z <= MAX_ZOOM:
            raise TileError(
                f"瓦片级别 {self.z} 不存在，须在 0 到 {MAX_ZOOM} 之间",
                f"There is no zoom {self.z}: it must lie in 0…{MAX_ZOOM}",
            )
        last = (1 << self.z) - 1
        if not (0 <= self.x <= last and 0 <= self.y <= last):
            raise TileError(
                f"第 {self.z} 级没有瓦片 {self.x}/{self.y}，行列号须在 0 到 {last} 之间",
                f"Zoom {self.z} has no tile {self.x}/{self.y}: both must lie in 0…{last}",
            )

    @property
    def bounds(self) -> Envelope:
        """West, south, east and north in degrees."""
        return Envelope(
            west=_longitude(self.x, self.z),
            south=_latitude(self.y + 1, self.z),
            east=_longitude(self.x + 1, self.z),
            north=_latitude(self.y, self.z),
        )

    @property
    def mercator(self) -> Envelope:
        """West, south, east and north in metres of EPSG:3857."""
        side = 2.0 * HALF_WORLD_M / (1 << self.z)
        west, north = self.x * side - HALF_WORLD_M, HALF_WORLD_M - self.y * side
        return Envelope(west, north - side, west + side, north)

    @property
    def parent(self) -> "Tile | None":
        """The tile above that holds this one; None for the whole world."""
        return Tile(self.z - 1, self.x >> 1, self.y >> 1) if self.z else None

    @property
    def children(self) -> tuple["Tile", ...]:
        """The four tiles below, from north-west to south-east."""
        return tuple(
            Tile(self.z + 1, 2 * self.x + dx, 2 * self.y + dy) for dy in (0, 1) for dx in (0, 1)
        )


def tile_at(lon: float, lat: float, z: int) -> Tile:
    """Return the tile that holds a place; beyond 85.05° the outermost one.

    A place on a shared edge belongs to the eastern or southern tile. Raises CoordinateError or
    TileError.
    """
    require_valid(lon, lat)
    if not 0 <= z <= MAX_ZOOM:
        Tile(z, 0, 0)
    last = (1 << z) - 1
    x, y = mercator(lon, lat)
    column = math.floor((x + HALF_WORLD_M) / (2.0 * HALF_WORLD_M) * (1 << z))
    row = math.floor((HALF_WORLD_M - y) / (2.0 * HALF_WORLD_M) * (1 << z))
    return Tile(z, min(max(column, 0), last), min(max(row, 0), last))


def tiles_over(envelope: Envelope, z: int) -> Iterator[Tile]:
    """Yield the tiles of a zoom that touch an envelope in degrees, row by row from the north-west."""
    first = tile_at(envelope.west, envelope.north, z)
    last = tile_at(envelope.east, envelope.south, z)
    for y in range(first.y, last.y + 1):
        for x in range(first.x, last.x + 1):
            yield Tile(z, x, y)


def mercator(lon: float, lat: float) -> tuple[float, float]:
    """Return degrees as metres of EPSG:3857, latitudes beyond 85.05° pulled in."""
    held = math.radians(min(max(lat, -MAX_LATITUDE), MAX_LATITUDE))
    radius = HALF_WORLD_M / math.pi
    return math.radians(lon) * radius, math.asinh(math.tan(held)) * radius


def _longitude(x: int, z: int) -> float:
    return x / (1 << z) * 360.0 - 180.0


def _latitude(y: int, z: int) -> float:
    return math.degrees(math.atan(math.sinh(math.pi * (1.0 - 2.0 * y / (1 << z)))))
