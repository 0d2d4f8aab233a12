"""Lay a synthetic inventory of parts along the synthetic roads: `python data/make_parts.py`.

The same seed gives the same file, `parts/parts.csv.gz`. Positions, owners and conditions are made
up; kinds, codes and the share of owners follow practice. Coordinates are CGCS2000 degrees.
"""

import csv
import gzip
import io
import json
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import Transformer

HERE = Path(__file__).parent
SEED = 450200
CELL_M = 100.0
ROAD_CLASSES = ("main", "secondary", "branch", "lane")
HALF_WIDTH = {"main": 14.0, "secondary": 9.0, "branch": 6.0, "lane": 3.0}
TO_METRES = Transformer.from_crs(4490, 4545, always_xy=True)
TO_DEGREES = Transformer.from_crs(4545, 4490, always_xy=True)

# category | per km of main, secondary, branch, lane | metres beyond the kerb (negative: in the road)
# | owner, or a share list | governing unit | accuracy class
KINDS = """
P0101 4 2 2 2|-2|water-group|water-group|B
P0102 11 6 6 6|-4|sewer|housing-construction|A
P0103 15 8 7 6|-1.5|sewer|housing-construction|A
P0104 9 4 3 2|-0.4|municipal-works|housing-construction|A
P0105 4 2 1 1|2.5|power-supply|power-supply|B
P0106 4 2 1 0|1|street-lighting|street-lighting|B
P0107 6 3 2 2|3|carriers|telecom|B
P0108 1 .5 .5 .5|3.2|cable-tv|cable-tv|B
P0109 1 .5 .5 0|3.4|carriers|telecom|B
P0111 2 1 1 1|-3|gas|gas|A
P0112 .7 .2 0 0|1.5|police|police|B
P0114 .7 .3 0 0|4|forestry-parks|forestry-parks|C
P0118 .2 .3 .6 1|5|sanitation|sanitation|C
P0123 .6 .6 1 2|1|none|none|C
P0126 1 .8 1 2|.5|municipal-works|housing-construction|B
P0196 .8 .4 .2 0|2|water-group|water-group|B
P0127 .7 .5 .5 .3|4|carriers|telecom|B
P0128 .8 .5 .5 .5|4|power-supply|power-supply|B
P0130 .3 2.5 8 10|1.5|power-supply|power-supply|B
P0131 .5 2.5 8 10|2|carriers|telecom|B
P0137 28 11 9 8|.8|lamps|street-lighting|A
P0139 2 .6 0 0|5|lamps|street-lighting|B
P0150 .8 .4 .3 .3|1|police|police|B
P0184 .2 1.5 4 8|2|carriers|telecom|C
P0185 .2 1 4 6|1.5|power-supply|power-supply|C
P0189 .2 .2 .3 .3|5|power-supply|power-supply|B
P0198 1.5 .8 .5 .3|2.2|water-group|fire-rescue|B
P0211 .05 .1 .1 0|0|municipal-works|municipal-works|B
P0212 1 .8 .8 .5|1.2|civil-affairs|civil-affairs|B
P0217 3 .5 0 0|-7|traffic-police|traffic-police|B
P0221 1 .5 .3 .3|1|municipal-works|municipal-works|B
P0283 .7 .2 0 0|1|traffic-police|traffic-police|B
P0297 .7 .3 0 0|1|traffic-police|traffic-police|A
P0298 3 1.2 .5 0|1|traffic-police|traffic-police|B
P0305 4 2 1.5 1.5|2.5|sanitation|sanitation|B
P0308 .2 .2 .3 .3|4|construction|construction|C
P0402 20 8 4 1|1.8|trees|forestry-parks|C
P0407 .5 .2 0 0|4|greens|greens|C
P0408 .8 .3 0 0|4|greens|greens|C
P0507 .2 .1 0 0|6|water-resources|water-resources|C
"""
CARRIERS = (("telecom", 0.45), ("mobile", 0.3), ("unicom", 0.18), ("tietong", 0.07))
DISTRICT_SLUGS = {
    "450202": "chengzhong",
    "450203": "yufeng",
    "450204": "liunan",
    "450205": "liubei",
    "450206": "liujiang",
}
DISTRICT_UNITS = {"sanitation", "greens", "construction"}
NOT_HANDED_OVER = {"4502LD": "dongcheng", "4502BB": "beicheng"}  # virtual district -> builder
CONDITIONS = (("good", 0.965), ("damaged", 0.024), ("missing", 0.003), ("abandoned", 0.008))
COLUMNS = [
    "code",
    "category",
    "name",
    "owner",
    "maintainer",
    "governing",
    "condition",
    "accuracy",
    "installed_on",
    "lon",
    "lat",
]


