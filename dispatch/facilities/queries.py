"""Look-ups on the citizens' map: the nearest facilities of a kind, one by its code, who holds a key."""

import hashlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from sqlalchemy import Float, func, or_, select
from sqlalchemy.orm import Session

from dispatch.facilities.hours import is_open
from dispatch.facilities.model import Facility, FacilityKey, FacilityKind
from dispatch.kit import spatial

#: How many rows are looked through when only open ones are wanted.
MOST_WEIGHED = 5_000


@dataclass(frozen=True)
class NearFacility:
    """A facility with its place (CGCS2000), its distance in metres, and whether it is open."""

    facility: Facility
    longitude: float
    latitude: float
    distance_m: float
    open_now: bool | None


def nearest_facilities(
    session: Session,
    *,
    lon: float,
    lat: float,
    kind: FacilityKind | None,
    within_m: float,
    open_only: bool,
    limit: int,
    at: datetime,
    accessible_only: bool = False,
) -> list[NearFacility]:
    """The facilities within `within_m` metres of a WGS-84 place, the nearest on the ellipsoid first."""
    rows = _by_distance(
        session,
        lon=lon,
        lat=lat,
        kind=kind,
        within_m=within_m,
        limit=MOST_WEIGHED if open_only else limit,
        accessible_only=accessible_only,
    )
    found = (
        NearFacility(facility, x, y, metres, is_open(facility, at=at))
        for facility, x, y, metres in rows
    )
    return list(islice((each for each in found if each.open_now or not open_only), limit))


def facility_by_code(session: Session, code: str) -> Facility | None:
    """The facility with this code."""
    return session.scalar(select(Facility).where(Facility.code == code))


def key_holder(session: Session, key: str) -> FacilityKey | None:
    """The enabled feed that holds this key."""
    digest = hashlib.sha256(key.encode()).digest()
    found = session.get(FacilityKey, digest)
    return found if found is not None and found.enabled else None


def _by_distance(
    session: Session,
    *,
    lon: float,
    lat: float,
    kind: FacilityKind | None,
    within_m: float,
    limit: int,
    accessible_only: bool,
) -> Iterator[tuple[Facility, float, float, float]]:
    """Rows in the order of their true distance.

    The index hands out the nearest in flat degrees; a degree east is shorter than a degree north, so
    the true nearest all lie within the flat distance of the last of them, widened by that ratio.
    """
    flat = spatial.degrees_to(Facility.geom, lon, lat)
    metres = spatial.metres_to(Facility.geom, lon, lat)
    wanted = [
        Facility.active,
        spatial.inside(Facility.geom, spatial.around(lon, lat, within_m)),
    ]
    if kind is not None:
        wanted.append(Facility.kind == kind)
    if accessible_only:
        wanted.append(Facility.accessible)
    nearest = select(flat.label("flat")).where(*wanted).order_by(flat).limit(limit).subquery()
    reach = select(func.max(nearest.c.flat) * _stretch(lat, within_m)).scalar_subquery()
    rows = session.execute(
        select(Facility, func.ST_X(Facility.geom), func.ST_Y(Facility.geom), metres)
        .where(
            *wanted,
            func.ST_DWithin(Facility.geom, spatial.point(lon, lat), reach.cast(Float)),
            metres <= within_m,
        )
        .order_by(metres, Facility.code)
        .limit(limit)
    )
    return (tuple(row) for row in rows)


def _stretch(lat: float, within_m: float) -> float:
    """How much longer than its flat distance says a way can be, against another one."""
    farthest = min(89.0, abs(lat) + within_m / spatial.DEGREE_M)
    return 1.01 / math.cos(math.radians(farthest))


@dataclass(frozen=True)
class FacilityFilter:
    """Which facilities are looked for; what is None or empty does not matter."""

    text: str = ""
    kind: FacilityKind | None = None
    active: bool | None = None


@dataclass(frozen=True)
class PlacedFacility:
    """A facility with its place in CGCS2000 degrees."""

    facility: Facility
    longitude: float
    latitude: float


def facilities_found(
    session: Session, wanted: FacilityFilter, *, after: str, limit: int
) -> list[PlacedFacility]:
    """Facilities by code, from behind a code on."""
    asked = (
        select(Facility, func.ST_X(Facility.geom), func.ST_Y(Facility.geom))
        .where(Facility.code > after)
        .order_by(Facility.code)
        .limit(limit)
    )
    if wanted.kind is not None:
        asked = asked.where(Facility.kind == wanted.kind)
    if wanted.active is not None:
        asked = asked.where(Facility.active == wanted.active)
    if wanted.text:
        asked = asked.where(
            or_(
                Facility.name.contains(wanted.text, autoescape=True),
                Facility.address.contains(wanted.text, autoescape=True),
                Facility.code.startswith(wanted.text, autoescape=True),
            )
        )
    return [PlacedFacility(*row) for row in session.execute(asked)]


def placed_facility(session: Session, code: str) -> PlacedFacility | None:
    """A facility with its place."""
    row = session.execute(
        select(Facility, func.ST_X(Facility.geom), func.ST_Y(Facility.geom)).where(
            Facility.code == code
        )
    ).first()
    return None if row is None else PlacedFacility(*row)


def feed_keys(session: Session) -> Sequence[FacilityKey]:
    """Every key of a feed, by name."""
    return session.scalars(select(FacilityKey).order_by(FacilityKey.name)).all()


def count_silent_feeds(session: Session, *, since: datetime) -> int:
    """How many feeds have spoken before, but not since a moment."""
    silent = select(func.count()).where(FacilityKey.enabled, FacilityKey.last_at < since)
    return session.scalar(silent) or 0
