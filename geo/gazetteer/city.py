"""The gazetteer in memory: roads, places and areas on a plane of metres, and how they touch."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import shapely
from shapely import STRtree
from shapely.geometry.base import BaseGeometry

from geo.errors import GazetteerError
from geo.gazetteer.fuzzy import FuzzyIndex
from geo.gazetteer.kinds import AreaKind, RoadClass
from geo.gazetteer.names import NameIndex, NameKind
from geo.gazetteer.normal import plain
from geo.gazetteer.plane import XY, Line, Plane, metres_apart
from geo.gazetteer.rows import AreaRow, GazetteerRows, RoadRow

MEETING_GAP = 12.0  # lines that end this near each other meet: drawings are seldom exact
SAME_SPOT = 40.0  # crossings of one pair nearer than this are one crossing (dual carriageways)

# How far the edge of a place may be from its point, by the city's word for its kind.
EXTENT = {
    "park": 160.0, "factory": 140.0, "estate": 110.0, "station": 100.0, "school": 90.0,
    "hospital": 80.0, "mall": 80.0, "market": 70.0, "government": 50.0, "parking": 50.0,
}  # fmt: skip
DEFAULT_EXTENT = 35.0


@dataclass(frozen=True, slots=True)
class NumberRange:
    """House numbers of one parity along one line."""

    line: int
    step: int  # 2 for odd or even sides, 1 where both share a side
    first: int
    last: int
    from_m: float
    to_m: float


@dataclass(slots=True)
class Road:
    """All lines that share a name."""

    name: str
    is_lane: bool
    lines: list[Line] = field(default_factory=list)
    row_ids: list[str] = field(default_factory=list)
    districts: set[str] = field(default_factory=set)
    ranges: list[NumberRange] = field(default_factory=list)
    numbers: dict[int, XY] = field(default_factory=dict)
    meets: dict[int, list[XY]] = field(default_factory=dict)

    @property
    def length(self) -> float:
        """Metres of all lines together."""
        return sum(line.length for line in self.lines)

    def nearest(self, x: float, y: float) -> tuple[Line, float, float]:
        """The nearest line, metres along it, metres away from it."""
        if len(self.lines) == 1:
            return (self.lines[0], *self.lines[0].project(x, y))
        return min(((ln, *ln.project(x, y)) for ln in self.lines), key=lambda f: f[2])


@dataclass(slots=True)
class Place:
    """A point with a name, or a bridge with its line."""

    name: str
    kind: str
    x: float
    y: float
    extent: float
    district: str = ""
    line: Line | None = None
    blocks: dict[str, XY] = field(default_factory=dict)


@dataclass(slots=True)
class Area:
    """A district, street or community: a spot inside and the radius that holds all of it."""

    name: str
    kind: AreaKind
    polygon: BaseGeometry  # degrees
    x: float
    y: float
    radius: float


class City:
    """Everything a gazetteer knows, built once from rows."""

    def __init__(self, rows: GazetteerRows) -> None:
        self.plane = _plane(rows)
        self.index = NameIndex()
        self.roads: list[Road] = []
        self.places: list[Place] = []
        self.areas: list[Area] = []
        by_road = self._add_roads(rows.roads)
        self._add_numbers(rows, by_road)
        self._add_places(rows)
        for area in rows.areas:
            self._add_area(area)
        self._district_tree = [a for a in self.areas if a.kind is AreaKind.DISTRICT]
        for a in self._district_tree:
            shapely.prepare(a.polygon)
        self._find_districts()
        self._add_crossings(rows, by_road)
        self.index.add_short_roads((r.name, n) for n, r in enumerate(self.roads) if not r.is_lane)
        self.index.freeze()
        self.fuzzy = FuzzyIndex(self.index.names.values())

    def _add_roads(self, rows: Iterable[RoadRow]) -> dict[str, int]:
        by_name: dict[str, int] = {}
        for row in rows:
            if len(row.coordinates) < 2:
                raise GazetteerError(
                    f"道路「{row.name}」少于两个点,请检查线数据",
                    f"road {row.name!r} has fewer than two points: check its line",
                )
            number = by_name.get(row.name)
            if number is None:
                number = by_name[row.name] = len(self.roads)
                self.roads.append(Road(row.name, row.road_class is RoadClass.LANE))
                for text in (row.name, *row.aliases):
                    self.index.add(text, NameKind.ROAD, number)
            road = self.roads[number]
            road.lines.append(Line([self.plane.metres(*c) for c in row.coordinates]))
            road.row_ids.append(row.row_id)
            if row.district:
                road.districts.add(row.district)
        return by_name

    def _add_numbers(self, rows: GazetteerRows, by_road: Mapping[str, int]) -> None:
        for r in rows.ranges:
            if r.road not in by_road:
                continue
            road = self.roads[by_road[r.road]]
            line = road.row_ids.index(r.row_id) if r.row_id in road.row_ids else 0
            step = 1 if r.side == "both" else 2
            road.ranges.append(NumberRange(line, step, r.first, r.last, r.from_m, r.to_m))
        for p in rows.numbers:
            if p.road in by_road:
                numbers = self.roads[by_road[p.road]].numbers
                numbers[p.number] = self.plane.metres(p.lon, p.lat)

    def _add_places(self, rows: GazetteerRows) -> None:
        by_name: dict[str, int] = {}
        for p in rows.places:
            x, y = self.plane.metres(p.lon, p.lat)
            extent = EXTENT.get(p.kind, DEFAULT_EXTENT)
            by_name.setdefault(p.name, len(self.places))
            for text in (p.name, *p.aliases):
                self.index.add(text, NameKind.PLACE, len(self.places))
            self.places.append(Place(p.name, p.kind, x, y, extent, p.district))
        for b in rows.bridges:
            line = Line([self.plane.metres(*c) for c in b.coordinates])
            x, y = line.point(line.length / 2)
            for text in (b.name, *b.aliases):
                self.index.add(text, NameKind.PLACE, len(self.places))
            extent = line.length / 2 + 20
            self.places.append(Place(b.name, "bridge", x, y, extent, b.district, line))
        for block in rows.blocks:
            number = by_name.get(block.estate)
            if number is not None:
                key = plain(block.block)[0].rstrip("栋幢座楼号#")
                self.places[number].blocks[key] = self.plane.metres(block.lon, block.lat)

    def _add_area(self, row: AreaRow) -> None:
        spot = row.polygon.centroid
        if not row.polygon.contains(spot):
            spot = row.polygon.representative_point()
        x, y = self.plane.metres(spot.x, spot.y)
        hull = shapely.get_coordinates(row.polygon.convex_hull).tolist()
        radius = max(metres_apart((x, y), self.plane.metres(*corner)) for corner in hull)
        number = len(self.areas)
        self.areas.append(Area(row.name, row.kind, row.polygon, x, y, radius))
        for text in (row.name, *row.aliases):
            self.index.add(text, NameKind.AREA, number)

    def _find_districts(self) -> None:
        """Which districts each road runs through, and where each place lies."""
        if not self._district_tree:
            return
        for road in self.roads:
            for line in road.lines:
                for x, y in zip(line.xs, line.ys, strict=True):
                    name = self.district_at(x, y)
                    if name:
                        road.districts.add(name)
        for place in self.places:
            place.district = place.district or self.district_at(place.x, place.y)

    def district_at(self, x: float, y: float) -> str:
        """The district around a spot, or nothing where none is known."""
        lon, lat = self.plane.degrees(x, y)
        for area in self._district_tree:
            if shapely.contains_xy(area.polygon, lon, lat):
                return area.name
        return ""

    def _add_crossings(self, rows: GazetteerRows, by_road: Mapping[str, int]) -> None:
        if rows.crossings:
            for c in rows.crossings:
                if c.road_a in by_road and c.road_b in by_road:
                    spot = self.plane.metres(c.lon, c.lat)
                    self._meet(by_road[c.road_a], by_road[c.road_b], spot)
            return
        shapes = [
            (n, shapely.linestrings(line.xs, line.ys))
            for n, road in enumerate(self.roads)
            for line in road.lines
        ]
        geometry = np.array([g for _, g in shapes], dtype=object)
        pairs = STRtree(geometry).query(geometry, predicate="dwithin", distance=MEETING_GAP)
        for a, b in pairs.T.tolist():
            if a < b and shapes[a][0] != shapes[b][0]:
                met = shapely.intersection(geometry[a], geometry[b])
                if met.is_empty:
                    met = shapely.shortest_line(geometry[a], geometry[b]).centroid
                for part in getattr(met, "geoms", [met]):
                    centre = part.centroid
                    self._meet(shapes[a][0], shapes[b][0], (centre.x, centre.y))

    def _meet(self, a: int, b: int, spot: XY) -> None:
        known = self.roads[a].meets.setdefault(b, [])
        if all(metres_apart(spot, k) > SAME_SPOT for k in known):
            known.append(spot)
        self.roads[b].meets[a] = known


def _plane(rows: GazetteerRows) -> Plane:
    """The plane around the middle of all that has coordinates."""
    lons = [c[0] for r in rows.roads for c in r.coordinates] + [p.lon for p in rows.places]
    lats = [c[1] for r in rows.roads for c in r.coordinates] + [p.lat for p in rows.places]
    for a in rows.areas:
        west, south, east, north = a.polygon.bounds
        lons += [west, east]
        lats += [south, north]
    if not lons:
        raise GazetteerError(
            "地名数据为空,请先导入道路或地点",
            "the gazetteer is empty: import roads or places first",
        )
    return Plane((min(lons) + max(lons)) / 2, (min(lats) + max(lats)) / 2)
