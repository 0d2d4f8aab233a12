"""How well and how fast phrases are placed: generated from the gazetteer's files, held against truth.

The generator knows nothing of the parser: it reads the data files itself, fills the templates of
`geocoder_templates.tsv` and adds noise. Templates and names are split in two by a hash; rules were
tuned on one half (`--half tune`), figures are given for the other (`--half test`, the default).

What counts as right
  A truth is a point drawn before the phrase is written. For a phrase that names a point (crossing,
  number, lane, block, place, distance from one of these, bridge) the answer is right when its
  point lies within 200 m of the truth. A phrase that names a line (a road without more, a stretch,
  中段) or an area holds no more than that: its truth is anywhere on it. There the strict figure is
  given too, but `right` means that the truth lies within the answered radius and that the radius
  is no wider than the thing named asks for (its half length or half width and 150 m).
  `wrong, sure` is always strict: confidence at or above the threshold, no rival, and the point
  more than 200 m from the truth.
Kinds are mixed as in 116 published cases of the city (landmarks 46, estates 25, crossings 19,
bridges 16, sides 14, lanes 14, numbers 14, distances 7, stretches 5, roads without more).
"""

import argparse
import csv
import gzip
import hashlib
import json
import math
import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pypinyin import lazy_pinyin
from pyproj import Transformer
from shapely.geometry import LineString, Point, shape

from geo.gazetteer import CONFIDENT, Gazetteer, Verdict

ROOT = Path(__file__).parents[1]
DATA, GRID = ROOT / "data" / "gazetteer", ROOT / "data" / "grid"
TEMPLATES = Path(__file__).with_name("geocoder_templates.tsv")
MIX = {
    "place": 26, "place_road": 22, "block": 14, "crossing": 19, "bridge": 10, "bridge_road": 6,
    "lane": 6, "lane_number": 8, "house_number": 14, "place_offset": 6, "crossing_offset": 4,
    "stretch": 5, "portion": 4, "road": 5, "community": 3,
}  # fmt: skip
NOISES = {
    "none": 34, "homophone": 14, "typo": 10, "numerals": 10, "colloquial": 14, "full_width": 8,
    "description": 10,
}  # fmt: skip
WIDE = {"stretch", "portion", "road", "community"}
RELATIONS = ["门前", "门口", "对面", "旁边", "附近", "后面", "楼下", "旁", "隔壁", "斜对面"]
PARTS = ["人行道", "非机动车道", "绿化带", "机动车道", "盲道"]
COMPASS = ["东", "东北", "北", "西北", "西", "西南", "南", "东南"]
NUMERALS = "零一二三四五六七八九"
_TO_METRES = Transformer.from_crs(4490, 4545, always_xy=True)
_TO_DEGREES = Transformer.from_crs(4545, 4490, always_xy=True)
XY = tuple[float, float]


@dataclass
class World:
    """The data files, in metres of EPSG:4545."""

    roads: dict[str, list[LineString]] = field(default_factory=lambda: defaultdict(list))
    classes: dict[str, str] = field(default_factory=dict)
    districts: list[tuple[str, Any]] = field(default_factory=list)
    crossings: list[tuple[str, str, XY]] = field(default_factory=list)
    by_road: dict[str, list[tuple[str, XY]]] = field(default_factory=lambda: defaultdict(list))
    ranges: list[dict[str, str]] = field(default_factory=list)
    lines: dict[str, LineString] = field(default_factory=dict)
    places: list[dict[str, Any]] = field(default_factory=list)
    bridges: dict[str, LineString] = field(default_factory=dict)
    blocks: list[dict[str, str]] = field(default_factory=list)
    communities: list[tuple[str, Any]] = field(default_factory=list)
    grid: dict[tuple[int, int], str] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)


@dataclass
class Case:
    """A truth and the words for it; `named` are the names that noise may touch."""

    kind: str
    words: dict[str, str]
    truth: XY
    named: list[str]
    extent: float = 0.0  # half length or half width of a wide thing