Row = dict[str, str]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Kind:
    """One minor class and how thickly it is laid."""

    category: str
    per_km: dict[str, float]
    beyond_kerb_m: float
    owner: str
    governing: str
    accuracy: str


@dataclass(frozen=True)
class Spots:
    """Where parts of one kind may stand, still to be sieved and numbered."""

    kind: Kind
    road_class: str
    road: str
    xy: Floats


def kinds() -> list[Kind]:
    found = []
    for line in KINDS.strip().splitlines():
        head, beyond, owner, governing, accuracy = line.split("|")
        category, *density = head.split()
        per_km = dict(zip(ROAD_CLASSES, map(float, density), strict=True))
        found.append(Kind(category, per_km, float(beyond), owner, governing, accuracy))
    return found


def along(road: shapely.LineString, metres: Floats, aside: Floats) -> Floats:
    """Points at these distances along the road, moved aside (left positive), in metres."""
    here = shapely.get_coordinates(shapely.line_interpolate_point(road, metres))
    ahead = shapely.get_coordinates(
        shapely.line_interpolate_point(road, np.minimum(metres + 1, road.length))
    )
    behind = shapely.get_coordinates(
        shapely.line_interpolate_point(road, np.maximum(metres - 1, 0))
    )
    direction = ahead - behind
    direction /= np.maximum(np.linalg.norm(direction, axis=1, keepdims=True), 1e-9)
    normal = np.column_stack([-direction[:, 1], direction[:, 0]])
    return here + normal * aside[:, None]


def spots_along(
    feature: dict[str, Any], every: list[Kind], rng: np.random.Generator
) -> list[Spots]:
    """Evenly spaced with a jitter, on both sides in turn."""
    coordinates = np.array(feature["geometry"]["coordinates"])
    metres = TO_METRES.transform(coordinates[:, 0], coordinates[:, 1])
    road = shapely.LineString(np.column_stack(metres))
    road_class = feature["properties"]["class"]
    found = []
    for kind in every:
        wanted = road.length / 1000 * kind.per_km[road_class]
        count = int(wanted) + int(rng.random() < wanted % 1)
        if not count:
            continue
        step = road.length / count
        at = (np.arange(count) + 0.5 + rng.uniform(-0.3, 0.3, count)) * step
        side = np.where(np.arange(count) % 2 == int(rng.integers(2)), 1.0, -1.0)
        aside = side * (HALF_WIDTH[road_class] + kind.beyond_kerb_m + rng.normal(0, 0.4, count))
        name = feature["properties"]["name"]
        found.append(Spots(kind, road_class, name, along(road, at, aside)))
    return found


def city_cells() -> set[tuple[int, int]]:
    with gzip.open(HERE / "grid/grid_min.csv.gz", "rt", encoding="utf-8") as file:
        return {(int(row["col"]), int(row["row"])) for row in csv.DictReader(file)}


def areas(name: str, key: str) -> list[tuple[str, shapely.Geometry]]:
    layer = json.loads((HERE / "grid" / name).read_text(encoding="utf-8"))
    return [
        (str(f["properties"][key]), shapely.geometry.shape(f["geometry"]))
        for f in layer["features"]
    ]


def codes_of(points: Floats, layer: list[tuple[str, shapely.Geometry]]) -> npt.NDArray[np.object_]:
    """The code of the area that holds each point, empty where none does."""
    found = np.full(len(points), "", dtype=object)
    for code, area in layer:
        shapely.prepare(area)
        found[(found == "") & shapely.contains_xy(area, points[:, 0], points[:, 1])] = code
    return found


def share(rng: np.random.Generator, of: tuple[tuple[str, float], ...]) -> str:
    names, weights = zip(*of, strict=True)
    return str(rng.choice(names, p=np.array(weights) / sum(weights)))


