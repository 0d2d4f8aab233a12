"""Deeds on the city's areas: replace the grid or the gazetteer, name an area, draw a virtual district."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray
from psycopg.types.json import Jsonb
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql import func

from dispatch.jurisdiction.gazetteer import NamedPlace, PlaceKind
from dispatch.jurisdiction.model import Area, AreaKind, Place, UnitGrid
from dispatch.jurisdiction.queries import area_by_code
from dispatch.jurisdiction.reference import grid as city_grid
from dispatch.kit import audit, reference
from dispatch.kit.audit import Actor
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
LONGEST_NAME: Final = 60
_ZONE_CODE: Final = re.compile(r"[A-Z0-9][A-Z0-9-]{1,19}")
_GRID_BLOB: Final = (
    select(reference.ReferenceSet.blob)
    .where(reference.ReferenceSet.name == "grid")
    .with_for_update()
)
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


def rename_area(
    session: Session, kind: AreaKind, code: str, name: str, *, by: Actor, seen: int | None
) -> Area:
    """Give an area another name: addresses understand it within seconds.

    Raises NotFound, InvalidInput and StaleVersion.
    """
    found = _locked_area(session, kind, code)
    audit.expect_version(session, subject_of(kind, code), seen)
    _check_area_name(name)
    before, found.name = found.name, name
    _raise_version(session, "gazetteer")  # it knows the areas by name
    session.flush()
    if before != name:
        changes = {"name": [before, name]}
        subject = subject_of(kind, code)
        audit.changed(session, "area_renamed", subject=subject, by=by, changes=changes)
    return found


def set_virtual_district(
    session: Session,
    code: str,
    *,
    name: str,
    streets: Collection[str],
    by: Actor,
    seen: int | None,
) -> Area:
    """Say of which streets a virtual district consists; one that is not there is added.

    Streets that stay in it are left as they are, also where only some of their unit grids belong to
    it. Cases keep the unit that they were given. Raises InvalidInput, StaleVersion and Unavailable.
    """
    _check_zone(session, code, name=name, streets=streets)
    audit.expect_version(session, subject_of(AreaKind.VIRTUAL_DISTRICT, code), seen)
    # whoever changes the grid has this row: two of them cannot lose each other's streets
    blob = session.scalar(_GRID_BLOB)
    grid = Grid.from_bytes(blob) if blob else city_grid(session)
    zones, of = grid.column(Column.VIRTUAL_DISTRICT), grid.column(Column.STREET)
    before = sorted({str(street) for street in of[zones == code]})
    came, went = set(streets) - set(before), set(before) - set(streets)
    _refuse_taken(zones, of, came)
    entering = np.isin(of, sorted(came))
    leaving = np.isin(of, sorted(went)) & (zones == code)
    column = np.where(entering, code, np.where(leaving, "", zones)).tolist()
    changed = grid.with_columns({Column.VIRTUAL_DISTRICT: column})
    _write_zone(session, code, came, went)
    row = _zone_row(session, code, name)
    session.execute(
        update(reference.ReferenceSet)
        .where(reference.ReferenceSet.name == "grid")
        .values(blob=changed.to_bytes())
        .execution_options(synchronize_session=False)
    )
    _raise_version(session, "gazetteer")
    old_name, row.name = row.name, name
    session.flush()
    changes = audit.differences(
        {"name": old_name, "streets": before}, {"name": name, "streets": sorted(streets)}
    )
    subject = subject_of(AreaKind.VIRTUAL_DISTRICT, code)
    audit.changed(session, "virtual_district_set", subject=subject, by=by, changes=changes)
    reference.forget_all()
    return row


def _locked_area(session: Session, kind: AreaKind, code: str) -> Area:
    """An area, locked until the transaction ends, without its outline; NotFound."""
    found = area_by_code(session, kind, code)
    session.refresh(found, ["name"], with_for_update={"key_share": True})
    return found


def subject_of(kind: AreaKind, code: str) -> str:
    """What the audit log calls an area."""
    return f"area:{kind.value}:{code}"


def _check_area_name(name: str) -> None:
    if not 2 <= len(name) <= LONGEST_NAME:
        raise invalid(
            "name",
            f"名称应为 2 到 {LONGEST_NAME} 个字",
            f"A name has 2 to {LONGEST_NAME} characters",
        )


def _check_zone(session: Session, code: str, *, name: str, streets: Collection[str]) -> None:
    _check_area_name(name)
    if not _ZONE_CODE.fullmatch(code):
        raise invalid(
            "code",
            "编码为 2 到 20 位大写字母、数字或横线,如 VD03",
            "A code has 2 to 20 capital letters, digits or dashes, like VD03",
        )
    known = select(Area.code).where(Area.kind == AreaKind.STREET, Area.code.in_(set(streets)))
    if set(session.scalars(known)) != set(streets):
        raise invalid("streets", "没有所选的街道", "There is no such street")


def _refuse_taken(zones: NDArray[np.str_], of: NDArray[np.str_], came: Collection[str]) -> None:
    taken = np.isin(of, sorted(came)) & (zones != "")
    if taken.any():
        others = "、".join(sorted({str(each) for each in zones[taken]}))
        raise invalid(
            "streets",
            f"所选街道已属于 {others},请先从那里移出",
            f"A street belongs to {others}: take it out there first",
        )


def _write_zone(session: Session, code: str, came: Collection[str], went: Collection[str]) -> None:
    row = UnitGrid.virtual_district_code
    entering = update(UnitGrid).where(UnitGrid.street_code.in_(came))
    leaving = update(UnitGrid).where(UnitGrid.street_code.in_(went), row == code)
    for deed, value in ((entering, code), (leaving, None)):
        session.execute(
            deed.values(virtual_district_code=value).execution_options(synchronize_session=False)
        )


def _zone_row(session: Session, code: str, name: str) -> Area:
    """The area of a virtual district, drawn as the union of its unit grids; added when it is new."""
    key = (AreaKind.VIRTUAL_DISTRICT.value, code)
    row = session.get(Area, key, with_for_update=True)
    if row is None:
        row = Area(kind=key[0], code=code, name=name, synthetic=False)
        session.add(row)
        session.flush()
    outline = select(func.ST_Multi(func.ST_Union(UnitGrid.geom)))
    session.execute(
        update(Area)
        .where(Area.kind == key[0], Area.code == code)
        .values(geom=outline.where(UnitGrid.virtual_district_code == code).scalar_subquery())
        .execution_options(synchronize_session=False)
    )
    return row


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