@dataclass
class Tally:
    """Counts for one group of phrases."""

    n: int = 0
    answered: int = 0
    in100: int = 0
    in200: int = 0
    right: int = 0
    grid: int = 0
    community: int = 0
    sure: int = 0
    wrong_sure: int = 0
    operator: int = 0


def metres(lon: float, lat: float) -> XY:
    x, y = _TO_METRES.transform(lon, lat)
    return float(x), float(y)


def _line(coordinates: list[list[float]]) -> LineString:
    return LineString([metres(*c[:2]) for c in coordinates])


def load() -> World:
    """Read the files, without the parser's reader."""
    world = World()
    for f in _features(DATA / "roads.geojson"):
        p = f["properties"]
        line = _line(f["geometry"]["coordinates"])
        world.roads[p["name"]].append(line)
        world.lines[str(p["id"])] = line
        world.classes[p["name"]] = p["class"]
    for f in _features(DATA / "places.geojson"):
        p = f["properties"]
        world.places.append({**p, "xy": metres(*f["geometry"]["coordinates"])})
    for f in _features(DATA / "bridges.geojson"):
        world.bridges[f["properties"]["name"]] = _line(f["geometry"]["coordinates"])
    for r in _rows(DATA / "crossings.csv"):
        spot = metres(float(r["lon"]), float(r["lat"]))
        world.crossings.append((r["road_a"], r["road_b"], spot))
        world.by_road[r["road_a"]].append((r["road_b"], spot))
        world.by_road[r["road_b"]].append((r["road_a"], spot))
    world.ranges = _rows(DATA / "house_numbers.csv")
    world.blocks = _rows(DATA / "blocks.csv")
    for f in _features(GRID / "districts_wgs84.geojson"):
        world.districts.append((f["properties"]["name"], shape(f["geometry"])))
    for f in _features(GRID / "communities_synthetic.geojson"):
        world.communities.append((f["properties"]["community"], shape(f["geometry"])))
    with gzip.open(GRID / "grid_min.csv.gz", "rt") as stream:
        for r in csv.DictReader(stream):
            world.grid[int(r["col"]), int(r["row"])] = r["code"]
    world.names = {*world.roads, *world.bridges, *(p["name"] for p in world.places)}
    return world


def _features(path: Path) -> list[dict[str, Any]]:
    return list(json.loads(path.read_text(encoding="utf-8"))["features"])


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def half_of(text: str, seed: str) -> str:
    """Which half a name or template belongs to."""
    return "test" if hashlib.sha256(f"{seed}|{text}".encode()).digest()[0] % 2 else "tune"


