"""Look-ups of the city's areas and names in the database."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import shapely
from sqlalchemy import func, select
from sqlalchemy.orm import Session, defer

from dispatch.jurisdiction.gazetteer import NamedPlace, PlaceKind, to_rows
from dispatch.jurisdiction.model import Area, AreaKind, Place, UnitGrid
from dispatch.kit.db import Json
from dispatch.kit.errors import NotFound
from dispatch.kit.reference import ReferenceSet
from geo.gazetteer import AreaKind as NamedAreaKind
from geo.gazetteer import AreaRow, Fields, GazetteerRows, Record, areas_of

#: Which areas an address may name.
_NAMED = {
    AreaKind.DISTRICT: NamedAreaKind.DISTRICT,
    AreaKind.STREET: NamedAreaKind.STREET,
    AreaKind.COMMUNITY: NamedAreaKind.COMMUNITY,
}


def gazetteer_rows(session: Session) -> GazetteerRows:
    """Everything that the gazetteer is built from: places and the areas that addresses name."""
    rows = session.execute(
        select(Place.kind, Place.name, Place.aliases, Place.data, func.ST_AsBinary(Place.geom))
        .where(Place.kind != PlaceKind.WATER)
        .order_by(Place.id)
    )
    places = (
        NamedPlace(PlaceKind(kind), name, shapely.from_wkb(bytes(outline)), tuple(aliases), data)
        for kind, name, aliases, data, outline in rows
    )
    return to_rows(places, areas=_named_areas(session))


def _named_areas(session: Session) -> list[AreaRow]:
    found = []
    for kind, named in _NAMED.items():
        rows = session.execute(
            select(Area.name, func.ST_AsBinary(Area.geom))
            .where(Area.kind == kind, Area.geom.is_not(None))
            .order_by(Area.code)
        )
        records = [
            Record({"name": name}, shapely.from_wkb(bytes(outline))) for name, outline in rows
        ]
        found += areas_of(records, named, Fields())
    return found


def areas_named(session: Session, kind: AreaKind) -> list[tuple[str, str]]:
    """Code and name of every area of a kind, by code."""
    rows = session.execute(
        select(Area.code, Area.name).where(Area.kind == kind).order_by(Area.code)
    )
    return [(row.code, row.name) for row in rows]


def area_counts(session: Session) -> dict[str, int]:
    """How many areas of each kind there are."""
    rows = session.execute(select(Area.kind, func.count()).group_by(Area.kind))
    return {row[0]: row[1] for row in rows}


def count_grids(session: Session) -> int:
    """How many unit grids there are, as the import counted them."""
    info = session.scalar(select(ReferenceSet.info).where(ReferenceSet.name == "grid"))
    return int((info or {}).get("unit_grids", 0))


def sets(session: Session) -> Sequence[ReferenceSet]:
    """The sets of reference data with their versions, without what they hold."""
    return session.scalars(
        select(ReferenceSet).options(defer(ReferenceSet.blob)).order_by(ReferenceSet.name)
    ).all()


@dataclass(frozen=True)
class GridRow:
    """A working grid: its code and name, and how many unit grids lie in it."""

    code: str
    name: str
    parent_code: str | None
    cells: int


def working_grids(session: Session, *, district: str = "", text: str = "") -> list[GridRow]:
    """The working grids with their size, by code."""
    cells = (
        select(UnitGrid.working_grid_code, func.count().label("cells"))
        .group_by(UnitGrid.working_grid_code)
        .subquery()
    )
    asked = (
        select(Area.code, Area.name, Area.parent_code, func.coalesce(cells.c.cells, 0))
        .outerjoin(cells, cells.c.working_grid_code == Area.code)
        .where(Area.kind == AreaKind.WORKING_GRID)
        .order_by(Area.code)
    )
    if district:
        asked = asked.where(Area.parent_code == district)
    if text:
        asked = asked.where(
            Area.name.contains(text, autoescape=True) | Area.code.contains(text, autoescape=True)
        )
    return [GridRow(*row) for row in session.execute(asked)]


def outlines_of(session: Session, kind: AreaKind, codes: Sequence[str] = ()) -> Json:
    """Areas of a kind as GeoJSON, simplified for a map of the whole city; none named means all."""
    shape = func.ST_AsGeoJSON(func.ST_SimplifyPreserveTopology(Area.geom, 0.0002), 5)
    asked = select(Area.code, Area.name, shape).where(Area.kind == kind, Area.geom.is_not(None))
    if codes:
        asked = asked.where(Area.code.in_(codes))
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"code": code, "name": name, "fault": False},
                "geometry": json.loads(drawn),
            }
            for code, name, drawn in session.execute(asked)
        ],
    }


def areas_of_kind(
    session: Session, kind: AreaKind, *, text: str, after: str, limit: int
) -> list[Area]:
    """Areas of a kind by code, from behind a code on, without their outlines."""
    asked = (
        select(Area)
        .options(defer(Area.geom))
        .where(Area.kind == kind, Area.code > after)
        .order_by(Area.code)
        .limit(limit)
    )
    if text:
        asked = asked.where(
            Area.name.contains(text, autoescape=True) | Area.code.startswith(text, autoescape=True)
        )
    return list(session.scalars(asked))


def area_by_code(session: Session, kind: AreaKind, code: str) -> Area:
    """An area without its outline; NotFound."""
    asked = select(Area).options(defer(Area.geom)).where(Area.kind == kind, Area.code == code)
    found = session.scalar(asked)
    if found is None:
        raise NotFound("no_such_area", f"没有区域 {code}", f"There is no area {code}")
    return found


def streets_of_zone(session: Session, code: str) -> list[str]:
    """The streets of which a virtual district consists, whole or in part, by code."""
    return list(
        session.scalars(
            select(UnitGrid.street_code)
            .where(UnitGrid.virtual_district_code == code)
            .distinct()
            .order_by(UnitGrid.street_code)
        )
    )


def places_found(session: Session, *, kind: str, text: str, after: int, limit: int) -> list[Place]:
    """Names of the gazetteer by id, from behind an id on, without their shapes."""
    asked = select(Place).options(defer(Place.geom)).where(Place.id > after).order_by(Place.id)
    if kind:
        asked = asked.where(Place.kind == kind)
    if text:
        asked = asked.where(Place.name.contains(text, autoescape=True))
    return list(session.scalars(asked.limit(limit)))


def place_counts(session: Session) -> dict[str, int]:
    """How many names of each kind the gazetteer holds."""
    rows = session.execute(select(Place.kind, func.count()).group_by(Place.kind))
    return {row[0]: row[1] for row in rows}
