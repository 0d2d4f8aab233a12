"""Look-ups of the city's areas and names in the database."""

from collections.abc import Sequence

import shapely
from sqlalchemy import func, select
from sqlalchemy.orm import Session, defer

from dispatch.jurisdiction.gazetteer import NamedPlace, PlaceKind, to_rows
from dispatch.jurisdiction.model import Area, AreaKind, Place
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
