"""Truths and the words for them: points drawn in the city, named by what stands around them."""

import hashlib
import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from shapely.geometry import LineString, Point

from bench.geocoder_world import XY, World, degrees, metres

RELATIONS = ["门前", "门口", "对面", "旁边", "附近", "后面", "楼下", "旁", "隔壁", "斜对面"]
PARTS = ["人行道", "非机动车道", "绿化带", "机动车道", "盲道"]
COMPASS = ["东", "东北", "北", "西北", "西", "西南", "南", "东南"]


@dataclass
class Case:
    """A truth and the words for it; `named` are the names that noise may touch."""

    kind: str
    words: dict[str, str]
    truth: XY
    named: list[str]
    extent: float = 0.0  # half length or half width of a wide thing


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
        lon, lat = degrees(spot)
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
