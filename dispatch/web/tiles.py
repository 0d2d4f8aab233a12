"""Vector tiles: the public layers for everyone, those of the staff behind a log-in; kept by browsers and in memory."""

from collections import OrderedDict
from threading import Lock
from time import monotonic
from typing import Annotated, Any, Final

from fastapi import Depends, Query, Request, Response
from sqlalchemy.orm import Session

from dispatch.cases.tiles import LAYER as OPEN_CASES
from dispatch.cases.tiles import SINGLE_FROM
from dispatch.facilities.tiles import LAYER as FACILITIES
from dispatch.jurisdiction.tiles import LAYERS as CITY
from dispatch.kit.errors import NotFound
from dispatch.kit.http import Db
from dispatch.kit.reference import Cached
from dispatch.kit.routes import Router
from dispatch.kit.tags import etag_of, tagged
from dispatch.kit.tiles import TileLayer, draw
from dispatch.parts.tiles import LAYER as PARTS
from dispatch.people.http import require
from dispatch.people.permissions import Permission
from geo.errors import TileError
from geo.tiles import Tile

router = Router(tags=["jurisdiction"])

LAYERS: Final = {layer.name: layer for layer in (*CITY, FACILITIES, OPEN_CASES)}
STAFF_LAYERS: Final = {layer.name: layer for layer in (PARTS,)}
MEDIA_TYPE: Final = "application/vnd.mapbox-vector-tile"
#: Tiles that a process keeps of a set; with up to 100 kB each they stay within some megabytes.
KEPT: Final = 64
_MVT: dict[int | str, dict[str, Any]] = {200: {"content": {MEDIA_TYPE: {}}}}

Drawn = tuple[bytes, str]
Key = tuple[str, Tile, str | None]
#: A group of categories, for the layers that know them.
Group = Annotated[str | None, Query(max_length=32, pattern="^[a-z_]+$")]


class _Kept:
    """The tiles last asked for: of one version of the data, or for as long as their layer says."""

    def __init__(self, _session: Session) -> None:
        self._tiles: OrderedDict[Key, tuple[float, Drawn]] = OrderedDict()
        self._lock = Lock()

    def get(self, session: Session, layer: TileLayer, tile: Tile, group: str | None) -> Drawn:
        key = (layer.name, tile, group)
        with self._lock:
            until, held = self._tiles.pop(key, (0.0, None))
        if held is None or until < monotonic():
            until, held = monotonic() + layer.seconds, _drawn(session, layer, tile, group)
        with self._lock:
            self._tiles[key] = until, held
            while len(self._tiles) > KEPT:
                self._tiles.popitem(last=False)
        return held


_kept = {name: Cached(name, _Kept) for name in {layer.follows for layer in CITY if layer.follows}}
#: Counts of the whole city are asked for by everybody who opens the map.
_counted = Cached("catalogue", _Kept)


@router.get("/tiles/{layer}/{z}/{x}/{y}.mvt", responses=_MVT, response_class=Response)
def show_tile(
    session: Db, request: Request, layer: str, z: int, x: int, y: int, group: Group = None
) -> Response:
    """A tile of `districts streets communities names grids facilities open_cases roads water places …`.

    Layers start at their own zoom (unit grids at 13) and are empty above it. `open_cases` may be
    narrowed to a `group` of categories.
    """
    found = _layer(LAYERS, layer)
    content, etag = _tile(session, found, _numbered(z, x, y), group)
    cache = f"public, max-age={found.seconds}"
    return tagged(request, content, etag=etag, media_type=MEDIA_TYPE, cache=cache)


@router.get(
    "/tiles/staff/{layer}/{z}/{x}/{y}.mvt",
    responses=_MVT,
    response_class=Response,
    dependencies=[Depends(require(Permission.SIGNED_IN))],
)
def show_staff_tile(session: Db, request: Request, layer: str, z: int, x: int, y: int) -> Response:
    """A tile of a layer that only staff see: `parts`."""
    found = _layer(STAFF_LAYERS, layer)
    content, etag = _drawn(session, found, _numbered(z, x, y), None)
    cache = f"private, max-age={found.seconds}"
    return tagged(request, content, etag=etag, media_type=MEDIA_TYPE, cache=cache)


def _layer(layers: dict[str, TileLayer], name: str) -> TileLayer:
    found = layers.get(name)
    if found is None:
        raise NotFound(
            "no_such_layer",
            f"没有图层 {name};可用图层:{'、'.join(layers)}",
            f"There is no layer {name}; there are {', '.join(layers)}",
        )
    return found


def _numbered(z: int, x: int, y: int) -> Tile:
    try:
        return Tile(z, x, y)
    except TileError as error:
        raise NotFound("no_such_tile", error.zh, error.en) from error


def _tile(session: Session, layer: TileLayer, tile: Tile, group: str | None) -> Drawn:
    if layer.follows is not None:
        return _kept[layer.follows].get(session).get(session, layer, tile, None)
    if layer is OPEN_CASES and tile.z < SINGLE_FROM:
        return _counted.get(session).get(session, layer, tile, group)
    return _drawn(session, layer, tile, group)


def _drawn(session: Session, layer: TileLayer, tile: Tile, group: str | None) -> Drawn:
    content = draw(session, layer, tile, group=group)
    return content, etag_of(content)
