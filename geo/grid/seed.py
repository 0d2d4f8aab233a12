"""The demonstration grid of Liuzhou and its areas, read from the folder `data/grid`.

Districts are real, streets and communities carry real names and codes but synthetic extents, and
the unit grids are squares of 100 m in the city's plane. See `data/README.md` for the sources.
"""

import csv
import gzip
import json
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.errors import GridFileError
from geo.grid.areas import Area, AreaKind, VirtualDistrict
from geo.grid.model import Column, Grid
from geo.grid.outlines import Shapes
from geo.grid.working import build_working_grids
from geo.shapes import Plane

SQUARE_M: Final = 100.0
DIGITS: Final = 7  # of a degree, about 1 cm: as a city's file would hold them


def read_seed_grid(folder: Path) -> Grid:
    """Read the 29,011 unit grids with all columns filled (about three seconds)."""
    codes, polygons = _read_squares(folder / "grid_min.csv.gz")
    grid = Grid.build(codes, polygons)
    zones = {s: zone.code for zone in read_virtual_districts(folder) for s in zone.streets}
    virtual = [zones.get(street, "") for street in grid.column(Column.STREET).tolist()]
    return grid.with_columns(
        {Column.WORKING_GRID: build_working_grids(grid), Column.VIRTUAL_DISTRICT: virtual}
    )


def read_seed_areas(folder: Path) -> list[Area]:
    """Read districts and counties, streets, communities and virtual districts, parents first."""
    districts = [
        _area(AreaKind.DISTRICT, feature, code="adcode", name="name", parent=None)
        for feature in _features(folder / "districts_wgs84.geojson")
    ]
    streets = [
        _area(AreaKind.STREET, feature, code="street_code", name="street", parent=6)
        for feature in _features(folder / "streets_synthetic.geojson")
    ]
    communities = [
        _area(AreaKind.COMMUNITY, feature, code="community_code", name="community", parent=9)
        for feature in _features(folder / "communities_synthetic.geojson")
    ]
    virtual = [_zone_area(zone, streets) for zone in read_virtual_districts(folder)]
    return [*districts, *streets, *communities, *virtual]


def read_virtual_districts(folder: Path) -> list[VirtualDistrict]:
    """Read which streets make up each virtual district."""
    return [
        VirtualDistrict(zone["code"], zone["name"], tuple(zone["streets"]), zone["standing"])
        for zone in _read_json(folder / "virtual_districts.json")
    ]


def read_seed_outline(folder: Path) -> BaseGeometry:
    """Read the synthetic outline of the built-up area, 290 km²."""
    return _shape(_features(folder / "builtup_synthetic.geojson")[0])


def _read_squares(path: Path) -> tuple[list[str], Shapes]:
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            rows = [(row["code"], int(row["col"]), int(row["row"])) for row in csv.DictReader(file)]
    except (OSError, KeyError, ValueError) as error:
        raise _unreadable(path, error) from error
    corners: NDArray[np.float64] = np.array([row[1:] for row in rows], dtype=np.float64)
    ring = np.array([(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)])
    metres = (corners[:, None, :] + ring) * SQUARE_M
    lon, lat = Plane().backward(metres[..., 0].ravel(), metres[..., 1].ravel())
    degrees = np.round(np.stack([lon, lat], axis=1), DIGITS).reshape(-1, 5, 2)
    return [row[0] for row in rows], np.asarray(shapely.polygons(degrees), dtype=object)


def _zone_area(zone: VirtualDistrict, streets: list[Area]) -> Area:
    parts = [street.geometry for street in streets if street.code in zone.streets]
    return Area(
        AreaKind.VIRTUAL_DISTRICT, zone.code, zone.name, None, shapely.union_all(parts), True
    )


def _area(
    kind: AreaKind, feature: dict[str, Any], *, code: str, name: str, parent: int | None
) -> Area:
    properties = feature["properties"]
    own = str(properties[code])
    return Area(
        kind=kind,
        code=own,
        name=properties[name],
        parent=None if parent is None else own[:parent],
        geometry=_shape(feature),
        synthetic=bool(properties.get("synthetic", False)),
    )


def _shape(feature: dict[str, Any]) -> BaseGeometry:
    return shapely.from_geojson(json.dumps(feature["geometry"]))


def _features(path: Path) -> list[dict[str, Any]]:
    features: list[dict[str, Any]] = _read_json(path)["features"]
    return features


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> GridFileError:
    return GridFileError(
        f"无法读取 {path.name}：{error}。请检查数据目录是否完整",
        f"Cannot read {path.name}: {error}. Check that the data folder is complete",
    )
