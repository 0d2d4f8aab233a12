"""Look-ups of the city's areas and names in the database."""

import shapely
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.jurisdiction.gazetteer import NamedPlace, PlaceKind, to_rows
from dispatch.jurisdiction.model import Area, AreaKind, Place
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
