#!/usr/bin/env python3
"""Draw the synthetic gazetteer of the demonstration city: roads, bridges, numbers, places, water.

Run from anywhere: `uv run python data/gazetteer/make_gazetteer.py`. The same seed gives the same
files. Names marked `seen` stand in published reports, `name real` in the statistical code list,
`general knowledge` and `made up` speak for themselves; every geometry is made up.
"""

import csv
import json
import random
import sys
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry import Point, mapping

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "maker"))

from naming import lanes, name_roads, point_away_from_centre  # noqa: E402 -- beside this script
from network import Road, build_network  # noqa: E402
from plane import Ground, load_ground, to_degrees  # noqa: E402
from sights import (  # noqa: E402
    Streets,
    bus_stops,
    estates,
    invented_places,
    known_places,
    offices,
)

SEED = 450200
NUMBER_EVERY = 6.0  # metres of road for each house number; odd left, even right


class Areas:
    """Which district and community a point lies in."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.tree = shapely.STRtree([g for *_, g in ground.communities])

    def of(self, point: Point) -> tuple[str, str]:
        nearest = self.ground.communities[int(self.tree.nearest(point))]
        return nearest[2], nearest[0]


def crossings_of(roads: list[Road]) -> list[tuple[str, str, Point]]:
    """Where two roads meet, once for each pair and spot."""
    lines = [r.line for r in roads]
    tree = shapely.STRtree(lines)
    out: list[tuple[str, str, Point]] = []
    left, right = tree.query(lines, predicate="dwithin", distance=4)
    for a, b in zip(left.tolist(), right.tolist(), strict=True):
        if a >= b or roads[a].name == roads[b].name:
            continue
        met = lines[a].intersection(lines[b])
        if met.is_empty:
            met = shapely.shortest_line(lines[a], lines[b]).interpolate(0.5, normalized=True)
        spots = getattr(met, "geoms", [met])
        out += [(roads[a].name, roads[b].name, spot.centroid) for spot in spots]
    return out


def write_geojson(name: str, features: list[tuple[Any, dict[str, Any]]]) -> None:
    """One feature a line, longitude and latitude with six digits."""
    lines = [
        json.dumps(
            {
                "type": "Feature",
                "properties": {**properties, "synthetic": True},
                "geometry": mapping(to_degrees(geometry)),
            },
            ensure_ascii=False,
            separators=(",", ":"),
        )
        for geometry, properties in features
    ]
    text = '{"type":"FeatureCollection","features":[\n' + ",\n".join(lines) + "\n]}\n"
    (HERE / name).write_text(text, encoding="utf-8")
    print(f"{name}: {len(features)} features, {len(text.encode()) / 1e3:.0f} kB")


def write_csv(name: str, header: list[str], table: list[list[Any]]) -> None:
    """A table with a header; the last column always says that the row is synthetic."""
    with (HERE / name).open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow([*header, "synthetic"])
        writer.writerows([*row, "true"] for row in table)
    print(f"{name}: {len(table)} rows, {(HERE / name).stat().st_size / 1e3:.0f} kB")


def number_rows(roads: list[Road]) -> list[list[Any]]:
    """House numbers as ranges between a road's ends: side, first and last number, metres."""
    out: list[list[Any]] = []
    used: dict[str, int] = {}
    for index, road in enumerate(roads):
        base = used.get(road.name, 0)  # a second part of a road goes on counting
        last = int((road.line.length - 10) / NUMBER_EVERY)
        for side, first in (("odd", 1), ("even", 2)):
            if last < 4:
                continue
            end = last - (last - first) % 2
            out.append(
                [
                    index + 1,
                    road.name,
                    side,
                    base + first,
                    base + end,
                    round(first * NUMBER_EVERY, 1),
                    round(end * NUMBER_EVERY, 1),
                ]
            )
        used[road.name] = base + (last // 100 + 1) * 100
    return out


def degrees(point: Point) -> list[float]:
    moved = to_degrees(point)
    return [float(moved.x), float(moved.y)]


def main() -> None:
    rng = random.Random(SEED)
    ground = load_ground(HERE.parent / "grid")
    areas = Areas(ground)
    network = build_network(ground, rng)
    point_away_from_centre(network.roads)
    name_roads(network.roads, rng)
    roads = network.roads + lanes(network.roads, ground, rng, count=300)
    crossings = crossings_of(roads)
    streets = Streets(roads, network.bridges, ground)
    taken: set[str] = set()
    places = known_places(streets)
    taken |= {p.name for p in places}
    homes, blocks = estates(streets, rng, taken)
    places += homes
    places += invented_places(streets, rng, taken)
    places += offices(streets, rng, roads)
    places += bus_stops(crossings, places, rng, count=220)

    write_geojson(
        "roads.geojson",
        [
            (
                r.line,
                {
                    "id": n + 1,
                    "name": r.name,
                    "class": r.road_class,
                    "source": r.source,
                    "district": areas.of(r.line.interpolate(0.5, normalized=True))[0],
                },
            )
            for n, r in enumerate(roads)
        ],
    )
    write_geojson(
        "bridges.geojson",
        [
            (
                b["line"],
                {
                    "name": b["name"],
                    "kind": b["kind"],
                    "aliases": b["aliases"],
                    "source": b["source"],
                },
            )
            for b in network.bridges
        ],
    )
    write_geojson(
        "places.geojson",
        [
            (
                p.point,
                {
                    "name": p.name,
                    "kind": p.kind,
                    "aliases": ";".join(p.aliases),
                    "road": p.road,
                    "source": p.source,
                    **dict(zip(("district", "community"), areas.of(p.point), strict=True)),
                },
            )
            for p in places
        ],
    )
    write_geojson("water.geojson", [(ground.water.simplify(4), {"name": "柳江"})])
    write_csv(
        "crossings.csv",
        ["road_a", "road_b", "lon", "lat"],
        [[a, b, *degrees(p)] for a, b, p in crossings],
    )
    write_csv(
        "house_numbers.csv",
        ["road_id", "road", "side", "from_number", "to_number", "from_m", "to_m"],
        number_rows(roads),
    )
    write_csv(
        "blocks.csv",
        ["estate", "block", "lon", "lat"],
        [[b.estate, b.block, *degrees(b.point)] for b in blocks],
    )


if __name__ == "__main__":
    main()
