"""Look-ups in the parts inventory: by code, the nearest of a class, and what stands in a window."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Float,
    Select,
    any_,
    bindparam,
    func,
    null,
    select,
)
from sqlalchemy.orm import Session

from dispatch.catalogue.model import Category
from dispatch.kit import spatial
from dispatch.parts.model import Part

_DISTANCE = spatial.metres_to(
    Part.geom, bindparam("lon", type_=Float), bindparam("lat", type_=Float)
)
#: Asked for every case that is dispatched, so it is put together once.
_NEAREST = (
    select(Part, _DISTANCE)
    .where(
        Part.category_id == any_(bindparam("categories", type_=ARRAY(BigInteger))),
        spatial.inside(Part.geom, spatial.NAMED_BOX),
        bindparam("within", type_=Float) >= _DISTANCE,
    )
    .order_by(_DISTANCE, Part.code)
    .limit(1)
)


@dataclass(frozen=True)
class NearPart:
    """A part and how far it stands from the place asked about, in metres on the ellipsoid."""

    part: Part
    distance_m: float


@dataclass(frozen=True)
class PartRow:
    """A part as people see it: with its class, its place and the distance where one was asked."""

    part: Part
    category: Category
    longitude: float
    latitude: float
    distance_m: float | None


def part_by_code(session: Session, code: str) -> Part | None:
    """The part with this 16-character code."""
    return session.scalar(select(Part).where(Part.code == code.strip()))


def part_row(session: Session, code: str) -> PartRow | None:
    """The part with this code, as people see it."""
    asked = _with_class(null().cast(Float), ()).where(Part.code == code.strip())
    return next(iter(_rows(session, asked)), None)


def nearest_of(
    session: Session, category_id: int, lon: float, lat: float, within_m: float
) -> NearPart | None:
    """The nearest part of a category no farther than `within_m` metres from a WGS-84 place."""
    return nearest_among(session, [category_id], lon=lon, lat=lat, within_m=within_m)


def nearest_among(
    session: Session, category_ids: Sequence[int], *, lon: float, lat: float, within_m: float
) -> NearPart | None:
    """The nearest part of any of these categories; of two at one distance the lower code."""
    box = spatial.around(lon, lat, within_m)
    row = session.execute(
        _NEAREST,
        {"categories": list(category_ids), "lon": lon, "lat": lat, "within": within_m, **vars(box)},
    ).first()
    return None if row is None else NearPart(row[0], float(row[1]))


def parts_near(
    session: Session,
    *,
    lon: float,
    lat: float,
    within_m: float,
    category_ids: Sequence[int],
    limit: int,
) -> list[PartRow]:
    """The parts within `within_m` metres of a place, nearest first; no categories means all."""
    distance = spatial.metres_to(Part.geom, lon, lat)
    asked = _with_class(distance, category_ids).where(
        spatial.inside(Part.geom, spatial.around(lon, lat, within_m)), distance <= within_m
    )
    return _rows(session, asked.order_by(distance, Part.code).limit(limit))


def parts_in(
    session: Session, box: spatial.Box, *, category_ids: Sequence[int], after: int, limit: int
) -> list[PartRow]:
    """The parts of a window by id, those after the id `after`; no categories means all."""
    asked = _with_class(null().cast(Float), category_ids).where(
        spatial.inside(Part.geom, box), Part.id > after
    )
    return _rows(session, asked.order_by(Part.id).limit(limit))


def _with_class(distance: ColumnElement[Any], category_ids: Sequence[int]) -> Select[Any]:
    asked = select(
        Part, Category, func.ST_X(Part.geom), func.ST_Y(Part.geom), distance.label("distance")
    ).join(Category, Category.id == Part.category_id)
    return asked.where(Part.category_id.in_(category_ids)) if category_ids else asked


def _rows(session: Session, asked: Select[Any]) -> list[PartRow]:
    return [PartRow(*row) for row in session.execute(asked)]


@dataclass(frozen=True)
class PartFilter:
    """Which parts are looked for; what is None or empty does not matter."""

    code: str = ""
    category_id: int | None = None
    condition: str = ""
    owner_id: int | None = None
    outside: bool = False


def parts_found(session: Session, wanted: PartFilter, *, after: str, limit: int) -> list[PartRow]:
    """Parts by code, from behind a code on."""
    asked = _with_class(null().cast(Float), ()).where(Part.code > after)
    if wanted.code:
        asked = asked.where(Part.code.startswith(wanted.code, autoescape=True))
    if wanted.category_id is not None:
        asked = asked.where(Part.category_id == wanted.category_id)
    if wanted.condition:
        asked = asked.where(Part.condition == wanted.condition)
    if wanted.owner_id is not None:
        asked = asked.where(Part.owner_id == wanted.owner_id)
    if wanted.outside:
        asked = asked.where(Part.grid_code.is_(None))
    return _rows(session, asked.order_by(Part.code).limit(limit))
