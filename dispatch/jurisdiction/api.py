"""Place look-ups for everyone: point to grid, one or thousands, and address to points."""

from collections import defaultdict
from dataclasses import asdict
from typing import Annotated, Any

import numpy as np
import orjson
from fastapi import Query, Response
from sqlalchemy.orm import Session

from dispatch.jurisdiction import reference
from dispatch.jurisdiction.reference import Location
from dispatch.jurisdiction.schemas import (
    CandidateOut,
    GeocodingOut,
    LocationOut,
    LocationsOut,
    PointsIn,
)
from dispatch.kit.errors import NotFound, invalid
from dispatch.kit.http import Db
from dispatch.kit.places import CrsQuery, LatitudeQuery, LongitudeQuery, Place, from_own, to_own
from dispatch.kit.routes import Router
from geo.crs import Crs, convert, is_valid
from geo.gazetteer import Candidate

router = Router(prefix="/api/v1", tags=["jurisdiction"])


@router.get("/grid/locate")
def locate_point(
    session: Db, longitude: LongitudeQuery, latitude: LatitudeQuery, crs: CrsQuery = Crs.WGS84
) -> LocationOut:
    """The unit grid that a place lies in; 404 `outside_jurisdiction` outside the city."""
    found = reference.locate(session, *to_own(longitude, latitude, crs))
    if found is None:
        raise NotFound(
            "outside_jurisdiction",
            "该位置不在本市管理范围内,请核对坐标及坐标系",
            "This place lies outside the city: check the coordinates and their system",
        )
    return LocationOut.of(found)


@router.post("/grid/locate", response_model=LocationsOut)
def locate_points(session: Db, body: PointsIn) -> Response:
    """The unit grids of up to 10,000 places in one call, null where a place lies outside the city."""
    found = _locate_all(session, body.points)
    # written directly: building and checking 10,000 models again would take longer than the look-up
    shapes: dict[Location, dict[str, Any]] = {each: asdict(each) for each in set(found) if each}
    items = [None if each is None else shapes[each] for each in found]
    return Response(orjson.dumps({"items": items}), media_type="application/json")


@router.get("/geocode")
def geocode(
    session: Db,
    q: Annotated[
        str, Query(min_length=1, max_length=500, description="地址 / the address in words")
    ],
    near: Annotated[
        str | None,
        Query(description="经度,纬度:提问者所在 / longitude,latitude of whoever asks"),
    ] = None,
    crs: CrsQuery = Crs.WGS84,
    limit: Annotated[int, Query(ge=1, le=20)] = 5,
) -> GeocodingOut:
    """What an address may mean: ranked, explained points (in `crs`), none if it holds no address."""
    spot = None if near is None else to_own(*_pair(near), crs)
    answer = reference.gazetteer(session).geocode(q, near=spot, limit=limit)
    return GeocodingOut(
        query=q,
        verdict=answer.verdict.value,
        items=[_candidate(session, each, crs) for each in answer.candidates],
    )


def _locate_all(session: Session, points: list[Place]) -> list[Location | None]:
    """Each coordinate system converted at once, all places looked up at once."""
    lons = np.array([point.longitude for point in points])
    lats = np.array([point.latitude for point in points])
    systems: dict[Crs, list[int]] = defaultdict(list)
    for at, point in enumerate(points):
        systems[point.crs].append(at)
    for crs, places in systems.items():
        lons[places], lats[places] = convert(
            lons[places], lats[places], source=crs, target=Crs.CGCS2000
        )
    return reference.locate_many(session, lons, lats)


def _pair(text: str) -> tuple[float, float]:
    try:
        lon, lat = (float(part) for part in text.split(","))
    except ValueError:
        lon = lat = float("nan")
    if not is_valid(lon, lat):
        raise invalid(
            "near",
            "near 应为“经度,纬度”,例如 109.41,24.32",
            "near must be longitude,latitude, for example 109.41,24.32",
        )
    return lon, lat


def _candidate(session: Session, found: Candidate, crs: Crs) -> CandidateOut:
    place = reference.locate(session, found.lon, found.lat)
    lon, lat = from_own(found.lon, found.lat, crs)
    return CandidateOut(
        text=found.text,
        kind=found.kind.value,
        longitude=round(lon, 7),
        latitude=round(lat, 7),
        radius_m=found.radius_m,
        confidence=found.confidence,
        grid_code=None if place is None else place.grid_code,
        explanation=found.explanation,
        recognised=[asdict(piece) for piece in found.recognised],
        unrecognised=[piece.text for piece in found.unrecognised],
        rivals=[asdict(rival) for rival in found.rivals],
    )
