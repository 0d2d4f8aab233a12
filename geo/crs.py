"""Coordinate systems used in China, and exact conversion between them.

WGS-84 and CGCS2000 differ by centimetres and count as one here. GCJ-02 (Amap, Tencent, WeChat)
shifts by about 550 m, BD-09 (Baidu) by another 700 m. The shift has no official text; the formula
is the one in public use since 2013 (Krasovsky 1940 ellipsoid), held against an independent
library in the tests. Nothing is ever guessed: the caller names both systems.

Outside the box 72.004° E–137.8347° E, 0.8293° N–55.8271° N nothing is shifted. The box is tested
on the true (WGS-84) place, so a round trip is exact right up to its edge. The box is what map
services use and is wider than China: a place in, say, Hanoi is shifted too.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from types import ModuleType
from typing import Final, Generic, TypeVar, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.errors import CoordinateError

Floats = NDArray[np.float64]
N = TypeVar("N", float, Floats)

CHINA_BOX: Final = (72.004, 0.8293, 137.8347, 55.8271)  # west, south, east, north
# Each step shrinks the error of the inverse at least 40-fold; 1,160 m / 40^7 is below a micrometre.
GCJ_STEPS: Final = 5
BD_STEPS: Final = 8

_A: Final = 6378245.0
_EE: Final = 0.00669342162296594323
_X_PI: Final = math.pi * 3000.0 / 180.0


class Crs(StrEnum):
    """The coordinate systems that a report, a partner or a file may use."""

    WGS84 = "wgs84"
    CGCS2000 = "cgcs2000"
    GCJ02 = "gcj02"
    BD09 = "bd09"


@overload
def convert(lon: float, lat: float, *, source: Crs, target: Crs) -> tuple[float, float]: ...
@overload
def convert(
    lon: ArrayLike, lat: ArrayLike, *, source: Crs, target: Crs
) -> tuple[Floats, Floats]: ...
def convert(
    lon: float | ArrayLike, lat: float | ArrayLike, *, source: Crs, target: Crs
) -> tuple[float, float] | tuple[Floats, Floats]:
    """Convert longitudes and latitudes in degrees from `source` to `target`.

    Two numbers give two numbers, arrays give arrays of the same shape. There and back differs by
    less than a micrometre. Raises CoordinateError for what is not finite or out of range.
    """
    if isinstance(lon, (float, int)) and isinstance(lat, (float, int)):
        require_valid(lon, lat)
        return _to(target, *_from(source, float(lon), float(lat), _ONE), _ONE)
    lons, lats = as_degrees(lon, lat)
    return _to(target, *_from(source, lons, lats, _MANY), _MANY)


def is_valid(lon: float, lat: float) -> bool:
    """Whether the two numbers are a longitude and a latitude at all (NaN is not)."""
    return -180.0 <= lon <= 180.0 and -90.0 <= lat <= 90.0


def require_valid(lon: float, lat: float) -> None:
    """Raise CoordinateError unless the two numbers are a longitude and a latitude."""
    if not is_valid(lon, lat):
        raise _invalid(lon, lat)


def as_degrees(lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats]:
    """Return both as equally shaped float64 arrays; raise CoordinateError at the first bad one."""
    lons, lats = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    if lons.shape != lats.shape:
        raise CoordinateError(
            f"经度有 {lons.size} 个而纬度有 {lats.size} 个，两者数量须相同",
            f"{lons.size} longitudes but {lats.size} latitudes: give as many of each",
        )
    bad = ~((np.abs(lons) <= 180.0) & (np.abs(lats) <= 90.0))
    if bad.any():
        first = int(np.flatnonzero(bad)[0])
        raise _invalid(float(lons.flat[first]), float(lats.flat[first]))
    return lons, lats


def in_china_box(lon: float, lat: float) -> bool:
    """Whether a WGS-84 place lies in the box within which map services shift."""
    west, south, east, north = CHINA_BOX
    return west <= lon <= east and south <= lat <= north


def _invalid(lon: float, lat: float) -> CoordinateError:
    return CoordinateError(
        f"坐标无效：经度 {lon}、纬度 {lat}。经度须在 -180 到 180 之间，纬度须在 -90 到 90 之间；"
        "请检查经纬度是否颠倒、是否误用了投影坐标（米）",
        f"Invalid coordinate: longitude {lon}, latitude {lat}. Longitude must lie in -180…180 and "
        "latitude in -90…90; check whether the two are swapped or are projected metres",
    )


# --- the systems, each as a way from and to WGS-84 -----------------------------------------------


@dataclass(frozen=True)
class _Maths(Generic[N]):
    """How to calculate: with one number or with many."""

    m: ModuleType
    clip: Callable[[N, float, float], N]
    # (true lon, true lat, lon, lat, lon outside, lat outside) -> the pair that holds at the place
    pick: Callable[[N, N, N, N, N, N], tuple[N, N]]


def _from(source: Crs, lon: N, lat: N, maths: _Maths[N]) -> tuple[N, N]:
    if source in _PLAIN:
        return lon, lat
    x, y = _near_box(lon, lat, maths)
    if source is Crs.BD09:
        x, y = _undo(_bd09, maths.m, x, y, BD_STEPS)
    x, y = _undo(_gcj02, maths.m, x, y, GCJ_STEPS)
    return maths.pick(x, y, x, y, lon, lat)


def _to(target: Crs, lon: N, lat: N, maths: _Maths[N]) -> tuple[N, N]:
    if target in _PLAIN:
        return lon, lat
    x, y = _gcj02(maths.m, *_near_box(lon, lat, maths))
    if target is Crs.BD09:
        x, y = _bd09(maths.m, x, y)
    return maths.pick(lon, lat, x, y, lon, lat)


_PLAIN: Final = frozenset({Crs.WGS84, Crs.CGCS2000})


def _near_box(lon: N, lat: N, maths: _Maths[N]) -> tuple[N, N]:
    """Pull far places to just outside the box, where the formula still behaves."""
    west, south, east, north = CHINA_BOX
    return maths.clip(lon, west - 0.5, east + 0.5), maths.clip(lat, south - 0.5, north + 0.5)


def _pick_one(
    wlon: float, wlat: float, lon: float, lat: float, else_lon: float, else_lat: float
) -> tuple[float, float]:
    return (lon, lat) if in_china_box(wlon, wlat) else (else_lon, else_lat)


def _pick_many(
    wlon: Floats, wlat: Floats, lon: Floats, lat: Floats, else_lon: Floats, else_lat: Floats
) -> tuple[Floats, Floats]:
    west, south, east, north = CHINA_BOX
    inside = (west <= wlon) & (wlon <= east) & (south <= wlat) & (wlat <= north)
    return np.where(inside, lon, else_lon), np.where(inside, lat, else_lat)


def _clip_one(value: float, low: float, high: float) -> float:
    return min(max(value, low), high)


def _clip_many(values: Floats, low: float, high: float) -> Floats:
    return np.clip(values, low, high)


_ONE: Final = _Maths[float](math, _clip_one, _pick_one)
_MANY: Final = _Maths[Floats](np, _clip_many, _pick_many)


def _undo(
    forward: Callable[[ModuleType, N, N], tuple[N, N]], m: ModuleType, lon: N, lat: N, steps: int
) -> tuple[N, N]:
    """Invert a small shift by fixed-point steps: x = y - (forward(x) - x)."""
    x, y = lon, lat
    for _ in range(steps):
        fx, fy = forward(m, x, y)
        x, y = x + (lon - fx), y + (lat - fy)
    return x, y


# --- the shifts themselves, for one number (math) or many (NumPy) alike --------------------------


def _gcj02(m: ModuleType, lon: N, lat: N) -> tuple[N, N]:
    x, y = lon - 105.0, lat - 35.0
    root = m.sqrt(abs(x))
    wave = (20.0 * m.sin(6.0 * x * math.pi) + 20.0 * m.sin(2.0 * x * math.pi)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + wave
    north += (20.0 * m.sin(y * math.pi) + 40.0 * m.sin(y / 3.0 * math.pi)) * 2.0 / 3.0
    north += (160.0 * m.sin(y / 12.0 * math.pi) + 320.0 * m.sin(y * math.pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + wave
    east += (20.0 * m.sin(x * math.pi) + 40.0 * m.sin(x / 3.0 * math.pi)) * 2.0 / 3.0
    east += (150.0 * m.sin(x / 12.0 * math.pi) + 300.0 * m.sin(x / 30.0 * math.pi)) * 2.0 / 3.0
    angle = lat / 180.0 * math.pi
    sine = m.sin(angle)
    magic = 1.0 - _EE * sine * sine
    meridian = _A * (1.0 - _EE) / (magic * m.sqrt(magic)) * math.pi
    parallel = _A / m.sqrt(magic) * m.cos(angle) * math.pi
    return lon + east * 180.0 / parallel, lat + north * 180.0 / meridian


def _bd09(m: ModuleType, lon: N, lat: N) -> tuple[N, N]:
    z = m.sqrt(lon * lon + lat * lat) + 0.00002 * m.sin(lat * _X_PI)
    theta = m.atan2(lat, lon) + 0.000003 * m.cos(lon * _X_PI)
    return z * m.cos(theta) + 0.0065, z * m.sin(theta) + 0.006
