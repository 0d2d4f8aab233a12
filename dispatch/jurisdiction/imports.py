"""Imports of a city's own grid and gazetteer: read, check against what is known, store in one transaction."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.jurisdiction import reference
from dispatch.jurisdiction.commands import GridStored, store_grid, store_places
from dispatch.jurisdiction.files import read_places
from dispatch.jurisdiction.gazetteer import NamedPlace, PlaceKind, to_places
from dispatch.jurisdiction.model import Area, AreaKind, UnitGrid
from dispatch.kit.errors import Unavailable, invalid
from dispatch.kit.layerfiles import in_words
from geo.crs import Crs
from geo.gazetteer import (
    BridgeRow,
    Fields,
    GazetteerRows,
    Record,
    numbers_of,
    places_of,
    roads_of,
)
from geo.gazetteer.files import read_layer
from geo.grid import Column, Grid
from geo.grid.areas import Area as GridArea
from geo.grid.areas import AreaKind as GridAreaKind
from geo.grid.working import build_working_grids
from geo.gridfiles import GridReport, GridSource, check_grid, read_grid_file

Codes = dict[str, str]


@dataclass(frozen=True)
class GridFile:
    """How a grid's file is to be read (see `geo.gridfiles.read_grid_file`)."""

    path: Path
    fields: Mapping[str, str]
    layer: str | None = None
    encoding: str | None = None
    crs: str | None = None


@dataclass(frozen=True)
class GridChecked:
    """A file's cells and what the check found; `report.is_usable` says whether to go on."""

    source: GridSource
    report: GridReport


def check_file(session: Session, file: GridFile) -> GridChecked:
    """Read a grid and hold it against the districts, communities and grid that are known.

    Raises InvalidInput when the file cannot be read at all.
    """
    with in_words():
        source = read_grid_file(
            file.path,
            fields=file.fields,
            layer=file.layer,
            encoding=file.encoding,
            crs=file.crs,
        )
        report = check_grid(
            source.codes,
            source.polygons,
            districts=_outlines(session, AreaKind.DISTRICT),
            communities=_codes(session, AreaKind.COMMUNITY) or None,
            reference=_present_grid(session),
        )
    return GridChecked(source, report)


def import_grid(
    session: Session,
    checked: GridChecked,
    *,
    names: Path | None,
    working_grids: int,
    synthetic: bool,
    source: str,
) -> GridStored:
    """Store a checked grid with its areas; raises InvalidInput when the check found errors.

    Names of areas come from the table `names` (code,name), then from the areas that are known; an
    area without one is called by its code. Working grids are drawn when the file has none, virtual
    districts keep their streets.
    """
    if not checked.report.is_usable:
        raise invalid(
            "path",
            "网格未通过检查,请按检查报告修正后重试",
            "The grid did not pass the check: correct what the report names, then try again",
            code="grid_unusable",
        )
    with in_words():
        grid = Grid.build(
            checked.report.codes, checked.report.polygons, columns=checked.source.columns
        )
        grid = _completed(session, grid, working_grids)
    areas = _areas(session, grid, _read_names(names) if names else {}, synthetic=synthetic)
    return store_grid(session, grid, areas, synthetic=synthetic, source=source)


def import_folder(session: Session, folder: Path, *, synthetic: bool) -> int:
    """Replace the whole gazetteer by a folder laid out like `data/gazetteer`; how many rows."""
    with in_words():
        places = read_places(folder)
    return store_places(session, places, synthetic=synthetic)


def import_names(
    session: Session,
    path: Path,
    kind: PlaceKind,
    *,
    fields: Fields,
    layer: str | None,
    crs: Crs,
    synthetic: bool,
) -> int:
    """Replace one kind of names (roads, places …) by a city's own layer; how many rows."""
    with in_words():
        records = read_layer(path, layer=layer, crs=crs)
        places = list(_as_places(records, kind, fields))
    if not places:
        raise invalid(
            "path",
            f"图层中没有可用的{kind}:请核对名称字段(--field name=…)与几何类型",
            f"The layer holds no usable {kind}: check the field of names (--field name=…) and its "
            "geometry",
            code="nothing_usable",
        )
    return store_places(session, places, replace=[kind], synthetic=synthetic)


# --- what is known -------------------------------------------------------------------------------


def _present_grid(session: Session) -> Grid | None:
    try:
        return reference.grid(session)
    except Unavailable:
        return None


