"""Places for sample cases: parts, crossings and named places, each with words that people use."""

import csv
import gzip
import json
import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shapely
from pyproj import Transformer

DATA = Path(__file__).parent.parent
TO_METRES = Transformer.from_crs(4490, 4545, always_xy=True)
CELL_M, EDGE_M = 100, 2
NEAR_M = 120.0
METRES_PER_DEGREE = 105_000.0  # good to a few per cent at this latitude, enough to say "near"
RELATIONS = ("门口", "门前", "旁边", "对面", "附近", "路边", "那里")
CARRIAGEWAY = ("人行道", "非机动车道", "路边", "")

Row = dict[str, str]


@dataclass(frozen=True)
class Spot:
    """A point (CGCS2000 degrees), the words for it, and the part that stands there."""

    lon: float
    lat: float
    words: str
    part_code: str = ""


def table(name: str) -> list[Row]:
    """The rows of a CSV file of the data folder, gzip or not."""
    path = DATA / name
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


class City:
    """Unit grids, named places, crossings and parts, as files of this folder hold them."""

    def __init__(self) -> None:
        self.cells = {
            (int(r["col"]), int(r["row"])): r["code"] for r in table("grid/grid_min.csv.gz")
        }
        zones = json.loads((DATA / "grid/virtual_districts.json").read_text(encoding="utf-8"))
        self.zones = {street: str(zone["code"]) for zone in zones for street in zone["streets"]}
        content = json.loads((DATA / "gazetteer/places.geojson").read_text(encoding="utf-8"))
        self.places: list[dict[str, Any]] = [
            place for place in content["features"] if self._inside(place["geometry"]["coordinates"])
        ]
        self.crossings = _once(
            row
            for row in table("gazetteer/crossings.csv")
            if self._inside([float(row["lon"]), float(row["lat"])])
        )
        self._place_tree = _tree([p["geometry"]["coordinates"] for p in self.places])
        self._crossing_tree = _tree([[r["lon"], r["lat"]] for r in self.crossings])
        self.parts: dict[str, list[Row]] = {}
        for row in table("parts/parts.csv.gz"):
            self.parts.setdefault(row["category"], []).append(row)

    def grid(self, spot: Spot) -> str:
        """The unit grid's code, empty outside the city."""
        x, y = TO_METRES.transform(spot.lon, spot.lat)
        return self.cells.get((int(x // CELL_M), int(y // CELL_M)), "")

    def safe_grid(self, spot: Spot) -> str | None:
        """The unit grid's code unless the point is so near an edge that rounding may move it over."""
        x, y = TO_METRES.transform(spot.lon, spot.lat)
        clear = all(EDGE_M < value % CELL_M < CELL_M - EDGE_M for value in (x, y))
        return self.grid(spot) if clear else None

    def district(self, spot: Spot) -> str:
        return self.grid(spot)[:6]

    def spot_for(self, category: str, rng: random.Random, *, nameable: bool) -> Spot:
        """A place for a report of this category; `nameable`: the words alone must lead there."""
        if category in self.parts and not nameable:
            return self._at_part(rng.choice(self.parts[category]), rng)
        return (
            self._at_crossing(rng) if rng.random() < 0.25 else self._at_place(rng, exact=nameable)
        )

    def _at_part(self, part: Row, rng: random.Random) -> Spot:
        lon, lat = float(part["lon"]), float(part["lat"])
        here = shapely.Point(lon, lat)
        place = self.places[int(self._place_tree.nearest(here))]
        crossing = self.crossings[int(self._crossing_tree.nearest(here))]
        if _metres(here, place["geometry"]["coordinates"]) < NEAR_M:
            words = place["properties"]["name"] + rng.choice(RELATIONS)
        elif _metres(here, [float(crossing["lon"]), float(crossing["lat"])]) < NEAR_M:
            words = _crossing_words(crossing, rng)
        else:
            words = f"{_road_of(part)}{place['properties']['name']}附近"
        return Spot(lon, lat, words, part["code"])

    def _at_place(self, rng: random.Random, *, exact: bool) -> Spot:
        place = rng.choice(self.places)
        facts = place["properties"]
        lon, lat = place["geometry"]["coordinates"]
        moved = Spot(lon + rng.uniform(-0.0003, 0.0003), lat + rng.uniform(-0.0003, 0.0003), "")
        if exact or not self.grid(moved):
            moved = Spot(lon, lat, "")
        road = facts["road"] if rng.random() < 0.4 and facts["road"] not in facts["name"] else ""
        words = f"{road}{facts['name']}{rng.choice(RELATIONS)}{rng.choice(CARRIAGEWAY)}"
        return Spot(round(moved.lon, 7), round(moved.lat, 7), words)

    def _at_crossing(self, rng: random.Random) -> Spot:
        row = rng.choice(self.crossings)
        return Spot(float(row["lon"]), float(row["lat"]), _crossing_words(row, rng))

    def _inside(self, coordinates: list[float]) -> bool:
        return bool(self.grid(Spot(coordinates[0], coordinates[1], "")))


def _once(crossings: Iterable[Row]) -> list[Row]:
    """Crossings of roads that meet only once: the others cannot be told apart by their names."""
    rows = list(crossings)
    times = Counter(frozenset((row["road_a"], row["road_b"])) for row in rows)
    return [row for row in rows if times[frozenset((row["road_a"], row["road_b"]))] == 1]


def _tree(points: list[list[Any]]) -> shapely.STRtree:
    return shapely.STRtree([shapely.Point(float(lon), float(lat)) for lon, lat in points])


def _metres(here: shapely.Point, there: list[float]) -> float:
    return here.distance(shapely.Point(there)) * METRES_PER_DEGREE


def _crossing_words(row: Row, rng: random.Random) -> str:
    joint = rng.choice(("与{b}交汇处", "和{b}路口", "{b}交叉口", "与{b}交界处", "和{b}的十字路口"))
    return row["road_a"] + joint.format(b=row["road_b"])


def _road_of(part: Row) -> str:
    """The road that a part's name begins with."""
    for ending in ("大道", "路", "街", "巷", "国道"):
        head, found, _ = part["name"].partition(ending)
        if found:
            return head + ending
    return ""
