"""A small city of squares."""

from dataclasses import dataclass

import numpy as np
import pytest
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.shapes import Plane


@dataclass(frozen=True, eq=False)
class SmallCity:
    """Twelve by ten squares of 200 m in two districts, and their outlines."""

    codes: list[str]
    polygons: NDArray[np.object_]
    outline: BaseGeometry
    districts: dict[str, BaseGeometry]
    communities: frozenset[str]


@pytest.fixture
def city() -> SmallCity:
    x, y = (v.ravel() for v in np.meshgrid(np.arange(12), np.arange(10)))
    flat = shapely.box(
        643_000 + x * 200, 2_690_000 + y * 200, 643_200 + x * 200, 2_690_200 + y * 200
    )
    lon_lat = shapely.transform(flat, lambda xy: np.column_stack(Plane().backward(*xy.T)))
    polygons = np.asarray(lon_lat, dtype=object)
    district = np.where(x < 6, "450202", "450203")
    codes = [f"{d}001001{i + 1:03d}" for i, d in enumerate(district)]
    return SmallCity(
        codes,
        polygons,
        shapely.union_all(polygons),
        {d: shapely.union_all(polygons[district == d]) for d in ("450202", "450203")},
        frozenset(code[:12] for code in codes),
    )