def _codes(session: Session, kind: AreaKind) -> set[str]:
    return set(session.scalars(select(Area.code).where(Area.kind == kind)))


def _outlines(session: Session, kind: AreaKind) -> dict[str, BaseGeometry]:
    rows = session.execute(
        select(Area.code, func.ST_AsBinary(Area.geom)).where(
            Area.kind == kind, Area.geom.is_not(None)
        )
    )
    return {row[0]: shapely.from_wkb(bytes(row[1])) for row in rows}


def _read_names(path: Path) -> Codes:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return {row["code"].strip(): row["name"].strip() for row in csv.DictReader(file)}
    except (OSError, UnicodeDecodeError, KeyError, AttributeError) as error:
        raise invalid(
            "names",
            f"无法读取 {path.name},应为 UTF-8 的 CSV,含 code 和 name 两列",
            f"Cannot read {path.name}: it must be a CSV in UTF-8 with the columns code and name",
        ) from error


# --- what the file leaves open -------------------------------------------------------------------


def _completed(session: Session, grid: Grid, working_grids: int) -> Grid:
    given: dict[Column, list[str]] = {}
    if not np.any(grid.column(Column.WORKING_GRID) != ""):
        given[Column.WORKING_GRID] = build_working_grids(grid, count=working_grids)
    if not np.any(grid.column(Column.VIRTUAL_DISTRICT) != ""):
        rows = session.execute(
            select(UnitGrid.street_code, UnitGrid.virtual_district_code)
            .where(UnitGrid.virtual_district_code.is_not(None))
            .distinct()
        )
        zones = {row[0]: row[1] or "" for row in rows}
        streets = grid.column(Column.STREET).tolist()
        given[Column.VIRTUAL_DISTRICT] = [zones.get(street, "") for street in streets]
    return grid.with_columns(given)


#: Each level with the digits of its parent's code within its own.
_LEVELS: Final = (
    (Column.DISTRICT, GridAreaKind.DISTRICT, None),
    (Column.STREET, GridAreaKind.STREET, 6),
    (Column.COMMUNITY, GridAreaKind.COMMUNITY, 9),
    (Column.VIRTUAL_DISTRICT, GridAreaKind.VIRTUAL_DISTRICT, None),
)


def _areas(session: Session, grid: Grid, names: Codes, *, synthetic: bool) -> list[GridArea]:
    """The areas above the unit grids: each the union of its cells, districts as they are known."""
    known = reference.area_names(session)
    outlines = _outlines(session, AreaKind.DISTRICT)
    polygons = grid.polygons()
    areas = []
    for column, kind, digits in _LEVELS:
        drawn = _unions(grid.column(column), polygons)
        if kind is GridAreaKind.DISTRICT:
            drawn |= outlines  # counties too, which have no unit grids of their own
        areas += [
            GridArea(
                kind=kind,
                code=code,
                name=names.get(code) or known.get((kind.value, code), code),
                parent=code[:digits] if digits else None,
                geometry=outline,
                synthetic=synthetic,
            )
            for code, outline in sorted(drawn.items())
        ]
    return areas


def _unions(codes: NDArray[np.str_], polygons: NDArray[np.object_]) -> dict[str, BaseGeometry]:
    order = np.argsort(codes, kind="stable")
    found, starts = np.unique(codes[order], return_index=True)
    cells = np.split(order, starts[1:])
    return {
        str(code): shapely.union_all(polygons[own])
        for code, own in zip(found.tolist(), cells, strict=True)
        if code
    }


# --- names ---------------------------------------------------------------------------------------


def _as_places(records: list[Record], kind: PlaceKind, fields: Fields) -> Iterator[NamedPlace]:
    if kind is PlaceKind.WATER:
        for record in records:
            if shapely.get_dimensions(record.geometry) == 2:
                yield NamedPlace(kind, record.get(fields.name), record.geometry)
        return
    yield from to_places(_rows(records, kind, fields))


def _rows(records: list[Record], kind: PlaceKind, fields: Fields) -> GazetteerRows:
    if kind is PlaceKind.ROAD:
        return GazetteerRows(roads=roads_of(records, fields))
    if kind is PlaceKind.NUMBER:
        return GazetteerRows(numbers=numbers_of(records, fields))
    if kind is PlaceKind.BRIDGE:
        lines = roads_of(records, fields)
        bridges = [BridgeRow(r.name, r.coordinates, r.aliases, r.district) for r in lines]
        return GazetteerRows(bridges=bridges)
    return GazetteerRows(places=places_of(records, fields))
