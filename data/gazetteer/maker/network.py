"""The synthetic street network: a warped lattice, drawn arterials, embankments and bridges."""

import math
import random
from collections import defaultdict
from dataclasses import dataclass, field

import shapely
from plane import EMBANKMENT, RIVER_WIDTH, Ground, rows, smooth, to_metres
from shapely.geometry import LineString, MultiLineString, Point
from shapely.ops import linemerge, substring

STEP = 250.0  # metres between neighbouring lattice lines in the dense core
# Seats of density: longitude, latitude, radius of every-line zone, radius of every-second zone.
SEATS = [
    (109.408, 24.318, 2000, 4600),
    (109.388, 24.302, 1100, 4200),
    (109.425, 24.296, 900, 3800),
    (109.400, 24.342, 800, 4200),
    (109.438, 24.336, 700, 3600),
    (109.322, 24.256, 600, 2900),
    (109.535, 24.369, 500, 2800),
    (109.600, 24.402, 400, 1900),
    (109.468, 24.280, 400, 2600),
    (109.374, 24.284, 900, 3000),
]
SPAN = range(-68, 100)
LENGTHS = {"main": (3500, 6800), "secondary": (1900, 3900), "branch": (700, 1900)}


@dataclass
class Road:
    name: str
    road_class: str
    line: LineString  # metres
    source: str = "made up"
    hint: str = ""


@dataclass
class Network:
    roads: list[Road] = field(default_factory=list)
    bridges: list[dict[str, object]] = field(default_factory=list)


class Lattice:
    """Nodes (i, j) on a warped grid; an edge is (axis, i, j): 0 goes along i, 1 along j."""

    def __init__(self, ground: Ground, rng: random.Random) -> None:
        self.ground, self.rng = ground, rng
        self.origin = to_metres(109.410, 24.318)
        self.seats = [(Point(to_metres(x, y)), a, b) for x, y, a, b in SEATS]
        self.edges: dict[tuple[int, int, int], LineString] = {}
        self.district: dict[tuple[int, int, int], str] = {}
        self._fill()
        self._thin()
        self._prune()

    def at(self, u: float, v: float) -> tuple[float, float]:
        angle = math.radians(-9)
        x, y = u * STEP, v * STEP
        x, y = x * math.cos(angle) - y * math.sin(angle), x * math.sin(angle) + y * math.cos(angle)
        dx = 330 * math.sin(x / 1500 + y / 2300) + 150 * math.sin(y / 760 - x / 1700)
        dy = 330 * math.sin(y / 1600 - x / 2100 + 1) + 150 * math.sin(x / 830 + y / 1500)
        return self.origin[0] + x + dx, self.origin[1] + y + dy

    def level(self, point: Point) -> int:
        best = 4
        for seat, near, far in self.seats:
            metres = seat.distance(point)
            best = min(best, 1 if metres < near else 2 if metres < far else 4)
        return best

    def _fill(self) -> None:
        shapely.prepare(self.ground.built)
        for i in SPAN:
            for j in SPAN:
                for axis, (k, other) in enumerate(((j, (i + 1, j)), (i, (i, j + 1)))):
                    middle = Point(self.at((i + other[0]) / 2, (j + other[1]) / 2))
                    if not self.ground.built.contains(middle) or k % self.level(middle):
                        continue
                    line = LineString(
                        self.at(i + (other[0] - i) * t, j + (other[1] - j) * t) for t in (0, 0.5, 1)
                    )
                    self.edges[axis, i, j] = line
                    self.district[axis, i, j] = next(
                        (n for n, g in self.ground.districts.items() if g.contains(middle)), ""
                    )

    def _thin(self) -> None:
        """Take some edges of the small lines out, so that blocks differ in size."""
        for axis, i, j in list(self.edges):
            k = j if axis == 0 else i
            block = (i if axis == 0 else j) // 3
            if k % 4 and random.Random(f"{axis} {k} {block}").random() < (0.28 if k % 2 else 0.16):
                del self.edges[axis, i, j]

    def ends(self, edge: tuple[int, int, int]) -> list[tuple[int, int]]:
        axis, i, j = edge
        return [(i, j), (i + 1, j) if axis == 0 else (i, j + 1)]

    def _prune(self) -> None:
        """Cut off dead ends, except at the edge of the city and a few that a real city keeps."""
        while True:
            at: dict[tuple[int, int], list[tuple[int, int, int]]] = defaultdict(list)
            for edge in self.edges:
                for end in self.ends(edge):
                    at[end].append(edge)
            dead = [
                e
                for node, es in at.items()
                if len(es) == 1
                for e in es
                if self.ground.built.buffer(-250).contains(Point(self.at(*node)))
                and random.Random(f"dead {node}").random() > 0.12
            ]
            if not dead:
                return
            for edge in set(dead):
                del self.edges[edge]


