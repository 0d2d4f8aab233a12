"""A flat local plane in metres (east, north), good to about 0.1 % over a city, and lines on it."""

import math
from bisect import bisect_right
from collections.abc import Sequence

XY = tuple[float, float]
EARTH_RADIUS = 6_378_137.0
FLATTENING = 1 / 298.257222101  # GRS 80, the ellipsoid of CGCS2000


class Plane:
    """Degrees to metres and back around one origin."""

    __slots__ = ("kx", "ky", "lat", "lon")

    def __init__(self, lon: float, lat: float) -> None:
        self.lon, self.lat = lon, lat
        e2 = FLATTENING * (2 - FLATTENING)
        root = 1 - e2 * math.sin(math.radians(lat)) ** 2
        across = EARTH_RADIUS / math.sqrt(root) * math.cos(math.radians(lat))
        self.kx = math.radians(across)
        self.ky = math.radians(EARTH_RADIUS * (1 - e2) / root**1.5)

    def metres(self, lon: float, lat: float) -> XY:
        """Degrees to metres east and north of the origin."""
        return (lon - self.lon) * self.kx, (lat - self.lat) * self.ky

    def degrees(self, x: float, y: float) -> tuple[float, float]:
        """Metres back to longitude and latitude."""
        return x / self.kx + self.lon, y / self.ky + self.lat


class Line:
    """A polyline in metres with its length known at every corner."""

    __slots__ = ("at", "length", "xs", "ys")

    def __init__(self, points: Sequence[XY]) -> None:
        self.xs = [p[0] for p in points]
        self.ys = [p[1] for p in points]
        self.at = [0.0]
        for n in range(1, len(points)):
            step = math.hypot(self.xs[n] - self.xs[n - 1], self.ys[n] - self.ys[n - 1])
            self.at.append(self.at[-1] + step)
        self.length = self.at[-1]

    def point(self, along: float) -> XY:
        """The point `along` metres from the start, held to the line's ends."""
        if along <= 0 or self.length == 0:
            return self.xs[0], self.ys[0]
        if along >= self.length:
            return self.xs[-1], self.ys[-1]
        n = bisect_right(self.at, along) - 1
        share = (along - self.at[n]) / (self.at[n + 1] - self.at[n])
        return (
            self.xs[n] + (self.xs[n + 1] - self.xs[n]) * share,
            self.ys[n] + (self.ys[n + 1] - self.ys[n]) * share,
        )

    def project(self, x: float, y: float) -> tuple[float, float]:
        """The nearest spot on the line: metres along it, metres away from it."""
        best, along = math.inf, 0.0
        xs, ys = self.xs, self.ys
        ax, ay = xs[0], ys[0]
        for n in range(1, len(xs)):
            bx, by = xs[n], ys[n]
            dx, dy = bx - ax, by - ay
            square = dx * dx + dy * dy
            share = ((x - ax) * dx + (y - ay) * dy) / square if square else 0.0
            share = 0.0 if share < 0 else min(share, 1.0)
            ox, oy = ax + dx * share - x, ay + dy * share - y
            away = ox * ox + oy * oy
            if away < best:
                best, along = away, self.at[n - 1] + (self.at[n] - self.at[n - 1]) * share
            ax, ay = bx, by
        return along, math.sqrt(best)

    def heading(self, along: float) -> XY:
        """The unit vector in which the line runs at a spot."""
        a, b = self.point(max(0.0, along - 20)), self.point(min(self.length, along + 20))
        size = math.hypot(b[0] - a[0], b[1] - a[1]) or 1.0
        return (b[0] - a[0]) / size, (b[1] - a[1]) / size


def metres_apart(a: XY, b: XY) -> float:
    """The distance between two points of the plane."""
    return math.hypot(a[0] - b[0], a[1] - b[1])
