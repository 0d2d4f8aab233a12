"""Deeds on the city's areas: replace the grid with its areas, replace the gazetteer, in one transaction each."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely
from psycopg.types.json import Jsonb
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql import func

from dispatch.jurisdiction.gazetteer import NamedPlace, PlaceKind
from dispatch.jurisdiction.model import Area, AreaKind, Place, UnitGrid
from dispatch.kit import reference
from dispatch.kit.copying import copy_rows, ewkb
from dispatch.kit.errors import invalid
from geo.grid import Column, Grid
from geo.grid.areas import Area as GridArea

#: What every unit grid must belong to before the city can work with it.
NEEDED: Final = (Column.COMMUNITY, Column.STREET, Column.DISTRICT, Column.WORKING_GRID)
AREA_COLUMNS: Final = ("kind", "code", "name", "parent_code", "synthetic", "geom")
GRID_COLUMNS: Final = (
    "code",
    "community_code",
    "street_code",
    "district_code",
    "virtual_district_code",
    "working_grid_code",
    "area_m2",
    "synthetic",
    "geom",
)
PLACE_COLUMNS: Final = ("kind", "name", "aliases", "district_code", "data", "synthetic", "geom")
AreaRow = tuple[str, str, str, str | None, bool, str | None]


@dataclass(frozen=True)
class GridStored:
    """How much was written."""

    unit_grids: int
    working_grids: int
    areas: int


def store_grid(
    session: Session, grid: Grid, areas: Sequence[GridArea], *, synthetic: bool, source: str
) -> GridStored:
    """Replace the unit grids, the areas above them and the form that processes hold in memory.

    `areas` are the outlines and names of districts, streets, communities and virtual districts;
    working grids are drawn from their unit grids. About three seconds for 29,000 unit grids.
    Raises InvalidInput when unit grids lack what they belong to.
    """
    _require_whole(grid)
    session.execute(delete(UnitGrid))
    session.execute(delete(Area).where(Area.kind != AreaKind.CITY))
    names = {(area.kind.value, area.code): area.name for area in areas}
    working = list(_working_grids(grid, names, synthetic=synthetic))
    rows = [*(_area_row(area) for area in areas), *working]
    copy_rows(session, Area.__tablename__, AREA_COLUMNS, rows)
    copy_rows(session, UnitGrid.__tablename__, GRID_COLUMNS, _grid_rows(grid, synthetic=synthetic))
    session.execute(
        update(reference.ReferenceSet)
        .where(reference.ReferenceSet.name == "grid")
        .values(
            blob=grid.to_bytes(),
            version=reference.ReferenceSet.version + 1,
            changed_at=func.now(),
            info={"unit_grids": len(grid), "source": source, "synthetic": synthetic},
        )
        .execution_options(synchronize_session=False)
    )
    _raise_version(session, "gazetteer")  # it knows the areas by name
    reference.forget_all()
    return GridStored(len(grid), len(working), len(areas))


def store_places(
    session: Session,
    places: Iterable[NamedPlace],
    *,
    replace: Collection[PlaceKind] = tuple(PlaceKind),
    synthetic: bool,
) -> int:
    """Replace the kinds in `replace` by these places; how many were written.

    New roads take the crossings along: those of the old ones mean nothing any more, and without any
    the gazetteer computes them from the lines.
    """
    kinds = {*replace, *([PlaceKind.CROSSING] if PlaceKind.ROAD in replace else [])}
    session.execute(delete(Place).where(Place.kind.in_(kinds)))
    districts = _codes_by_name(session, AreaKind.DISTRICT)
    rows = [_place_row(place, districts, synthetic=synthetic) for place in places]
    copy_rows(session, Place.__tablename__, PLACE_COLUMNS, rows)
    reference.forget_all()
    return len(rows)


def _codes_by_name(session: Session, kind: AreaKind) -> dict[str, str]:
    rows = session.execute(select(Area.name, Area.code).where(Area.kind == kind))
    return {row.name: row.code for row in rows}


def _place_row(place: NamedPlace, districts: dict[str, str], *, synthetic: bool) -> tuple[Any, ...]:
    data = place.data or {}
    return (
        place.kind.value,
        place.name,
        list(place.aliases),
        districts.get(data.get("district", "")),
        Jsonb(data),
        synthetic,
        ewkb(place.geometry),
    )


def _raise_version(session: Session, name: str) -> None:
    session.execute(
        update(reference.ReferenceSet)
        .where(reference.ReferenceSet.name == name)
        .values(version=reference.ReferenceSet.version + 1, changed_at=func.now())
        .execution_options(synchronize_session=False)
    )


def _require_whole(grid: Grid) -> None:
    for column in NEEDED:
        lacking = np.flatnonzero(grid.column(column) == "")
        if lacking.size:
            first = ", ".join(grid.codes[lacking[:3]].tolist())
            raise invalid(
                column.value,
                f"{lacking.size} 个单元网格没有 {column}(如 {first}),请补全后再导入",
                f"{lacking.size} unit grids have no {column} (such as {first}): complete them",
                code="grid_incomplete",
            )


def _area_row(area: GridArea) -> AreaRow:
    geometry = ewkb(area.geometry, multi=True)
    return area.kind.value, area.code, area.name, area.parent, area.synthetic, geometry


def _working_grids(
    grid: Grid, names: dict[tuple[str, str], str], *, synthetic: bool
) -> Iterator[AreaRow]:
    """Each working grid as the union of its unit grids, numbered within its district."""
    polygons, column = grid.polygons(), grid.column(Column.WORKING_GRID)
    districts = grid.column(Column.DISTRICT)
    numbers: dict[str, int] = {}
    for code in np.unique(column).tolist():
        cells = np.flatnonzero(column == code)
        district = str(districts[cells[0]])
        numbers[district] = numbers.get(district, 0) + 1
        name = names.get((AreaKind.DISTRICT.value, district), district)
        outline = shapely.union_all(polygons[cells])
        yield (
            AreaKind.WORKING_GRID.value,
            code,
            f"{name}第{numbers[district]}责任网格",
            district,
            synthetic,
            ewkb(outline, multi=True),
        )


def _grid_rows(grid: Grid, *, synthetic: bool) -> Iterable[tuple[Any, ...]]:
    columns = (
        grid.codes.tolist(),
        *(grid.column(column).tolist() for column in (Column.COMMUNITY, Column.STREET)),
        grid.column(Column.DISTRICT).tolist(),
        [virtual or None for virtual in grid.column(Column.VIRTUAL_DISTRICT).tolist()],
        grid.column(Column.WORKING_GRID).tolist(),
        grid.areas_m2.tolist(),
        [synthetic] * len(grid),
        (ewkb(polygon, multi=True) for polygon in grid.polygons()),
    )
    return zip(*columns, strict=True)