def _drawn(ground: Ground) -> list[Road]:
    out = []
    for row in rows("drawn_roads.csv"):
        points = [to_metres(*map(float, p.split())) for p in row["waypoints"].split(";")]
        line = longest(smooth(points).intersection(ground.land))
        out.append(Road(row["name"], row["class"], line, row["source"], row["district"]))
    return out


def longest(geometry: object) -> LineString:
    """The longest line of a geometry."""
    parts = getattr(geometry, "geoms", [geometry])
    return max((g for g in parts if isinstance(g, LineString)), key=lambda g: g.length)


# Embankment roads by bank (1 left, -1 right looking downstream): name, from, to as share of length.
BANKS = [
    ("北堤路", 1, 0.02, 0.20, "柳北区", "made up"),
    ("壶东路", 1, 0.215, 0.335, "柳北区", "made up"),
    ("沿江路", 1, 0.34, 0.53, "城中区", "seen"),
    ("东堤路", 1, 0.535, 0.66, "城中区", "made up"),
    ("静江路", 1, 0.67, 0.93, "城中区", "made up"),
    ("潭江路", -1, 0.02, 0.20, "柳南区", "made up"),
    ("西堤路", -1, 0.212, 0.36, "柳南区", "seen"),
    ("滨江西路", -1, 0.365, 0.43, "柳南区", "made up"),
    ("滨江东路", -1, 0.435, 0.60, "鱼峰区", "seen"),
    ("阳江路", -1, 0.61, 0.74, "鱼峰区", "made up"),
    ("塘江路", -1, 0.75, 0.93, "鱼峰区", "made up"),
]


def _embankments(ground: Ground) -> list[Road]:
    inside = longest(ground.river.intersection(ground.built))
    out = []
    for name, bank, start, end, hint, source in BANKS:
        line = inside.offset_curve(bank * (RIVER_WIDTH / 2 + EMBANKMENT + 1))
        if isinstance(line, MultiLineString):
            line = longest(linemerge(line))
        piece = substring(line, start, end, normalized=True).simplify(3)
        out.append(Road(name, "secondary", piece, source, hint))
    return out


def _bearing(line: LineString) -> float:
    (ax, ay), (bx, by) = line.coords[0], line.coords[-1]
    return math.degrees(math.atan2(by - ay, bx - ax)) % 180


def _beside_drawn(edge: LineString, drawn: list[Road]) -> bool:
    middle = edge.interpolate(0.5, normalized=True)
    for road in drawn:
        if road.line.distance(middle) > 110:
            continue
        at = road.line.project(middle)
        near = substring(road.line, max(0, at - 60), at + 60)
        turn = abs(_bearing(near) - _bearing(edge))
        if min(turn, 180 - turn) < 32:
            return True
    return False


def _runs(free: set[tuple[int, int, int]], axis: int, k: int) -> list[list[int]]:
    """The unbroken runs of free edges on line k of an axis."""
    along = sorted(
        (e[1] if axis == 0 else e[2])
        for e in free
        if e[0] == axis and (e[2] if axis == 0 else e[1]) == k
    )
    runs: list[list[int]] = []
    for a in along:
        if runs and a == runs[-1][-1] + 1:
            runs[-1].append(a)
        else:
            runs.append([a])
    return runs


def _edge(axis: int, k: int, a: int) -> tuple[int, int, int]:
    return (axis, a, k) if axis == 0 else (axis, k, a)


def _join(lattice: Lattice, axis: int, k: int, run: list[int]) -> LineString:
    merged = linemerge([lattice.edges[_edge(axis, k, a)] for a in run])
    return merged if isinstance(merged, LineString) else longest(merged)


def _grow(
    lattice: Lattice, axis: int, k: int, run: list[int], first: int, wanted: float
) -> list[int]:
    """Edges of a run to both sides of its edge number `first` until the wanted length is there."""
    lo = hi = first
    length = lattice.edges[_edge(axis, k, run[first])].length
    while length < wanted and (lo > 0 or hi < len(run) - 1):
        if hi < len(run) - 1 and (hi - first <= first - lo or lo == 0):
            hi += 1
            length += lattice.edges[_edge(axis, k, run[hi])].length
        else:
            lo -= 1
            length += lattice.edges[_edge(axis, k, run[lo])].length
    return run[lo : hi + 1]