@cache
def builders() -> dict[str, str]:
    """Street code -> the company that built the new district and has not handed it over."""
    zones = json.loads((HERE / "grid/virtual_districts.json").read_text(encoding="utf-8"))
    return {street: NOT_HANDED_OVER[zone["code"]] for zone in zones for street in zone["streets"]}


def owner_of(
    kind: Kind, road_class: str, district: str, street: str, rng: np.random.Generator
) -> str:
    """Who owns it: by kind, by road, and by whether the new district has handed it over."""
    slug, main = DISTRICT_SLUGS[district], road_class == "main"
    builder = builders().get(street)
    choices = {
        "none": "",
        "carriers": share(rng, CARRIERS),
        "sewer": builder
        or ("housing-construction" if road_class in ("main", "secondary") else f"{slug}-construction"),
        "lamps": builder
        or ("street-lighting" if road_class != "lane" else f"{slug}-construction"),
        "trees": "forestry-parks" if main else f"{slug}-greens",
    }  # fmt: skip
    if kind.owner in choices:
        return choices[kind.owner]
    return f"{slug}-{kind.owner}" if kind.owner in DISTRICT_UNITS else kind.owner


def names() -> dict[str, str]:
    with (HERE / "catalogue/active.csv").open(encoding="utf-8", newline="") as file:
        return {row["category"]: row["name"].partition("（")[0] for row in csv.DictReader(file)}


def part(spots: Spots, point: Floats, district: str, street: str, rng: np.random.Generator) -> Row:
    """One part without its code and full name."""
    kind = spots.kind
    owner = owner_of(kind, spots.road_class, district, street, rng)
    governing = "" if kind.governing == "none" else kind.governing
    if governing in DISTRICT_UNITS:
        governing = f"{DISTRICT_SLUGS[district]}-{governing}"
    year, month, day = rng.integers(2004, 2026), rng.integers(1, 13), rng.integers(1, 29)
    return {
        "code": district + kind.category[1:],
        "category": kind.category,
        "name": spots.road,
        "owner": owner,
        "maintainer": owner,
        "governing": governing,
        "condition": share(rng, CONDITIONS),
        "accuracy": kind.accuracy,
        "installed_on": f"{year}-{month:02}-{day:02}",
        "lon": f"{point[0]:.7f}",
        "lat": f"{point[1]:.7f}",
    }


def number(rows: list[Row]) -> list[Row]:
    """Give each part its serial within district and class, and its name."""
    serials: Counter[str] = Counter()
    name_of = names()
    for row in rows:
        serials[row["code"]] += 1
        row["code"] += f"{serials[row['code']]:06}"
        row["name"] += name_of[row["category"]]
    return sorted(rows, key=lambda row: row["code"])


def make() -> list[Row]:
    rng = np.random.default_rng(SEED)
    roads = json.loads((HERE / "gazetteer/roads.geojson").read_text(encoding="utf-8"))["features"]
    every, cells = kinds(), city_cells()
    districts = [d for d in areas("districts_wgs84.geojson", "adcode") if d[0] in DISTRICT_SLUGS]
    streets = areas("streets_synthetic.geojson", "street_code")
    rows: list[Row] = []
    for spots in (s for road in roads for s in spots_along(road, every, rng)):
        inside = np.array([tuple(c) in cells for c in np.floor(spots.xy / CELL_M).astype(int)])
        lon, lat = TO_DEGREES.transform(spots.xy[inside, 0], spots.xy[inside, 1])
        points = np.column_stack([lon, lat])
        held = zip(points, codes_of(points, districts), codes_of(points, streets), strict=True)
        rows += [part(spots, p, district, street, rng) for p, district, street in held if district]
    return number(rows)


def save(rows: list[Row]) -> None:
    """Gzip without a time stamp, so that the same rows give the same bytes."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    packed = gzip.compress(text.getvalue().encode(), mtime=0)
    (HERE / "parts/parts.csv.gz").write_bytes(packed)
    print(f"parts/parts.csv.gz: {len(rows)} rows, {len(packed) / 1e6:.1f} MB")


if __name__ == "__main__":
    save(make())