class Maker:
    """Draws truths and the words for them, from one half of the names."""

    def __init__(self, world: World, half: str, seed: str, rng: random.Random) -> None:
        self.world, self.rng = world, rng

        def mine(name: str) -> bool:
            return half == "all" or half_of(name, seed) == half

        w = world
        self.streets = [r for r in w.roads if mine(r) and w.classes[r] != "lane"]
        self.lane_names = [r for r in w.roads if mine(r) and w.classes[r] == "lane"]
        self.crossings = [
            c for c in w.crossings
            if (mine(c[0]) or mine(c[1])) and "lane" not in {w.classes[c[0]], w.classes[c[1]]}
        ]  # fmt: skip
        self.street_ranges = [r for r in w.ranges if mine(r["road"])]
        self.places = [p for p in w.places if mine(p["name"])]
        self.bridges = [b for b in w.bridges if mine(b)]
        self.blocks = [b for b in w.blocks if mine(b["estate"])]
        self.communities = [c for c in w.communities if mine(c[0])]

    def _around(self, spot: XY, radius: float) -> XY:
        turn, away = self.rng.uniform(0, 2 * math.pi), radius * math.sqrt(self.rng.random())
        return spot[0] + away * math.cos(turn), spot[1] + away * math.sin(turn)

    def _district(self, spot: XY) -> str:
        lon, lat = _TO_DEGREES.transform(*spot)
        return next((n for n, g in self.world.districts if g.contains(Point(lon, lat))), "")

    def make(self, kind: str) -> Case | None:
        """One case of a kind; None where the draw does not suit (a road too short …)."""
        makers: dict[str, Callable[[], Case | None]] = {
            "crossing": self.crossing, "house_number": self.house_number,
            "lane_number": self.lane_number, "lane": self.lane, "block": self.block,
            "place": self.place, "place_road": self.place_road, "place_offset": self.place_offset,
            "crossing_offset": self.crossing_offset, "bridge": self.bridge,
            "bridge_road": self.bridge_road, "stretch": self.stretch, "portion": self.portion,
            "road": self.road, "community": self.community,
        }  # fmt: skip
        case = makers[kind]()
        if case is not None:
            rng = self.rng
            case.words.setdefault("d", self._district(case.truth) if rng.random() < 0.25 else "")
            case.words |= {"rel": rng.choice(RELATIONS), "part": rng.choice(PARTS)}
        return case

    def crossing(self) -> Case:
        a, b, spot = self.rng.choice(self.crossings)
        if self.rng.random() < 0.5:
            a, b = b, a
        return Case("crossing", {"a": a, "b": b}, self._around(spot, 30), ["a", "b"])

    def _numbered(self, lanes: bool) -> tuple[str, int, XY] | None:
        r = self.rng.choice(self.street_ranges)
        if (self.world.classes[r["road"]] == "lane") is not lanes:
            return None
        first, last = int(r["from_number"]), int(r["to_number"])
        number = first + 2 * self.rng.randint(0, (last - first) // 2)
        share = (number - first) / (last - first)
        low, high = float(r["from_m"]), float(r["to_m"])
        spot = self.world.lines[r["road_id"]].interpolate(low + (high - low) * share)
        return r["road"], number, self._around((spot.x, spot.y), 20)

    def house_number(self) -> Case | None:
        drawn = self._numbered(lanes=False)
        if drawn is None:
            return None
        road, number, spot = drawn
        return Case("house_number", {"r": road, "n": str(number)}, spot, ["r"])

    def lane_number(self) -> Case | None:
        drawn = self._numbered(lanes=True)
        if drawn is None:
            return None
        road, number, spot = drawn
        return Case("lane_number", {"l": road, "n": str(number)}, spot, ["l"])

    def lane(self) -> Case:
        name = self.rng.choice(self.lane_names)
        spot = self.world.roads[name][0].interpolate(self.rng.random(), normalized=True)
        return Case("lane", {"l": name}, self._around((spot.x, spot.y), 15), ["l"])

    def block(self) -> Case:
        b = self.rng.choice(self.blocks)
        spot = self._around(metres(float(b["lon"]), float(b["lat"])), 15)
        return Case("block", {"e": b["estate"], "k": b["block"].rstrip("栋")}, spot, ["e"])

    def _say_place(self, place: dict[str, Any]) -> str:
        aliases = [a for a in place["aliases"].split(";") if len(a) > 2]
        return (
            str(self.rng.choice(aliases)) if aliases and self.rng.random() < 0.4 else place["name"]
        )

    def place(self) -> Case:
        p = self.rng.choice(self.places)
        return Case("place", {"p": self._say_place(p)}, self._around(p["xy"], 40), ["p"])

    def place_road(self) -> Case | None:
        p = self.rng.choice(self.places)
        if p["road"] not in self.world.roads:
            return None
        words = {"p": self._say_place(p), "r": p["road"]}
        return Case("place_road", words, self._around(p["xy"], 40), ["p", "r"])

    def _walk(self, line: LineString, spot: XY) -> tuple[XY, str, int] | None:
        """A point further along a line, with the compass word and the rounded metres to it."""
        at = line.project(Point(spot))
        step = self.rng.choice([-1, 1]) * self.rng.choice([50, 80, 100, 150, 200, 250, 300])
        if not 0 <= at + step <= line.length:
            return None
        there = line.interpolate(at + step + self.rng.uniform(-12, 12))
        start = line.interpolate(at)
        turn = math.degrees(math.atan2(there.y - start.y, there.x - start.x))
        if self.rng.random() < 0.7:  # most people say one of four
            word = "东北西南"[round(turn / 90) % 4]
        else:
            word = COMPASS[round(turn / 45) % 8]
        return (there.x, there.y), word, abs(step)

    def place_offset(self) -> Case | None:
        p = self.rng.choice(self.places)
        lines = self.world.roads.get(p["road"])
        if not lines or p["kind"] in {"park", "factory", "estate"}:
            return None
        walked = self._walk(min(lines, key=lambda ln: ln.distance(Point(p["xy"]))), p["xy"])
        if walked is None:
            return None
        spot, word, step = walked
        words = {"p": p["name"], "r": p["road"], "dir": word, "m": str(step)}
        return Case("place_offset", words, spot, ["p", "r"])

    def crossing_offset(self) -> Case | None:
        a, b, spot = self.rng.choice(self.crossings)
        line = min(self.world.roads[a], key=lambda ln: ln.distance(Point(spot)))
        walked = self._walk(line, spot)
        if walked is None:
            return None
        there, word, step = walked
        words = {"a": a, "b": b, "dir": word, "m": str(step)}
        return Case("crossing_offset", words, there, ["a", "b"])

    def bridge(self) -> Case:
        name = self.rng.choice(self.bridges)
        spot = self.world.bridges[name].interpolate(self.rng.random(), normalized=True)
        return Case("bridge", {"br": name}, (spot.x, spot.y), ["br"])

    def bridge_road(self) -> Case | None:
        name = self.rng.choice(self.bridges)
        line = self.world.bridges[name]
        near = [
            r
            for r, lines in self.world.roads.items()
            if self.world.classes[r] != "lane" and any(ln.distance(line) < 15 for ln in lines)
        ]
        if not near:
            return None
        road = self.rng.choice(near)
        spot = min(self.world.roads[road], key=lambda ln: ln.distance(line)).interpolate(
            min(self.world.roads[road], key=lambda ln: ln.distance(line)).project(line.centroid)
        )
        if line.distance(spot) > 60:
            return None
        return Case(
            "bridge_road", {"br": name, "r": road}, self._around((spot.x, spot.y), 40), ["br", "r"]
        )

    def stretch(self) -> Case | None:
        road = self.rng.choice(self.streets)
        met = [m for m in self.world.by_road[road] if self.world.classes[m[0]] != "lane"]
        if len(met) < 2 or len(self.world.roads[road]) > 1:
            return None
        (a, p), (b, q) = self.rng.sample(met, 2)
        line = self.world.roads[road][0]
        low, high = sorted((line.project(Point(p)), line.project(Point(q))))
        if a == b or not 80 < high - low < 1500:
            return None
        spot = line.interpolate(self.rng.uniform(low, high))
        words = {"r": road, "a": a, "b": b}
        return Case("stretch", words, (spot.x, spot.y), ["r", "a", "b"], (high - low) / 2)

    def portion(self) -> Case | None:
        road = self.rng.choice(self.streets)
        if len(self.world.roads[road]) > 1:
            return None
        line = self.world.roads[road][0]
        (ax, ay), (bx, by) = line.coords[0], line.coords[-1]
        words = "西东" if abs(bx - ax) > abs(by - ay) else "南北"
        if (bx - ax if words == "西东" else by - ay) < 0:
            words = words[::-1]
        name, low, high = self.rng.choice(
            [("中段", 0.33, 0.67), (words[0] + "段", 0.0, 0.34), (words[1] + "段", 0.66, 1.0)]
        )
        spot = line.interpolate(self.rng.uniform(low, high), normalized=True)
        return Case("portion", {"r": road, "seg": name}, (spot.x, spot.y), ["r"], line.length * 0.2)

    def road(self) -> Case | None:
        name = self.rng.choice(self.streets)
        line = self.rng.choice(self.world.roads[name])
        spot = line.interpolate(self.rng.random(), normalized=True)
        extent = sum(ln.length for ln in self.world.roads[name]) / 2
        return Case("road", {"r": name}, (spot.x, spot.y), ["r"], extent)

    def community(self) -> Case:
        name, area = self.rng.choice(self.communities)
        west, south, east, north = area.bounds
        while True:
            spot = Point(self.rng.uniform(west, east), self.rng.uniform(south, north))
            if area.contains(spot):
                break
        short = name.removesuffix("居委会").removesuffix("委会")
        wide = math.dist(metres(west, south), metres(east, north)) / 2
        return Case("community", {"c": short}, metres(spot.x, spot.y), ["c"], wide)


class Noise:
    """Spoils names and phrases the way people and machines do."""

    def __init__(self, rng: random.Random, names: set[str]) -> None:
        self.rng, self.names = rng, names
        common = [
            bytes((high, low)).decode("gb2312")
            for high in range(0xB0, 0xD8)
            for low in range(0xA1, 0xFF)
            if not (high == 0xD7 and low > 0xF9)
        ]
        self.common = common
        self.alike: dict[str, list[str]] = defaultdict(list)
        for char, reading in zip(common, lazy_pinyin(common), strict=True):
            self.alike[reading].append(char)

    def homophone(self, name: str) -> str:
        spots = [n for n, c in enumerate(name) if "\u4e00" <= c <= "\u9fff"]
        for n in self.rng.sample(spots, len(spots)):
            alike = (
                [c for c in self.alike[lazy_pinyin(name)[n]] if c != name[n]]
                if len(lazy_pinyin(name)) == len(name)
                else []
            )
            if alike:
                return name[:n] + self.rng.choice(alike) + name[n + 1 :]
        return name

    def typo(self, name: str) -> str:
        n = self.rng.randrange(len(name))
        draw = self.rng.random()
        if draw < 0.4:
            return name[:n] + self.rng.choice(self.common) + name[n + 1 :]
        if draw < 0.7:
            return name[:n] + name[n + 1 :]
        if draw < 0.85:
            return name[:n] + name[n] + name[n:]
        m = min(n + 1, len(name) - 1)
        return name[:n] + name[m] + name[n] + name[m + 1 :] if m > n else name

    def spoil(self, case: Case, noise: str) -> bool:
        """Spoil one name; False where that gives another existing name or none at all."""
        if noise not in {"homophone", "typo"}:
            return True
        key = self.rng.choice(case.named)
        spoilt = getattr(self, noise)(case.words[key])
        case.words[key] = spoilt
        return spoilt not in self.names and len(spoilt) > 1


def chinese(number: str) -> str:
    """Digits below 1000 as a person says them."""
    n = int(number)
    if n >= 1000:
        return "".join(NUMERALS[int(c)] for c in number)
    hundreds, rest = divmod(n, 100)
    tens, ones = divmod(rest, 10)
    out = f"{NUMERALS[hundreds]}百" if hundreds else ""
    if tens:
        out += "十" if tens == 1 and not hundreds else f"{NUMERALS[tens]}十"
    elif hundreds and ones:
        out += "零"
    return out + (NUMERALS[ones] if ones else "") or "零"


def full_width(text: str, rng: random.Random) -> str:
    """Full-width digits and signs, and a stray blank."""
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)
    n = rng.randrange(len(wide) + 1)
    return wide[:n] + rng.choice([" ", "\u3000"]) + wide[n:]


