"""Place synthetic toilets, roadside parking and cameras: `python data/make_facilities.py`.

Toilets stand at places of the gazetteer and along its roads, parking along roads, cameras at
crossings and busy places. Names, hours and spaces are made up; CGCS2000 degrees.
"""

import csv
import gzip
import json
import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from pyproj import Transformer

HERE = Path(__file__).parent
SEED = 450200
TOILETS, PARKINGS, CAMERAS = 440, 340, 200
TO_METRES = Transformer.from_crs(4490, 4545, always_xy=True)
TO_DEGREES = Transformer.from_crs(4545, 4490, always_xy=True)
TOILET_HOURS = (
    ("24/7", 5), ("06:00-23:00", 5), ("06:30-22:30", 3), ("05:30-24:00", 2),
    ("Mo-Fr 07:00-21:00; Sa,Su,PH 07:30-21:30", 1),
)  # fmt: skip
PARKING_HOURS = (
    ("24/7", 3), ("07:00-22:00", 4), ("08:00-21:00", 2), ("22:00-07:00", 1),
    ("Mo-Fr 09:00-17:00,19:00-07:00; Sa,Su,PH 00:00-24:00", 1),
)  # fmt: skip
TOILET_PLACES = {
    "park": "公厕", "market": "公厕", "station": "公厕", "mall": "便民厕所",
    "petrol_station": "便民厕所", "hospital": "便民厕所",
}  # fmt: skip
CAMERA_PLACES = ("market", "mall", "school", "hospital", "station", "park", "estate")
SOURCES = (("generic", 110), ("hikvision", 60), ("gat1400", 30))
ROADSIDE = {"main": 13.0, "secondary": 8.0, "branch": 5.0, "lane": 3.0}

Row = dict[str, str]


@dataclass(frozen=True)
class Spot:
    """A point of the city in degrees, with words for it."""

    name: str
    road: str
    lon: float
    lat: float


def layer(name: str) -> list[dict[str, Any]]:
    content = json.loads((HERE / "gazetteer" / name).read_text(encoding="utf-8"))
    features: list[dict[str, Any]] = content["features"]
    return features


def table(name: str) -> list[Row]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


