"""What anybody may know of cases: their kind, stage, day and street, and one small picture; nobody's words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Text, literal, select, tuple_
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from dispatch.cases.model import Case, Photo, PhotoKind
from dispatch.cases.states import OPEN, Stage
from dispatch.kit import spatial
from dispatch.kit.spatial import Box


@dataclass(frozen=True)
class OpenPlace:
    """A part of the city: an area by its column and code, or a box of degrees; all None: the whole city."""

    district: str | None = None
    street: str | None = None
    community: str | None = None
    box: Box | None = None
    #: Around the middle of `box`, in metres.
    radius_m: float | None = None


@dataclass(frozen=True)
class OpenCase:
    """An open case as the public knows it."""

    id: int
    public_id: str
    stage: Stage
    category_id: int | None
    group: str | None
    hazard: bool
    longitude: float
    latitude: float
    street_code: str | None
    community_code: str | None
    district_code: str | None
    created_at: datetime
    stage_since: datetime


def is_open() -> ColumnElement[bool]:
    """What is still in work, written so that the partial indexes serve it."""
    return Case.stage.in_(
        [literal(each.value, Text, literal_execute=True) for each in sorted(OPEN)]
    )


def open_cases_in(
    session: Session,
    place: OpenPlace,
    *,
    group: str | None = None,
    before: tuple[datetime, int] | None = None,
    limit: int,
) -> Sequence[OpenCase]:
    """The open cases of a part of the city, the latest first, `limit` at most, after the row `before`."""
    query = select(
        Case.id,
        Case.public_id,
        Case.stage,
        Case.category_id,
        Case.group,
        Case.hazard,
        Case.longitude,
        Case.latitude,
        Case.street_code,
        Case.community_code,
        Case.district_code,
        Case.created_at,
        Case.stage_since,
    ).where(is_open(), Case.longitude.is_not(None), *_within(place))
    if group:
        query = query.where(Case.group == group)
    if before is not None:
        query = query.where(tuple_(Case.created_at, Case.id) < before)
    rows = session.execute(query.order_by(Case.created_at.desc(), Case.id.desc()).limit(limit))
    return [OpenCase(**{**row, "stage": Stage(row["stage"])}) for row in rows.mappings()]


def _within(place: OpenPlace) -> list[ColumnElement[bool]]:
    pairs = (
        (place.district, Case.district_code),
        (place.street, Case.street_code),
        (place.community, Case.community_code),
    )
    found: list[ColumnElement[bool]] = [column == code for code, column in pairs if code]
    if place.box is not None:
        found.append(spatial.inside(Case.geom, place.box))
        if place.radius_m is not None:
            lon = (place.box.west + place.box.east) / 2
            lat = (place.box.south + place.box.north) / 2
            found.append(spatial.metres_to(Case.geom, lon, lat) <= place.radius_m)
    return found


def first_photos(session: Session, case_ids: Sequence[int]) -> dict[int, Photo]:
    """The first photo of what was found, by case."""
    rows = session.scalars(
        select(Photo)
        .ext(distinct_on(Photo.case_id))
        .where(Photo.case_id.in_(case_ids), Photo.kind == PhotoKind.BEFORE)
        .order_by(Photo.case_id, Photo.at, Photo.id)
    )
    return {photo.case_id: photo for photo in rows if photo.case_id is not None}