def read_templates(half: str, seed: str) -> dict[str, list[str]]:
    """The templates of one half, by kind; a kind that would be left empty keeps all of its own."""
    everything: dict[str, list[str]] = defaultdict(list)
    for line in TEMPLATES.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            kind, template = line.split("\t")
            everything[kind].append(template)
    if half == "all":
        return everything
    kept = {k: [t for t in ts if half_of(t, seed) == half] for k, ts in everything.items()}
    return {k: ts or everything[k] for k, ts in kept.items()}


@dataclass
class Phrase:
    """A finished phrase with its truth."""

    text: str
    noise: str
    case: Case


def phrases(world: World, *, half: str, seed: str, count: int) -> list[Phrase]:
    """Draw `count` phrases from one half of the names and templates."""
    rng = random.Random(f"{seed}|{half}")
    maker, noise = Maker(world, half, seed, rng), Noise(rng, world.names)
    templates = read_templates(half, seed)
    kinds, weights = list(MIX), list(MIX.values())
    out: list[Phrase] = []
    while len(out) < count:
        case = maker.make(rng.choices(kinds, weights)[0])
        kind = rng.choices(list(NOISES), list(NOISES.values()))[0]
        if case is None or not noise.spoil(case, kind):
            continue
        said = templates[case.kind]
        if kind == "colloquial":
            if f"{case.kind}~" not in templates:
                continue
            said = templates[f"{case.kind}~"]
        if kind == "numerals":
            numbers = {k: chinese(v) for k, v in case.words.items() if k in {"n", "k", "m"}}
            if not numbers:
                continue
            case.words |= numbers
        text = rng.choice(said).format(**case.words)
        if kind == "description":
            text = rng.choice(templates["wrap"]).format(x=text)
        if kind == "full_width":
            text = full_width(text, rng)
        out.append(Phrase(text, kind, case))
    return out


