"""A city's grid of unit cells: look-up of a place, and what each cell belongs to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Self

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from geo.errors import GridBytesError, GridError
from geo.grid.outlines import Edges, Floats, Ints, Outlines, Shapes, areas_m2, edges_of, outlines_of
from geo.grid.pack import Arrays, pack, unpack
from geo.grid.raster import NOTHING, Frame, Raster, build_raster
from geo.grid.search import Search

Texts = NDArray[np.str_]


class Column(StrEnum):
    """What a cell belongs to, each a code; empty where it belongs to none."""

    WORKING_GRID = "working_grid"
    COMMUNITY = "community"
    STREET = "street"
    DISTRICT = "district"
    VIRTUAL_DISTRICT = "virtual_district"


# a unit grid's 15 digits: 6 district + 3 street + 3 community + 3 serial
_IN_THE_CODE: Mapping[Column, int] = {Column.COMMUNITY: 12, Column.STREET: 9, Column.DISTRICT: 6}


@dataclass(frozen=True)
class GridRow:
    """One unit grid: its codes, a place surely inside it (degrees), and its size."""

    code: str
    working_grid: str | None
    community: str | None
    street: str | None
    district: str | None
    virtual_district: str | None
    longitude: float
    latitude: float
    area_m2: float


@dataclass(frozen=True, eq=False)
class _Values:
    """A column of codes, each different one kept once."""

    texts: Texts
    which: Ints

    @classmethod
    def of(cls, values: Texts) -> Self:
        texts, which = np.unique(values, return_inverse=True)
        return cls(texts, which.astype(np.int32))


class Grid:
    """Unit grids in the order of their codes, which is also the index that look-ups return.

    Immutable, safe to share between threads. Coordinates are WGS-84/CGCS2000 degrees. A place on a
    shared edge belongs to the cell of the lowest code (see `geo.grid.search`).
    """

    def __init__(
        self,
        codes: Texts,
        columns: Mapping[Column, _Values],
        outlines: Outlines,
        raster: Raster,
        points: Floats,
        areas: NDArray[np.float32],
    ) -> None:
        self._codes = codes
        self._columns = dict(columns)
        self._outlines = outlines
        self._raster = raster
        self._points = points
        self._areas = areas
        self._edges = edges_of(outlines)
        self._search = Search(raster, self._edges)

    @classmethod
    def build(
        cls,
        codes: Sequence[str],
        polygons: Sequence[BaseGeometry] | Shapes,
        *,
        columns: Mapping[Column, Sequence[str]] | None = None,
    ) -> Self:
        """Build a grid from codes and valid polygons in degrees, in any order.

        Community, street and district are read from 15-digit codes unless given in `columns`.
        Takes about a second for 30,000 cells. Raises GridError for no cells, repeated codes, columns
        of another length or unusable polygons: `geo.gridfiles.check_grid` tells of all faults.
        """
        names = np.asarray(codes, dtype=np.str_)
        given = {key: np.asarray(value, dtype=np.str_) for key, value in (columns or {}).items()}
        _require_whole(names, len(polygons), given)
        order = np.argsort(names, kind="stable")
        sorted_names = names[order]
        table = {**_from_codes(sorted_names), **{key: text[order] for key, text in given.items()}}
        shapes = np.asarray(polygons, dtype=object)[order]
        outlines = outlines_of(shapes)
        areas = areas_m2(outlines)
        return cls(
            sorted_names,
            {key: _Values.of(text) for key, text in table.items()},
            outlines,
            build_raster(edges_of(outlines), typical_area_m2=float(np.median(areas))),
            shapely.get_coordinates(shapely.point_on_surface(shapes)),
            areas,
        )

    def __len__(self) -> int:
        return len(self._codes)

    def locate(self, lon: float, lat: float) -> int | None:
        """Return the index of the cell at a place, or None outside all cells."""
        cell = self._search.one(lon, lat)
        return None if cell == NOTHING else cell

    def locate_many(self, lons: ArrayLike, lats: ArrayLike) -> Ints:
        """Return the index of the cell at each place, -1 outside all cells (and for NaN)."""
        x, y = np.asarray(lons, dtype=np.float64), np.asarray(lats, dtype=np.float64)
        if x.shape != y.shape or x.ndim != 1:
            raise GridError(
                f"经度与纬度须为等长的一维数组，现为 {x.shape} 和 {y.shape}",
                f"Give longitudes and latitudes as flat arrays of one length, not {x.shape}, {y.shape}",
            )
        return self._search.many(x, y)

    @property
    def codes(self) -> Texts:
        """The codes of all cells, ascending."""
        return self._codes

    @property
    def points(self) -> Floats:
        """A place inside each cell: an (n, 2) array of longitude and latitude."""
        return self._points

    @property
    def areas_m2(self) -> NDArray[np.float32]:
        """The area of each cell on the ellipsoid."""
        return self._areas

    @property
    def edges(self) -> Edges:
        """The edges of all cells; neighbours hold a shared edge in the same numbers."""
        return self._edges

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north of all cells, in degrees."""
        west, south = self._outlines.vertices.min(axis=0).tolist()
        east, north = self._outlines.vertices.max(axis=0).tolist()
        return west, south, east, north

    def index_of(self, code: str) -> int | None:
        """Return the index of the cell with this code, or None."""
        at = int(np.searchsorted(self._codes, code))
        return at if at < len(self._codes) and self._codes[at] == code else None

    def row(self, cell: int) -> GridRow:
        """Return all that is known of a cell; raise GridError if there is no such index."""
        if not 0 <= cell < len(self._codes):
            raise GridError(f"没有第 {cell} 号网格", f"There is no cell with the index {cell}")
        values = {str(column): self._value(column, cell) for column in Column}
        return GridRow(
            code=str(self._codes[cell]),
            longitude=float(self._points[cell, 0]),
            latitude=float(self._points[cell, 1]),
            area_m2=float(self._areas[cell]),
            **values,
        )

    def column(self, column: Column) -> Texts:
        """Return a column's code for every cell, in the order of `codes`."""
        values = self._columns.get(column)
        return np.full(len(self), "") if values is None else values.texts[values.which]

    def cells_of(self, column: Column, value: str) -> NDArray[np.int64]:
        """Return the indexes of the cells that belong to, say, one working grid."""
        values = self._columns.get(column)
        if values is None:
            return np.array([], dtype=np.int64)
        return np.flatnonzero(np.isin(values.which, np.flatnonzero(values.texts == value)))

    def polygon(self, cell: int) -> Polygon | MultiPolygon:
        """Return a cell's outline in degrees."""
        return self._outlines.polygon(cell)

    def polygons(self) -> Shapes:
        """Return the outlines of all cells, in the order of `codes`."""
        return self._outlines.polygons()

    def with_columns(self, columns: Mapping[Column, Sequence[str] | Texts]) -> "Grid":
        """Return the same cells with other columns, each in the order of `codes`."""
        given = {key: np.asarray(value, dtype=np.str_) for key, value in columns.items()}
        _require_whole(self._codes, len(self), given)
        merged = {**self._columns, **{key: _Values.of(text) for key, text in given.items()}}
        return Grid(self._codes, merged, self._outlines, self._raster, self._points, self._areas)

    def to_bytes(self) -> bytes:
        """Return the grid with its index as a few megabytes that `from_bytes` loads fast."""
        raster, frame = self._raster, self._raster.frame
        arrays: Arrays = {
            "codes": self._codes,
            "points": self._points,
            "areas": self._areas,
            "frame": np.array([getattr(frame, field.name) for field in fields(frame)]),
        }
        arrays |= {f"outlines.{f.name}": getattr(self._outlines, f.name) for f in fields(Outlines)}
        arrays |= {f"raster.{name}": getattr(raster, name) for name in _RASTER_ARRAYS}
        for column, values in self._columns.items():
            arrays[f"column.{column}.texts"] = values.texts
            arrays[f"column.{column}.which"] = values.which
        return pack(arrays)

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Load what `to_bytes` wrote; raise GridBytesError if it is damaged."""
        arrays = unpack(data)
        try:
            return cls(
                arrays["codes"],
                {c: v for c in Column if (v := _stored_column(arrays, c)) is not None},
                Outlines(*(arrays[f"outlines.{field.name}"] for field in fields(Outlines))),
                Raster(_frame(arrays["frame"]), *(arrays[f"raster.{n}"] for n in _RASTER_ARRAYS)),
                arrays["points"],
                arrays["areas"],
            )
        except KeyError as error:
            raise GridBytesError(
                f"网格数据缺少 {error}，请重新导入网格",
                f"The stored grid lacks {error}: import the grid again",
            ) from error

    def _value(self, column: Column, cell: int) -> str | None:
        values = self._columns.get(column)
        return str(values.texts[values.which[cell]]) or None if values else None


_RASTER_ARRAYS = ("blocks", "squares", "list_starts", "lists")


def _stored_column(arrays: Arrays, column: Column) -> _Values | None:
    texts, which = arrays.get(f"column.{column}.texts"), arrays.get(f"column.{column}.which")
    return None if texts is None or which is None else _Values(texts, which)


def _frame(numbers: Floats) -> Frame:
    west, south, per_lon, per_lat, columns, rows = numbers.tolist()
    return Frame(west, south, per_lon, per_lat, int(columns), int(rows))


def _from_codes(codes: Texts) -> dict[Column, Texts]:
    if np.any(np.char.str_len(codes) != 15) or not np.all(np.char.isdigit(codes)):
        return {}
    return {column: codes.astype(f"U{digits}") for column, digits in _IN_THE_CODE.items()}


def _require_whole(codes: Texts, polygons: int, columns: Mapping[Column, Texts]) -> None:
    if not len(codes):
        raise GridError("没有单元网格，请检查数据文件", "There are no cells: check the file")
    lengths = {"polygons": polygons, **{str(key): len(text) for key, text in columns.items()}}
    for name, length in lengths.items():
        if length != len(codes):
            raise GridError(
                f"{len(codes)} 个网格代码，但 {name} 有 {length} 个",
                f"{len(codes)} codes but {length} of {name}: give one for each cell",
            )
    texts, counts = np.unique(codes, return_counts=True)
    if len(texts) != len(codes):
        twice = ", ".join(texts[counts > 1][:5].tolist())
        raise GridError(
            f"网格代码重复：{twice}；每个代码只能用一次",
            f"Codes used more than once: {twice}; each code may stand for one cell only",
        )
