"""Where a caller may mean, and what is known near that place."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from dispatch.cases.model import Case, Photo
from dispatch.cases.states import OPEN, Stage
from dispatch.catalogue.reference import CategoryFacts
from dispatch.intake.queries import likely_duplicates
from dispatch.jurisdiction.reference import gazetteer, locate
from dispatch.kit import spatial
from dispatch.kit.db import SRID
from geo.gazetteer import Candidate
from geo.sphere import sphere_distance_m

MOST_PLACES: Final = 5
MOST_NEAR: Final = 3
#: Open cases of other classes are shown up to this far.
NEAR_M: Final = 60.0
_JOINABLE: Final = tuple(sorted(OPEN - {Stage.CHECKED, Stage.HANDLED}))


@dataclass(frozen=True)
class Found:
    """A place that words may mean, with the areas it lies in (degrees as stored)."""

    text: str
    longitude: float
    latitude: float
    radius_m: float
    confidence: float
    where: str
    why: str


@dataclass(frozen=True)
class Near:
    """An open case near the place: how far, whether of the same class, and its first picture."""

    case: Case
    distance_m: float
    is_same_class: bool
    photo_id: UUID | None


def places_for(session: Session, address: str) -> list[Found]:
    """What an address may mean, the likeliest first; places outside the city are left out."""
    found = gazetteer(session).geocode(address, limit=MOST_PLACES) if address.strip() else None
    made = [_found(session, each) for each in found.candidates] if found else []
    return [each for each in made if each is not None]


def _found(session: Session, candidate: Candidate) -> Found | None:
    place = locate(session, candidate.lon, candidate.lat)
    if place is None:
        return None
    return Found(
        text=candidate.text,
        longitude=candidate.lon,
        latitude=candidate.lat,
        radius_m=candidate.radius_m,
        confidence=candidate.confidence,
        where=f"{place.district} · {place.street} · {place.community}",
        why=candidate.explanation,
    )


_NEAR = text(
    f"""
SELECT id, longitude, latitude FROM cases
WHERE geom && ST_MakeEnvelope(:west, :south, :east, :north, {SRID})
  AND stage = ANY(:stages) AND duplicate_of_id IS NULL
LIMIT 60
"""  # noqa: S608 - a constant of our own is put in; every value is bound
)


def cases_near(
    session: Session,
    longitude: float,
    latitude: float,
    *,
    category: CategoryFacts | None,
    at: datetime,
) -> list[Near]:
    """Open cases that may be the same thing: of the class by its rule, then others close by."""
    same = (
        likely_duplicates(session, category=category, longitude=longitude, latitude=latitude, at=at)
        if category is not None
        else ()
    )
    distances = {each.case_id: each.distance_m for each in same}
    box = spatial.around(longitude, latitude, NEAR_M)
    rows = session.execute(
        _NEAR,
        {
            "west": box.west,
            "south": box.south,
            "east": box.east,
            "north": box.north,
            "stages": list(_JOINABLE),
        },
    )
    others = {
        row.id: sphere_distance_m(longitude, latitude, row.longitude, row.latitude)
        for row in rows
        if row.id not in distances
    }
    wanted = [*distances.items(), *sorted(others.items(), key=lambda pair: pair[1])][:MOST_NEAR]
    return _told(session, wanted, same=set(distances))


def _told(session: Session, wanted: Sequence[tuple[int, float]], *, same: set[int]) -> list[Near]:
    ids = [case_id for case_id, _ in wanted]
    if not ids:
        return []
    cases = {each.id: each for each in session.scalars(select(Case).where(Case.id.in_(ids)))}
    photos = first_photos(session, ids)
    return [
        Near(cases[case_id], distance, case_id in same, photos.get(case_id))
        for case_id, distance in wanted
        if case_id in cases
    ]


def first_photos(session: Session, case_ids: Sequence[int]) -> dict[int, UUID]:
    """The first picture of each of these cases that has one."""
    rows = session.execute(
        select(Photo.case_id, Photo.id)
        .where(Photo.case_id.in_(case_ids))
        .ext(distinct_on(Photo.case_id))
        .order_by(Photo.case_id, Photo.at, Photo.id)
    )
    return {case_id: photo_id for case_id, photo_id in rows if case_id is not None}
