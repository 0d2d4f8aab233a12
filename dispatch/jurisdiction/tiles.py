"""Tile layers of the city itself: areas, unit grids, and the roads, water and places of the gazetteer."""

from collections.abc import Callable
from typing import Any, Final

from geoalchemy2 import Geometry
from sqlalchemy import Select, case, func, or_, select

from dispatch.jurisdiction.gazetteer import PlaceKind
from dispatch.jurisdiction.model import Area, AreaKind, Place, UnitGrid
from dispatch.kit.tiles import Frame, TileLayer
from geo.gazetteer import RoadClass

#: Areas and names change with an import only; after one, maps may show the old ones for so long.
AN_HOUR: Final = 3_600
#: From which zoom on a road of a class is drawn.
ROAD_ZOOMS: Final = {
    RoadClass.MAIN: 11,
    RoadClass.SECONDARY: 12,
    RoadClass.BRANCH: 13,
    RoadClass.LANE: 14,
}


#: From which zoom on the name of an area is written.
NAME_ZOOMS: Final = {AreaKind.DISTRICT: 8, AreaKind.STREET: 11, AreaKind.COMMUNITY: 13}


def _areas(kind: AreaKind) -> Callable[[Frame], Select[Any]]:
    def features(frame: Frame) -> Select[Any]:
        return select(frame.drawn(Area.geom), Area.code, Area.name, Area.synthetic).where(
            Area.kind == kind, frame.touches(Area.geom)
        )

    return features


def _names(frame: Frame) -> Select[Any]:
    """Where an area's name is written: one point within it, so that no name stands in two tiles."""
    spot = func.ST_PointOnSurface(Area.geom, type_=Geometry)
    shown = [kind for kind, zoom in NAME_ZOOMS.items() if zoom <= frame.z]
    return select(frame.drawn(spot), Area.kind, Area.code, Area.name).where(
        Area.kind.in_(shown), frame.touches(Area.geom), frame.touches(spot)
    )


def _grids(frame: Frame) -> Select[Any]:
    return select(
        frame.drawn(UnitGrid.geom),
        UnitGrid.code,
        UnitGrid.working_grid_code.label("working_grid"),
        UnitGrid.community_code,
        UnitGrid.synthetic,
    ).where(frame.touches(UnitGrid.geom))


def _roads(frame: Frame) -> Select[Any]:
    shown = [each.value for each, zoom in ROAD_ZOOMS.items() if zoom <= frame.z]
    road_class = Place.data["class"].astext
    is_bridge = Place.kind == PlaceKind.BRIDGE
    return select(
        frame.drawn(Place.geom),
        Place.name,
        case((is_bridge, "bridge"), else_=road_class).label("class"),
        Place.synthetic,
    ).where(
        or_((Place.kind == PlaceKind.ROAD) & road_class.in_(shown), is_bridge),
        frame.touches(Place.geom),
    )


def _water(frame: Frame) -> Select[Any]:
    return select(frame.drawn(Place.geom), Place.name, Place.synthetic).where(
        Place.kind == PlaceKind.WATER, frame.touches(Place.geom)
    )


def _places(frame: Frame) -> Select[Any]:
    return select(
        frame.drawn(Place.geom),
        Place.name,
        Place.data["kind"].astext.label("kind"),
        Place.synthetic,
    ).where(Place.kind == PlaceKind.PLACE, frame.touches(Place.geom))


LAYERS: Final = (
    TileLayer("districts", 5, _areas(AreaKind.DISTRICT), AN_HOUR, "areas"),
    TileLayer("virtual_districts", 8, _areas(AreaKind.VIRTUAL_DISTRICT), AN_HOUR, "areas"),
    TileLayer("streets", 9, _areas(AreaKind.STREET), AN_HOUR, "areas"),
    TileLayer("communities", 11, _areas(AreaKind.COMMUNITY), AN_HOUR, "areas"),
    TileLayer("names", min(NAME_ZOOMS.values()), _names, AN_HOUR, "areas"),
    TileLayer("working_grids", 11, _areas(AreaKind.WORKING_GRID), AN_HOUR, "areas"),
    TileLayer("grids", 13, _grids, AN_HOUR, "grid"),
    TileLayer("water", 8, _water, AN_HOUR, "gazetteer"),
    TileLayer("roads", min(ROAD_ZOOMS.values()), _roads, AN_HOUR, "gazetteer"),
    TileLayer("places", 14, _places, AN_HOUR, "gazetteer"),
)
