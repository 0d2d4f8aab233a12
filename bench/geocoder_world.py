"""The true city of the geocoder's measure: the data files in metres, read without the parser's reader."""

import csv
import gzip
import json
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pyproj import Transformer
from shapely.geometry import LineString, shape

ROOT = Path(__file__).parents[1]
DATA, GRID = ROOT / "data" / "gazetteer", ROOT / "data" / "grid"
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


def metres(lon: float, lat: float) -> XY:
    x, y = _TO_METRES.transform(lon, lat)
    return float(x), float(y)


def degrees(spot: XY) -> XY:
    lon, lat = _TO_DEGREES.transform(*spot)
    return float(lon), float(lat)


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
    for r in rows(DATA / "crossings.csv"):
        spot = metres(float(r["lon"]), float(r["lat"]))
        world.crossings.append((r["road_a"], r["road_b"], spot))
        world.by_road[r["road_a"]].append((r["road_b"], spot))
        world.by_road[r["road_b"]].append((r["road_a"], spot))
    world.ranges = rows(DATA / "house_numbers.csv")
    world.blocks = rows(DATA / "blocks.csv")
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


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))