def _hinted(lattice: Lattice, free: set[tuple[int, int, int]]) -> list[Road]:
    """Lay the named roads on the lattice lines nearest to their hints."""
    out: dict[str, Road] = {}
    for row in rows("hinted_roads.csv"):
        axis = 0 if row["dir"] == "ew" else 1
        centre = Point(to_metres(float(row["lon"]), float(row["lat"])))
        best: tuple[float, int, list[int]] | None = None
        home = {e for e in free if lattice.district[e] in row["district"]}
        others = [out[name].line for name in row["crosses"].split(";") if name]
        for k in SPAN:
            for run in _runs(home, axis, k):
                away = [lattice.edges[_edge(axis, k, a)].distance(centre) for a in run]
                first = away.index(min(away))
                if away[first] > 1500:
                    continue
                for stretch in (1.0, 1.4, 1.9) if others else (1.0,):
                    wanted = float(row["metres"]) * stretch
                    piece = _grow(lattice, axis, k, run, first, wanted)
                    line = _join(lattice, axis, k, piece)
                    dry = line.intersection(lattice.ground.land)
                    missed = sum(not dry.intersects(o) for o in others) * 5000
                    minor = 350.0 if row["class"] == "main" and k % 2 else 0.0
                    short = max(0.0, wanted - line.length) * 0.8
                    score = away[first] + short + minor + missed + (stretch - 1) * 500
                    if best is None or score < best[0]:
                        best = score, k, piece
        if best is None or best[0] > 5000:
            raise SystemExit(f"no lattice line suits the hint of {row['name']}")
        _, k, run = best
        free -= {_edge(axis, k, a) for a in run}
        line = _join(lattice, axis, k, run)
        out[row["name"]] = Road(row["name"], row["class"], line, row["source"], row["district"])
    return list(out.values())


def _rest(lattice: Lattice, free: set[tuple[int, int, int]], rng: random.Random) -> list[Road]:
    """Cut what is left of the lattice into roads that wait for a name."""
    out = []
    for axis in (0, 1):
        for k in SPAN:
            road_class = "main" if k % 8 == 0 else "secondary" if k % 2 == 0 else "branch"
            for run in _runs(free, axis, k):
                while run:
                    low, high = LENGTHS[road_class]
                    take = max(1, round(rng.uniform(low, high) / STEP))
                    if len(run) - take < 2:
                        take = len(run)
                    piece, run = run[:take], run[take:]  # noqa: PLW2901 -- eaten from the left
                    out.append(Road("", road_class, _join(lattice, axis, k, piece)))
    return out


def _bridges(lattice: Lattice, ground: Ground) -> list[dict[str, object]]:
    """Lay each bridge on the lattice edge that crosses the river nearest to its hint."""
    banks = ground.river.buffer(RIVER_WIDTH / 2 + EMBANKMENT + 2)
    out, taken = [], set()
    for row in rows("bridges.csv"):
        hint = Point(to_metres(float(row["lon"]), float(row["lat"])))
        spans = []
        for axis in (0, 1):
            for k in SPAN:
                for run in _runs(set(lattice.edges), axis, k):
                    wet = _join(lattice, axis, k, run).intersection(banks)
                    for part in getattr(wet, "geoms", [wet]):
                        if isinstance(part, LineString) and 200 < part.length < 700:
                            key = (round(part.centroid.x), round(part.centroid.y))
                            spans.append((part.distance(hint), key, part))
        spans = [s for s in spans if s[1] not in taken]
        _, key, span = min(spans, key=lambda s: s[0])
        taken.add(key)
        out.append({**row, "line": span})
    return out


def build_network(ground: Ground, rng: random.Random) -> Network:
    """Roads (some still without a name) and bridges, in metres, clipped to the built-up land."""
    lattice = Lattice(ground, rng)
    drawn = _drawn(ground)
    banks = _embankments(ground)
    bridges = _bridges(lattice, ground)
    free = {e for e, line in lattice.edges.items() if not _beside_drawn(line, drawn)}
    laid = _hinted(lattice, free) + _rest(lattice, free, rng)
    roads = drawn + banks
    for road in laid:
        dry = road.line.intersection(ground.land)
        parts = [g for g in getattr(dry, "geoms", [dry]) if g.length > 140]
        parts.sort(key=lambda g: -g.length)
        if not parts:
            if road.name:
                raise SystemExit(f"{road.name} lies under water or outside")
            continue
        for n, part in enumerate(parts):
            keeps = n == 0 or (road.name and part.length > 250)
            roads.append(
                Road(
                    road.name if keeps else "",
                    road.road_class,
                    part,
                    road.source if keeps else "made up",
                    road.hint if keeps else "",
                )
            )
    return Network(roads, bridges)
