"""The city in memory: the grid, the gazetteer and the names of areas, as this process last loaded them.

Each follows the version of its set of reference data (`dispatch.kit.reference`), so a look-up costs
microseconds and an import is seen everywhere within seconds.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from numpy.typing import ArrayLike
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.jurisdiction.gazetteer import EmptyGazetteer
from dispatch.jurisdiction.model import Area, AreaKind
from dispatch.jurisdiction.queries import gazetteer_rows
from dispatch.kit.errors import Unavailable
from dispatch.kit.reference import Cached, ReferenceSet
from geo.gazetteer import Gazetteer
from geo.grid import Grid

AreaNames = Mapping[tuple[str, str], str]


@dataclass(frozen=True, slots=True)
class Location:
    """Where a place lies: the unit grid and all it belongs to, codes with their names."""

    grid_code: str
    working_grid: str
    community_code: str
    community: str
    street_code: str
    street: str
    district_code: str
    district: str
    virtual_district_code: str | None
    virtual_district: str | None


def grid(session: Session) -> Grid:
    """The grid of the city; Unavailable before one was imported."""
    held = _grid.get(session)
    if held is None:
        raise Unavailable(
            "no_grid",
            "尚未导入单元网格,请管理员运行 dispatch grid import",
            "No grid has been imported yet: an administrator runs `dispatch grid import`",
        )
    return held


def locate(session: Session, lon: float, lat: float) -> Location | None:
    """Where a WGS-84/CGCS2000 place lies; None outside the city's grid."""
    city = grid(session)
    cell = city.locate(lon, lat)
    return None if cell is None else _location(city, cell, area_names(session))


def locate_many(session: Session, lons: ArrayLike, lats: ArrayLike) -> list[Location | None]:
    """Where each of many WGS-84/CGCS2000 places lies, in the same order."""
    city, names = grid(session), area_names(session)
    cells = city.locate_many(lons, lats).tolist()
    known = {cell: _location(city, cell, names) for cell in set(cells) if cell >= 0}
    return [known.get(cell) for cell in cells]


def location_of(session: Session, grid_code: str) -> Location | None:
    """What a unit grid belongs to, by its code."""
    city = grid(session)
    cell = city.index_of(grid_code)
    return None if cell is None else _location(city, cell, area_names(session))


def gazetteer(session: Session) -> Gazetteer:
    """The gazetteer of the city; it knows nothing before one was imported."""
    return _gazetteer.get(session)


def area_names(session: Session) -> AreaNames:
    """The name of every area by (kind, code)."""
    return _names.get(session)


def area_name(session: Session, kind: AreaKind, code: str | None) -> str | None:
    """The name of one area; the code itself where no such area is known."""
    return None if code is None else area_names(session).get((kind.value, code), code)


def _location(city: Grid, cell: int, names: AreaNames) -> Location:
    row = city.row(cell)
    community, street, district = row.community or "", row.street or "", row.district or ""
    virtual = row.virtual_district
    return Location(
        grid_code=row.code,
        working_grid=row.working_grid or "",
        community_code=community,
        community=names.get((AreaKind.COMMUNITY, community), community),
        street_code=street,
        street=names.get((AreaKind.STREET, street), street),
        district_code=district,
        district=names.get((AreaKind.DISTRICT, district), district),
        virtual_district_code=virtual,
        virtual_district=virtual and names.get((AreaKind.VIRTUAL_DISTRICT, virtual), virtual),
    )


def _load_grid(session: Session) -> Grid | None:
    blob = session.scalar(select(ReferenceSet.blob).where(ReferenceSet.name == "grid"))
    return Grid.from_bytes(blob) if blob else None


def _load_gazetteer(session: Session) -> Gazetteer:
    rows = gazetteer_rows(session)
    known = rows.roads or rows.places or rows.areas
    return Gazetteer.from_rows(rows) if known else EmptyGazetteer()


def _load_names(session: Session) -> AreaNames:
    rows = session.execute(select(Area.kind, Area.code, Area.name))
    return {(kind, code): name for kind, code, name in rows}


_grid = Cached[Grid | None]("grid", _load_grid)
_gazetteer = Cached("gazetteer", _load_gazetteer)
_names = Cached[AreaNames]("areas", _load_names)
