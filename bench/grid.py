"""Look-ups of a place's unit grid: ours, Shapely's tree and PostGIS with the same cells, side by side.

Run `python -m bench.grid [--points N]`. PostGIS takes part if DATABASE_URL names a database with the
extension (nothing is written but a temporary table). Each figure is the best of three.
"""

import argparse
import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import psycopg
import shapely
from numpy.typing import NDArray
from shapely.geometry import MultiPoint, box
from sqlalchemy import make_url

from geo.grid import Grid
from geo.grid.seed import read_seed_grid

SEED = Path(__file__).parents[1] / "data" / "grid"
SCALAR_POINTS = 20_000
POSTGIS_POINTS = 100_000
LOOK_UP = """
    SELECT (SELECT g.cell FROM bench_cells g
            WHERE ST_Intersects(g.geom, ST_SetSRID(ST_MakePoint(p.lon, p.lat), 4326))
            ORDER BY g.cell LIMIT 1)
    FROM unnest(%s::float8[], %s::float8[]) WITH ORDINALITY AS p(lon, lat, n) ORDER BY p.n
"""

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]


@dataclass(frozen=True)
class Figure:
    """What one way of looking up takes, and how many of its answers differ from ours."""

    way: str
    scalar_us: float | None
    points_per_s: float | None
    different: int | None = None

    def __str__(self) -> str:
        scalar = "—" if self.scalar_us is None else f"{self.scalar_us:,.2f}"
        many = "—" if self.points_per_s is None else f"{self.points_per_s:,.0f}"
        different = "" if self.different is None else f"{self.different}"
        return f"{self.way:<34}{scalar:>12}{many:>16}{different:>12}"


def main() -> None:
    """Measure the demonstration grid and an irregular one of the size of a real city's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=1_000_000)
    count: int = parser.parse_args().points
    print(f"{datetime.now(UTC):%Y-%m-%d} · {platform.machine()} · {os.cpu_count()} processors")
    for title, grid in (
        ("29,011 squares of 100 m", read_seed_grid(SEED)),
        ("5,658 irregular cells of 24 corners", irregular_grid(5_658)),
    ):
        report(title, grid, count)


def report(title: str, grid: Grid, count: int) -> None:
    """Print the figures of one grid."""
    data = grid.to_bytes()
    load_ms = 1000 * best(lambda: Grid.from_bytes(data))
    print(f"\n{title}: stored {len(data) / 1e6:.2f} MB, loaded in {load_ms:.0f} ms")
    print(f"{'':<34}{'µs a point':>12}{'points a second':>16}{'different':>12}")
    lons, lats = places(grid, count)
    for figure in (ours(grid, lons, lats), tree(grid, lons, lats), postgis(grid, lons, lats)):
        print(figure)


def places(grid: Grid, count: int) -> tuple[Floats, Floats]:
    """Return places in and about the cells, most of them in one."""
    rng = np.random.default_rng(1)
    about = grid.points[rng.integers(0, len(grid), count)]
    lons, lats = (about + rng.uniform(-0.0006, 0.0006, (count, 2))).T
    return np.ascontiguousarray(lons), np.ascontiguousarray(lats)


def ours(grid: Grid, lons: Floats, lats: Floats) -> Figure:
    """Measure `Grid.locate` and `Grid.locate_many`."""
    some = list(zip(lons[:SCALAR_POINTS].tolist(), lats[:SCALAR_POINTS].tolist(), strict=True))
    scalar = best(lambda: [grid.locate(lon, lat) for lon, lat in some]) / len(some)
    many = best(lambda: grid.locate_many(lons, lats)) / len(lons)
    return Figure("geo.grid", scalar * 1e6, 1 / many, 0)


def tree(grid: Grid, lons: Floats, lats: Floats) -> Figure:
    """Measure Shapely's tree with an exact test, one by one and vectorised."""
    polygons = grid.polygons()
    shapely.prepare(polygons)
    index = shapely.STRtree(polygons)
    some = np.asarray(shapely.points(lons[:2_000], lats[:2_000]), dtype=object)
    scalar = best(lambda: [index.query(point, predicate="intersects") for point in some])
    points = np.asarray(shapely.points(lons, lats), dtype=object)
    many = best(lambda: index.query(points, predicate="intersects"))
    place, cell = index.query(points, predicate="intersects")
    lowest = np.full(len(lons), len(grid), dtype=np.int64)
    np.minimum.at(lowest, place, cell)
    answers = np.where(lowest == len(grid), -1, lowest)
    return Figure(
        "Shapely STRtree",
        scalar / 2_000 * 1e6,
        len(lons) / many,
        int(np.sum(answers != grid.locate_many(lons, lats))),
    )


def postgis(grid: Grid, lons: Floats, lats: Floats) -> Figure:
    """Measure PostGIS with a GiST index on the same cells, one query a point and one for all."""
    url = os.environ.get("DATABASE_URL")
    if not url:
        return Figure("PostGIS: skipped, no DATABASE_URL", None, None)
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain) as connection:
        _load(connection, grid)
        some = list(zip(lons[:2_000].tolist(), lats[:2_000].tolist(), strict=True))
        scalar = best(
            lambda: [
                connection.execute(LOOK_UP, ([lon], [lat]), prepare=True).fetchone()
                for lon, lat in some
            ]
        )
        x, y = lons[:POSTGIS_POINTS], lats[:POSTGIS_POINTS]
        arrays = (x.tolist(), y.tolist())
        many = best(lambda: connection.execute(LOOK_UP, arrays).fetchall())
        rows = connection.execute(LOOK_UP, arrays).fetchall()
    answers = np.array([-1 if row[0] is None else row[0] for row in rows])
    return Figure(
        "PostGIS, GiST and ST_Intersects",
        scalar / len(some) * 1e6,
        len(x) / many,
        int(np.sum(answers != grid.locate_many(x, y))),
    )


def _load(connection: psycopg.Connection[tuple[object, ...]], grid: Grid) -> None:
    connection.execute(
        "CREATE TEMPORARY TABLE bench_cells (cell int, geom geometry(Geometry,4326))"
    )
    with connection.cursor().copy("COPY bench_cells FROM STDIN") as copy:
        shapes = shapely.set_srid(grid.polygons(), 4326)
        for cell, shape in enumerate(shapely.to_wkb(shapes, hex=True, include_srid=True)):
            copy.write_row((cell, shape))
    connection.execute("CREATE INDEX ON bench_cells USING gist (geom)")
    connection.execute("ANALYZE bench_cells")


def irregular_grid(cells: int) -> Grid:
    """Return a gapless grid of 290 km² whose borders wind as roads do."""
    rng = np.random.default_rng(2)
    frame = box(109.30, 24.24, 109.46, 24.40)
    west, south, east, north = frame.bounds
    seeds = MultiPoint(rng.uniform((west, south), (east, north), (cells, 2)))
    pieces = shapely.intersection(
        shapely.get_parts(shapely.voronoi_polygons(seeds, extend_to=frame)), frame
    )
    dense = shapely.segmentize(pieces, 0.0005)
    # the same shift at the same place bends neighbours' shared borders alike
    wound = shapely.transform(dense, lambda xy: xy + 6e-5 * np.sin(xy[:, ::-1] * 9e3))
    codes = [f"{450202001001000 + i}" for i in range(len(wound))]
    return Grid.build(codes, np.asarray(shapely.make_valid(wound), dtype=object))


def best(work: Callable[[], object]) -> float:
    """Return the seconds of the best of three runs."""
    times = []
    for _ in range(3):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


if __name__ == "__main__":
    main()
