"""The gazetteer's rows as rows of the table `places`, and back: one table for all kinds of names."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

import shapely
from shapely.geometry import LineString, Point
from shapely.geometry.base import BaseGeometry

from geo.gazetteer import (
    AreaRow,
    BlockRow,
    BridgeRow,
    CrossingRow,
    Description,
    Gazetteer,
    GazetteerRows,
    Geocoding,
    NumberPointRow,
    NumberRangeRow,
    PlaceRow,
    RoadClass,
    RoadRow,
    Verdict,
)


class PlaceKind(StrEnum):
    """What a row of `places` is. House numbers along a road stand in the road's own `data`."""

    ROAD = "road"
    CROSSING = "crossing"
    NUMBER = "number"
    PLACE = "place"
    BRIDGE = "bridge"
    BLOCK = "block"
    WATER = "water"


@dataclass(frozen=True)
class NamedPlace:
    """A row of `places` outside the database; the geometry in CGCS2000 degrees."""

    kind: PlaceKind
    name: str
    geometry: BaseGeometry
    aliases: tuple[str, ...] = ()
    data: dict[str, Any] | None = None


class EmptyGazetteer(Gazetteer):
    """A gazetteer before anything was imported: it answers nothing to every text."""

    def __init__(self) -> None:
        pass

    @property
    def counts(self) -> dict[str, int]:
        return {}

    def geocode(
        self,
        text: str,
        *,
        near: tuple[float, float] | None = None,  # noqa: ARG002
        limit: int = 5,  # noqa: ARG002
    ) -> Geocoding:
        return Geocoding(text, (), Verdict.NOTHING)

    def reverse(self, lon: float, lat: float) -> Description:  # noqa: ARG002
        return Description("")


def to_places(rows: GazetteerRows) -> Iterator[NamedPlace]:
    """The rows of a gazetteer as rows of `places`; areas have a table of their own."""
    yield from _roads(rows)
    for crossing in rows.crossings:
        pair = {"road_a": crossing.road_a, "road_b": crossing.road_b}
        name = f"{crossing.road_a}×{crossing.road_b}"
        spot = Point(crossing.lon, crossing.lat)
        yield NamedPlace(PlaceKind.CROSSING, name, spot, data=pair)
    for number in rows.numbers:
        spot = Point(number.lon, number.lat)
        yield NamedPlace(PlaceKind.NUMBER, number.road, spot, data={"number": number.number})
    for place in rows.places:
        data = {"kind": place.kind, "district": place.district, "road": place.road}
        yield NamedPlace(
            PlaceKind.PLACE, place.name, Point(place.lon, place.lat), place.aliases, data
        )
    for bridge in rows.bridges:
        line = LineString(bridge.coordinates)
        district = {"district": bridge.district}
        yield NamedPlace(PlaceKind.BRIDGE, bridge.name, line, bridge.aliases, district)
    for block in rows.blocks:
        data = {"estate": block.estate, "block": block.block}
        name = f"{block.estate}{block.block}"
        yield NamedPlace(PlaceKind.BLOCK, name, Point(block.lon, block.lat), data=data)


def to_rows(places: Iterable[NamedPlace], *, areas: Iterable[AreaRow]) -> GazetteerRows:
    """The gazetteer's rows from rows of `places` and the outlines of areas."""
    by_kind: dict[PlaceKind, list[NamedPlace]] = defaultdict(list)
    for place in places:
        by_kind[place.kind].append(place)
    roads = by_kind[PlaceKind.ROAD]
    return GazetteerRows(
        roads=[_road_row(road) for road in roads],
        ranges=[each for road in roads for each in _range_rows(road)],
        crossings=[
            CrossingRow(each["road_a"], each["road_b"], x, y)
            for each, x, y in _spots(by_kind[PlaceKind.CROSSING])
        ],
        numbers=[
            NumberPointRow(place.name, (place.data or {})["number"], *_xy(place))
            for place in by_kind[PlaceKind.NUMBER]
        ],
        places=[_place_row(place) for place in by_kind[PlaceKind.PLACE]],
        bridges=[_bridge_row(place) for place in by_kind[PlaceKind.BRIDGE]],
        blocks=[
            BlockRow(each["estate"], each["block"], x, y)
            for each, x, y in _spots(by_kind[PlaceKind.BLOCK])
        ],
        areas=list(areas),
    )


def _roads(rows: GazetteerRows) -> Iterator[NamedPlace]:
    ranges: dict[tuple[str, str], list[NumberRangeRow]] = defaultdict(list)
    for each in rows.ranges:
        ranges[each.road, each.row_id].append(each)
    for road in rows.roads:
        # a range that names no line of the road belongs to the first of them
        own = [*ranges.pop((road.name, road.row_id), ()), *ranges.pop((road.name, ""), ())]
        data = {
            "class": road.road_class.value,
            "district": road.district,
            "row_id": road.row_id,
            "ranges": [asdict(each) for each in own],
        }
        line = LineString(road.coordinates)
        yield NamedPlace(PlaceKind.ROAD, road.name, line, road.aliases, data)


def _road_row(place: NamedPlace) -> RoadRow:
    data = place.data or {}
    return RoadRow(
        place.name,
        _coordinates(place.geometry),
        RoadClass(data["class"]),
        data["district"],
        place.aliases,
        data["row_id"],
    )


def _range_rows(place: NamedPlace) -> list[NumberRangeRow]:
    return [NumberRangeRow(**each) for each in (place.data or {})["ranges"]]


def _place_row(place: NamedPlace) -> PlaceRow:
    data = place.data or {}
    x, y = _xy(place)
    return PlaceRow(place.name, data["kind"], x, y, place.aliases, data["district"], data["road"])


def _bridge_row(place: NamedPlace) -> BridgeRow:
    district = (place.data or {})["district"]
    return BridgeRow(place.name, _coordinates(place.geometry), place.aliases, district)


def _spots(places: list[NamedPlace]) -> Iterator[tuple[dict[str, Any], float, float]]:
    for place in places:
        yield place.data or {}, *_xy(place)


def _xy(place: NamedPlace) -> tuple[float, float]:
    x, y = shapely.get_coordinates(place.geometry)[0].tolist()
    return x, y


def _coordinates(line: BaseGeometry) -> list[tuple[float, float]]:
    return [(x, y) for x, y in shapely.get_coordinates(line).tolist()]
