"""Vector tiles from the database: a layer is a query of its features, drawn by ST_AsMVT."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from geoalchemy2 import Geometry
from sqlalchemy import ColumnElement, LargeBinary, Select, func, select
from sqlalchemy.orm import Session

from dispatch.kit.db import SRID
from geo.tiles import Tile

MERCATOR: Final = 3857
EXTENT: Final = 4096
#: Drawn beyond the edge, in units of the extent, so that lines and symbols are not cut.
BUFFER: Final = 64
#: The deepest zoom that is made; maps draw further ones from it.
DEEPEST: Final = 18


@dataclass(frozen=True)
class Frame:
    """The tile in the making: its number, its outline with a margin in degrees.

    `group`: of the layers that know groups of categories, only this one is drawn.
    """

    tile: Tile
    window: ColumnElement[Any]
    group: str | None = None

    @property
    def z(self) -> int:
        """The zoom."""
        return self.tile.z

    def touches(self, geometry: Any) -> ColumnElement[bool]:
        """Whether a geometry in degrees lies in the tile or its margin (answered by the index)."""
        return geometry.op("&&", is_comparison=True)(self.window)  # type: ignore[no-any-return]

    def drawn(self, geometry: Any) -> ColumnElement[Any]:
        """A geometry in degrees as the tile draws it; the column is called `geom`."""
        return self.drawn_flat(func.ST_Transform(geometry, MERCATOR, type_=Geometry))

    def drawn_flat(self, geometry: Any) -> ColumnElement[Any]:
        """The same for a geometry in metres of Web Mercator."""
        bounds = func.ST_TileEnvelope(self.tile.z, self.tile.x, self.tile.y, type_=Geometry)
        drawn = func.ST_AsMVTGeom(geometry, func.Box2D(bounds), EXTENT, BUFFER, type_=Geometry)
        return drawn.label("geom")


@dataclass(frozen=True)
class TileLayer:
    """A layer: from which zoom on it is drawn, what it draws, how long a browser may keep it.

    `features` selects `Frame.drawn(…)` and the properties. `follows` names the set of reference data
    whose version the tile follows: such tiles are kept in memory until it changes.
    """

    name: str
    min_zoom: int
    features: Callable[[Frame], Select[Any]]
    seconds: int
    follows: str | None = None


def draw(session: Session, layer: TileLayer, tile: Tile, *, group: str | None = None) -> bytes:
    """The tile's bytes; empty where the layer has nothing, and below its lowest zoom."""
    if not layer.min_zoom <= tile.z <= DEEPEST:
        return b""
    frame = Frame(tile, _window(tile), group)
    features = layer.features(frame).subquery("features")
    written = select(
        func.ST_AsMVT(features.table_valued(), layer.name, EXTENT, "geom", type_=LargeBinary)
    ).select_from(features)
    return bytes(session.scalar(written.where(features.c.geom.is_not(None))) or b"")


def _window(tile: Tile) -> ColumnElement[Any]:
    """The tile and its margin in degrees, as numbers: the index wants a constant."""
    edge = tile.bounds
    wide = (edge.east - edge.west) * BUFFER / EXTENT
    high = (edge.north - edge.south) * BUFFER / EXTENT
    return func.ST_MakeEnvelope(
        edge.west - wide,
        edge.south - high,
        edge.east + wide,
        edge.north + high,
        SRID,
        type_=Geometry,
    )