def judge(world: World, gazetteer: Gazetteer, phrase: Phrase, tallies: list[Tally]) -> str:
    """Place one phrase and count it in all of its groups; what went wrong, if anything."""
    answer = gazetteer.geocode(phrase.text)
    best = answer.best
    away = math.inf
    if best is not None:
        spot = metres(best.lon, best.lat)
        away = math.dist(spot, phrase.case.truth)
    wide = phrase.case.kind in WIDE
    fits = best is not None and away <= best.radius_m + 30 and (
        best.radius_m <= max(phrase.case.extent, 50) * 1.25 + 150
    )  # fmt: skip
    right = away <= 200 or (wide and fits)
    sure = answer.verdict is Verdict.CONFIDENT
    cell = tuple(int(v // 100) for v in phrase.case.truth)
    got = tuple(int(v // 100) for v in spot) if best is not None else (0, 0)
    code, mine = world.grid.get(cell, ""), world.grid.get(got, "")  # type: ignore[arg-type]
    for t in tallies:
        t.n += 1
        t.answered += best is not None
        t.in100 += away <= 100
        t.in200 += away <= 200
        t.right += right
        t.grid += bool(code) and code == mine
        t.community += bool(code) and code[:12] == mine[:12]
        t.sure += sure
        t.wrong_sure += sure and away > 200
        t.operator += answer.needs_operator
    if sure and away > 200:
        return "WRONG-SURE"
    if best is None:
        return "SILENT"
    return "" if right else "FAR"


HEADER = (
    f"{'':18}{'n':>6}{'answered':>10}{'<=100 m':>9}{'<=200 m':>9}{'right':>8}{'grid':>7}"
    f"{'commun.':>9}{'sure':>7}{'wrong,sure':>12}{'operator':>10}"
)


def row(name: str, t: Tally) -> str:
    """A line of the table."""
    share = [
        t.answered,
        t.in100,
        t.in200,
        t.right,
        t.grid,
        t.community,
        t.sure,
        t.wrong_sure,
        t.operator,
    ]
    cells = [f"{100 * s / max(1, t.n):.1f}%" for s in share]
    widths = (10, 9, 9, 8, 7, 9, 7, 12, 10)
    return f"{name:18}{t.n:>6}" + "".join(f"{c:>{w}}" for c, w in zip(cells, widths, strict=True))


@dataclass
class Report:
    """What a run found."""

    overall: Tally
    pointed: Tally
    by_kind: dict[str, Tally]
    by_noise: dict[str, Tally]
    false_alarms: list[str]
    silent_share: float
    faults: list[str]
    per_second: float


def run(gazetteer: Gazetteer, world: World, *, half: str, seed: str, count: int) -> Report:
    """Judge `count` phrases of a half, the phrases without an address, and the speed."""
    drawn = phrases(world, half=half, seed=seed, count=count)
    overall, pointed = Tally(), Tally()
    by_kind: dict[str, Tally] = defaultdict(Tally)
    by_noise: dict[str, Tally] = defaultdict(Tally)
    faults = []
    for p in drawn:
        groups = [overall, by_kind[p.case.kind], by_noise[p.noise]]
        if p.case.kind not in WIDE:
            groups.append(pointed)
        fault = judge(world, gazetteer, p, groups)
        if fault:
            faults.append(f"{fault}\t{p.case.kind}\t{p.noise}\t{p.text}")
    none = read_templates(half, seed)["nothing"]
    alarms = [t for t in none if gazetteer.geocode(t).candidates]
    start = time.process_time()
    for p in drawn:
        gazetteer.geocode(p.text)
    spent = time.process_time() - start
    silent = 1 - len(alarms) / len(none)
    return Report(overall, pointed, by_kind, by_noise, alarms, silent, faults, len(drawn) / spent)


def main() -> None:
    """Print the tables for a half."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=["tune", "test", "all"], default="test")
    parser.add_argument("--seed", default="liuzhou")
    parser.add_argument("--count", type=int, default=12_000)
    parser.add_argument("--faults", type=int, default=0, help="show so many phrases that failed")
    parser.add_argument("--cases", type=Path, help="a CSV of real cases with a place_text column")
    args = parser.parse_args()
    world = load()
    start = time.process_time()
    gazetteer = Gazetteer.load_folder(DATA, areas=GRID)
    print(f"loaded in {time.process_time() - start:.2f} s: {gazetteer.counts}")
    report = run(gazetteer, world, half=args.half, seed=args.seed, count=args.count)
    print(f"half {args.half}, seed {args.seed}, confident from {CONFIDENT}\n{HEADER}")
    print(row("all", report.overall))
    print(row("names a point", report.pointed))
    for kind in MIX:
        print(row("  " + kind, report.by_kind[kind]))
    for noise in NOISES:
        print(row("  ~" + noise, report.by_noise[noise]))
    print(f"phrases without an address that stay unanswered: {100 * report.silent_share:.1f} %")
    for alarm in report.false_alarms:
        print("   answered all the same:", alarm)
    print(f"{report.per_second:,.0f} phrases/s on one core")
    for fault in random.Random(1).sample(report.faults, min(args.faults, len(report.faults))):
        print(fault)
    if args.cases:
        real_cases(gazetteer, args.cases)


def real_cases(gazetteer: Gazetteer, path: Path) -> None:
    """What is recognised of published cases: no truth exists, so only shares and readings."""
    cases = [r for r in _rows(path) if r["city"] == "柳州"]
    verdicts: Counter[str] = Counter()
    for r in cases:
        answer = gazetteer.geocode(r["place_text"])
        verdicts[answer.verdict] += 1
        best = answer.best
        print(f"{r['id']} {r['place_text']} -> {answer.verdict}", end=" ")
        print(f"{best.kind} {best.text} ±{best.radius_m:.0f} m {best.confidence}" if best else "")
    print(f"{len(cases)} real phrases: {dict(verdicts)}")


if __name__ == "__main__":
    main()
