"""A point in words: the road it lies at, the crossing and place near it, its community."""

import math
from dataclasses import dataclass

import shapely
from shapely import STRtree
from shapely.geometry import Point

from geo.gazetteer.city import City
from geo.gazetteer.kinds import AreaKind
from geo.gazetteer.plane import XY, metres_apart

ROAD_REACH = 300.0
CROSSING_REACH = 120.0
PLACE_REACH = 400.0
_COMPASS = ("东", "东北", "北", "西北", "西", "西南", "南", "东南")


@dataclass(frozen=True, slots=True)
class Nearby:
    """Something named near a point: its distance in metres, and on which side of it the point is."""

    text: str
    metres: float
    side: str


@dataclass(frozen=True, slots=True)
class Description:
    """A point in words; parts that are unknown or too far away are missing."""

    text: str
    district: str = ""
    community: str = ""
    road: Nearby | None = None
    crossing: Nearby | None = None
    place: Nearby | None = None


class Compass:
    """Looks up what is nearest to a point."""

    def __init__(self, city: City) -> None:
        self._city = city
        lines = [(n, ln) for n, road in enumerate(city.roads) for ln in road.lines]
        self._road_of = [n for n, _ in lines]
        self._roads = STRtree([shapely.linestrings(ln.xs, ln.ys) for _, ln in lines])
        self._places = _points([(p.x, p.y) for p in city.places])
        self._pairs: list[tuple[int, int, XY]] = [
            (a, b, spot)
            for a, road in enumerate(city.roads)
            for b, spots in road.meets.items()
            if a < b
            for spot in spots
        ]
        self._crossings = _points([spot for _, _, spot in self._pairs])
        self._areas = STRtree([a.polygon for a in city.areas])

    def describe(self, lon: float, lat: float) -> Description:
        """What a person would say about this point."""
        x, y = self._city.plane.metres(lon, lat)
        district, community = self._around(lon, lat)
        road, crossing, place = self._road(x, y), self._crossing(x, y), self._place(x, y)
        parts = []
        if crossing is not None:
            parts.append(_said(crossing))
        elif road is not None:
            parts.append(f"{road.text}{road.side}侧" if road.metres > 8 else road.text)
        if place is not None:
            parts.append(_said(place))
        area = district + (community if not parts else "")
        text = area + ",".join(parts)
        return Description(text, district, community, road, crossing, place)

    def _around(self, lon: float, lat: float) -> tuple[str, str]:
        names = {AreaKind.DISTRICT: "", AreaKind.COMMUNITY: "", AreaKind.STREET: ""}
        for n in self._areas.query(shapely.points(lon, lat), predicate="intersects").tolist():
            area = self._city.areas[n]
            names[area.kind] = names[area.kind] or area.name
        return names[AreaKind.DISTRICT], names[AreaKind.COMMUNITY]

    def _road(self, x: float, y: float) -> Nearby | None:
        n = _nearest(self._roads, x, y, ROAD_REACH)
        if n is None:
            return None
        road = self._city.roads[self._road_of[n]]
        line, along, away = road.nearest(x, y)
        return Nearby(road.name, away, _side(line.point(along), (x, y)))

    def _crossing(self, x: float, y: float) -> Nearby | None:
        n = _nearest(self._crossings, x, y, CROSSING_REACH)
        if n is None:
            return None
        a, b, spot = self._pairs[n]
        text = f"{self._city.roads[a].name}与{self._city.roads[b].name}交会处"
        return Nearby(text, metres_apart(spot, (x, y)), _side(spot, (x, y)))

    def _place(self, x: float, y: float) -> Nearby | None:
        n = _nearest(self._places, x, y, PLACE_REACH)
        if n is None:
            return None
        place = self._city.places[n]
        away = metres_apart((place.x, place.y), (x, y))
        return Nearby(place.name, away, _side((place.x, place.y), (x, y)))


def _points(spots: list[XY]) -> STRtree:
    return STRtree([Point(spot) for spot in spots])


def _nearest(tree: STRtree, x: float, y: float, reach: float) -> int | None:
    if len(tree) == 0:
        return None
    found = tree.query_nearest(shapely.points(x, y), max_distance=reach, all_matches=False)
    return int(found[0]) if len(found) else None


def _said(thing: Nearby) -> str:
    """柳州站东南约150米; close by, just the name and 附近."""
    if thing.metres < 25:
        return thing.text
    return f"{thing.text}{thing.side}约{max(10, round(thing.metres, -1)):.0f}米"


def _side(origin: XY, spot: XY) -> str:
    """The compass word of the direction from `origin` to `spot`."""
    turn = math.atan2(spot[1] - origin[1], spot[0] - origin[0])
    return _COMPASS[round(turn / (math.pi / 4)) % 8]