class City:
    """Which points lie in a unit grid, and what stands nearest to a point."""

    def __init__(self) -> None:
        with gzip.open(HERE / "grid/grid_min.csv.gz", "rt", encoding="utf-8") as file:
            self.cells = {
                (int(row["col"]), int(row["row"])): row["code"] for row in csv.DictReader(file)
            }
        self.places = layer("places.geojson")
        self.tree = shapely.STRtree(
            [shapely.Point(f["geometry"]["coordinates"]) for f in self.places]
        )

    def holds(self, spot: Spot) -> bool:
        return self.grid_code(spot) is not None

    def grid_code(self, spot: Spot) -> str | None:
        x, y = TO_METRES.transform(spot.lon, spot.lat)
        return self.cells.get((int(x // 100), int(y // 100)))

    def address(self, spot: Spot) -> str:
        """The road and the nearest place, or the road alone where the spot is that place."""
        at = int(self.tree.nearest(shapely.Point(spot.lon, spot.lat)))
        near = str(self.places[at]["properties"]["name"])
        return spot.road if near == spot.name else f"{spot.road}{near}旁"


def spots_at(kinds: Iterable[str], city: City) -> list[tuple[str, Spot]]:
    wanted = set(kinds)
    found = []
    for place in city.places:
        facts = place["properties"]
        if facts["kind"] in wanted:
            lon, lat = place["geometry"]["coordinates"]
            spot = Spot(facts["name"], facts["road"] or "", lon, lat)
            if city.holds(spot):
                found.append((str(facts["kind"]), spot))
    return found


def spots_along(rng: random.Random, city: City, *, count: int, classes: set[str]) -> list[Spot]:
    """Beside the kerb of roads, longer roads more often, at least 150 m from one another."""
    roads = [f for f in layer("roads.geojson") if f["properties"]["class"] in classes]
    lines = [
        shapely.LineString(np.column_stack(TO_METRES.transform(c[:, 0], c[:, 1])))
        for c in (np.array(road["geometry"]["coordinates"]) for road in roads)
    ]
    found: list[Spot] = []
    taken: list[tuple[float, float]] = []
    while len(found) < count:
        at = rng.choices(range(len(roads)), [line.length for line in lines])[0]
        kerb = ROADSIDE[roads[at]["properties"]["class"]] * rng.choice((-1, 1))
        beside = lines[at].offset_curve(kerb)
        point = beside.interpolate(rng.uniform(0.05, 0.95), normalized=True)
        lon, lat = TO_DEGREES.transform(point.x, point.y)
        name = roads[at]["properties"]["name"]
        spot = Spot(name, name, round(lon, 6), round(lat, 6))
        near = any((x - point.x) ** 2 + (y - point.y) ** 2 < 150**2 for x, y in taken)
        if not near and city.holds(spot):
            found.append(spot)
            taken.append((point.x, point.y))
    return found


def pick(rng: random.Random, of: tuple[tuple[str, int], ...]) -> str:
    return rng.choices([each for each, _ in of], [weight for _, weight in of])[0]


def unique(names: set[str], name: str) -> str:
    """A name that no other facility has."""
    number, made = 1, name
    while made in names:
        number += 1
        made = f"{name}{number}号"
    names.add(made)
    return made


def toilets(rng: random.Random, city: City) -> list[Row]:
    known = [("toilet", spot) for _, spot in spots_at(["toilet"], city)]
    at_places = spots_at(TOILET_PLACES, city)
    rng.shuffle(at_places)
    at_roads = [
        ("", spot)
        for spot in spots_along(rng, city, count=TOILETS, classes={"main", "secondary", "branch"})
    ]
    names: set[str] = set()
    rows = []
    for number, (kind, spot) in enumerate([*known, *at_places, *at_roads][:TOILETS], 1):
        name = spot.name if kind == "toilet" else spot.name + TOILET_PLACES.get(kind, "公厕")
        accessible = rng.random() < 0.7
        stalls = rng.randint(4, 16)
        rows.append(
            {
                "code": f"WC{number:04}", "kind": "toilet", "name": unique(names, name),
                "address": city.address(spot),
                "opening_hours": pick(rng, TOILET_HOURS), "accessible": str(accessible).lower(),
                "spaces_total": str(stalls), "spaces_free": str(rng.randint(0, stalls)),
                "details": details(
                    grade=rng.choice(["一类", "二类", "二类", "三类"]), wheelchair=accessible,
                    family_room=rng.random() < 0.4, changing_table=rng.random() < 0.3, fee="免费",
                    operator="district sanitation office",
                ),
                "lon": f"{spot.lon:.6f}", "lat": f"{spot.lat:.6f}", "synthetic": "true",
            }
        )  # fmt: skip
    return rows


def parkings(rng: random.Random, city: City) -> list[Row]:
    known = [spot for _, spot in spots_at(["parking"], city)]
    roadside = spots_along(rng, city, count=PARKINGS - len(known), classes=set(ROADSIDE))
    names: set[str] = set()
    rows = []
    for number, spot in enumerate([*known, *roadside], 1):
        on_road = number > len(known)
        total = rng.randint(6, 48) if on_road else rng.randint(40, 320)
        name = f"{spot.name}临时停车泊位" if on_road else spot.name
        fee = rng.choice(
            ["免费", "首小时3元,之后每小时2元", "每次5元", "首30分钟免费,之后每小时2元"]
        )
        rows.append(
            {
                "code": f"PK{number:04}", "kind": "parking", "name": unique(names, name),
                "address": city.address(spot),
                "opening_hours": pick(rng, PARKING_HOURS),
                "accessible": str(rng.random() < 0.3).lower(),
                "spaces_total": str(total), "spaces_free": str(rng.randint(0, total)),
                "details": details(
                    roadside=on_road, wheelchair=rng.random() < 0.3, fee=fee,
                    charging=not on_road and rng.random() < 0.5,
                    side=rng.choice(["东侧", "西侧", "南侧", "北侧"]) if on_road else "",
                ),
                "lon": f"{spot.lon:.6f}", "lat": f"{spot.lat:.6f}", "synthetic": "true",
            }
        )  # fmt: skip
    return rows


def details(**facts: object) -> str:
    return json.dumps({k: v for k, v in facts.items() if v != ""}, ensure_ascii=False)


def device_code(source: str, district: str, number: int) -> str:
    """Own numbers for `generic`; 20 digits (area, industry, type, serial) for the other two."""
    if source == "generic":
        return f"CAM-{number:04}"
    return f"{district}00{'131' if source == 'hikvision' else '119'}{number:09}"


def cameras(rng: random.Random, city: City) -> list[Row]:
    big = {
        f["properties"]["name"]
        for f in layer("roads.geojson")
        if f["properties"]["class"] == "main"
    }
    crossings = [
        Spot(
            f"{row['road_a']}与{row['road_b']}路口",
            row["road_a"],
            float(row["lon"]),
            float(row["lat"]),
        )
        for row in table("gazetteer/crossings.csv")
        if row["road_a"] in big and row["road_b"] in big
    ]
    busy = [Spot(f"{s.name}门前", s.road, s.lon, s.lat) for _, s in spots_at(CAMERA_PLACES, city)]
    chosen = rng.sample([s for s in crossings if city.holds(s)], 90) + rng.sample(
        busy, CAMERAS - 90
    )
    sources = [source for source, count in SOURCES for _ in range(count)]
    rng.shuffle(sources)
    serials: Counter[str] = Counter()
    rows = []
    for number, (spot, source) in enumerate(zip(chosen, sources, strict=True), 1):
        serials[source] += 1
        grid = city.grid_code(spot) or ""
        rows.append(
            {
                "source": source, "code": device_code(source, grid[:6], serials[source]),
                "name": f"{spot.name}监控{number:03}", "address": spot.name,
                "min_confidence": rng.choice(["", "", "", "", "0.9", "0.8"]),
                "lon": f"{spot.lon:.6f}", "lat": f"{spot.lat:.6f}", "crs": "cgcs2000",
                "synthetic": "true",
            }
        )  # fmt: skip
    return rows


def write(name: str, rows: list[Row]) -> None:
    with (HERE / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    print(f"{name}: {len(rows)} rows")


if __name__ == "__main__":
    rng, city = random.Random(SEED), City()
    write("facilities/facilities.csv", toilets(rng, city) + parkings(rng, city))
    write("cameras.csv", cameras(rng, city))
