"""Vector tiles for everyone: the public layers under one address, kept by browsers and in memory."""

from collections import OrderedDict
from threading import Lock
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from sqlalchemy.orm import Session

from dispatch.cases.tiles import LAYER as OPEN_CASES
from dispatch.facilities.tiles import LAYER as FACILITIES
from dispatch.jurisdiction.tiles import LAYERS as CITY
from dispatch.kit.errors import NotFound
from dispatch.kit.http import Db
from dispatch.kit.reference import Cached
from dispatch.kit.tags import etag_of, tagged
from dispatch.kit.tiles import TileLayer, draw
from geo.errors import TileError
from geo.tiles import Tile

router = APIRouter(tags=["jurisdiction"])

LAYERS: Final = {layer.name: layer for layer in (*CITY, FACILITIES, OPEN_CASES)}
MEDIA_TYPE: Final = "application/vnd.mapbox-vector-tile"
#: Tiles of a layer that a process keeps; with up to 100 kB each they stay within a few megabytes.
KEPT: Final = 64
_MVT: dict[int | str, dict[str, Any]] = {200: {"content": {MEDIA_TYPE: {}}}}

Drawn = tuple[bytes, str]


class _Kept:
    """The tiles last asked for, at one version of the data that they show."""

    def __init__(self, _session: Session) -> None:
        self._tiles: OrderedDict[tuple[str, Tile], Drawn] = OrderedDict()
        self._lock = Lock()

    def get(self, session: Session, layer: TileLayer, tile: Tile) -> Drawn:
        key = (layer.name, tile)
        with self._lock:
            held = self._tiles.pop(key, None)
        drawn = held or _drawn(session, layer, tile)
        with self._lock:
            self._tiles[key] = drawn
            while len(self._tiles) > KEPT:
                self._tiles.popitem(last=False)
        return drawn


_kept = {name: Cached(name, _Kept) for name in {layer.follows for layer in CITY if layer.follows}}


@router.get("/tiles/{layer}/{z}/{x}/{y}.mvt", responses=_MVT, response_class=Response)
def show_tile(session: Db, request: Request, layer: str, z: int, x: int, y: int) -> Response:
    """A tile of `districts streets communities working_grids grids facilities open_cases roads …`.

    Layers start at their own zoom (unit grids at 13) and are empty above it.
    """
    found = LAYERS.get(layer)
    if found is None:
        raise NotFound(
            "no_such_layer",
            f"没有图层 {layer};可用图层:{'、'.join(LAYERS)}",
            f"There is no layer {layer}; there are {', '.join(LAYERS)}",
        )
    try:
        tile = Tile(z, x, y)
    except TileError as error:
        raise NotFound("no_such_tile", error.zh, error.en) from error
    content, etag = _tile(session, found, tile)
    return tagged(
        request,
        content,
        etag=etag,
        media_type=MEDIA_TYPE,
        cache=f"public, max-age={found.seconds}",
    )


def _tile(session: Session, layer: TileLayer, tile: Tile) -> Drawn:
    if layer.follows is None:
        return _drawn(session, layer, tile)
    return _kept[layer.follows].get(session).get(session, layer, tile)


def _drawn(session: Session, layer: TileLayer, tile: Tile) -> Drawn:
    content = draw(session, layer, tile)
    return content, etag_of(content)
