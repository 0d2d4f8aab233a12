"""The citizens' map over HTTP: the nearest facilities for everyone, live reports from feeds."""

from typing import Annotated

from fastapi import Header, Query

from dispatch.facilities.commands import report_availability
from dispatch.facilities.hours import is_open
from dispatch.facilities.model import FacilityKind
from dispatch.facilities.queries import nearest_facilities
from dispatch.facilities.schemas import (
    AvailabilityIn,
    AvailabilityOut,
    FacilityCollection,
    feature,
)
from dispatch.kit import clock
from dispatch.kit.http import Db
from dispatch.kit.paging import Limit
from dispatch.kit.places import CrsQuery, LatitudeQuery, LongitudeQuery, to_own
from dispatch.kit.routes import Router
from geo.crs import Crs

router = Router(prefix="/api/v1/facilities", tags=["facilities"])


@router.get("")
def list_facilities(
    session: Db,
    longitude: LongitudeQuery,
    latitude: LatitudeQuery,
    crs: CrsQuery = Crs.WGS84,
    out_crs: Annotated[
        Crs, Query(description="返回坐标的坐标系 / system of the answer")
    ] = Crs.WGS84,
    kind: FacilityKind | None = None,
    radius: Annotated[float, Query(gt=0, le=50_000, description="米 / metres")] = 3_000,
    open_now: Annotated[bool, Query(description="仅看正在开放的 / only those open now")] = False,
    limit: Limit = 20,
) -> FacilityCollection:
    """Toilets and parking near a place, nearest first, open or not, with navigation links."""
    lon, lat = to_own(longitude, latitude, crs)
    at = clock.now()
    found = nearest_facilities(
        session,
        lon=lon,
        lat=lat,
        kind=kind,
        within_m=radius,
        open_only=open_now,
        limit=limit,
        at=at,
    )
    return FacilityCollection(
        crs=out_crs, features=[feature(each, out_crs=out_crs, at=at) for each in found]
    )


def _bearer(authorization: str | None) -> str | None:
    scheme, _, key = (authorization or "").partition(" ")
    return key.strip() or None if scheme.lower() == "bearer" else None


@router.put("/{code}/availability")
def put_availability(
    session: Db,
    code: str,
    body: AvailabilityIn,
    x_facility_key: Annotated[str | None, Header(description="the feed's key")] = None,
    authorization: Annotated[str | None, Header(description="or: Bearer <the key>")] = None,
) -> AvailabilityOut:
    """Take the live report of a feed; one older than what is stored changes nothing."""
    at = clock.now()
    facility, applied = report_availability(
        session,
        code,
        key=x_facility_key or _bearer(authorization),
        spaces_free=body.spaces_free,
        open_now=body.open_now,
        said_at=body.at,
        at=at,
    )
    return AvailabilityOut(
        id=facility.code,
        applied=applied,
        spaces_total=facility.spaces_total,
        spaces_free=facility.spaces_free,
        open_now=is_open(facility, at=at),
        at=facility.availability_at,
    )
