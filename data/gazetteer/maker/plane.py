"""The plane on which the synthetic city is drawn: metres in EPSG:4545, and the real outlines."""

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from pyproj import Transformer
from shapely.geometry import LineString, MultiPolygon, Polygon, shape
from shapely.geometry.base import BaseGeometry
from shapely.ops import transform

HERE = Path(__file__).parent
_TO_METRES = Transformer.from_crs(4490, 4545, always_xy=True)
_TO_DEGREES = Transformer.from_crs(4545, 4490, always_xy=True)

# Control points of the river, drawn along the border that the districts share in its middle.
RIVER = [
    (109.330, 24.3760),
    (109.348, 24.3662),
    (109.370, 24.3575),
    (109.390, 24.3490),
    (109.3958, 24.3410),
    (109.3957, 24.3290),
    (109.3967, 24.3165),
    (109.4010, 24.3112),
    (109.4060, 24.3102),
    (109.4125, 24.3115),
    (109.4172, 24.3140),
    (109.4195, 24.3195),
    (109.4225, 24.3242),
    (109.4330, 24.3256),
    (109.4440, 24.3266),
    (109.4492, 24.3240),
    (109.4510, 24.3170),
    (109.4550, 24.3140),
    (109.4610, 24.3133),
    (109.4671, 24.3115),
    (109.4740, 24.3185),
    (109.4820, 24.3300),
    (109.4888, 24.3396),
    (109.4967, 24.3584),
    (109.4950, 24.3720),
    (109.4946, 24.3843),
    (109.4961, 24.3960),
]
RIVER_WIDTH = 280.0
EMBANKMENT = 45.0


def to_metres(lon: float, lat: float) -> tuple[float, float]:
    """Degrees to metres of EPSG:4545."""
    x, y = _TO_METRES.transform(lon, lat)
    return float(x), float(y)


def to_degrees(geometry: BaseGeometry) -> BaseGeometry:
    """Metres of EPSG:4545 to degrees, six digits."""
    moved = transform(_TO_DEGREES.transform, geometry)
    return shapely.transform(moved, lambda c: np.round(c, 6))


def smooth(points: list[tuple[float, float]], rounds: int = 3) -> LineString:
    """A polyline with its corners cut off (Chaikin), ends kept."""
    line = np.array(points)
    for _ in range(rounds):
        a, b = line[:-1], line[1:]
        cut = np.stack([a * 0.75 + b * 0.25, a * 0.25 + b * 0.75], 1).reshape(-1, 2)
        line = np.vstack([line[:1], cut[1:-1], line[-1:]])
    return LineString(line).simplify(2.0)


def rows(name: str) -> list[dict[str, str]]:
    """The rows of a table beside this file."""
    with (HERE / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@dataclass(frozen=True)
class Ground:
    """The land that roads may use, in metres."""

    built: Polygon | MultiPolygon
    districts: dict[str, BaseGeometry]
    communities: list[tuple[str, str, str, BaseGeometry]]  # community, street, district, extent
    river: LineString
    water: BaseGeometry
    land: BaseGeometry  # built-up area without water and its embankment


def _features(path: Path) -> list[dict[str, Any]]:
    return list(json.loads(path.read_text(encoding="utf-8"))["features"])


def _metres(feature: dict[str, Any]) -> BaseGeometry:
    return shapely.make_valid(transform(_TO_METRES.transform, shape(feature["geometry"])))


def load_ground(grid: Path) -> Ground:
    """The outlines in the folder `grid`, moved to metres, with the river laid through them."""
    built = _metres(_features(grid / "builtup_synthetic.geojson")[0])
    districts = {
        f["properties"]["name"]: _metres(f)
        for f in _features(grid / "districts_wgs84.geojson")
        if f["properties"]["adcode"] in {450202, 450203, 450204, 450205, 450206}
    }
    communities = [
        (
            f["properties"]["community"],
            f["properties"]["street"],
            f["properties"]["district"],
            _metres(f),
        )
        for f in _features(grid / "communities_synthetic.geojson")
    ]
    river = smooth([to_metres(*p) for p in RIVER])
    water = river.buffer(RIVER_WIDTH / 2).intersection(built)
    land = built.buffer(-30).difference(river.buffer(RIVER_WIDTH / 2 + EMBANKMENT))
    return Ground(built, districts, communities, river, water, land)
