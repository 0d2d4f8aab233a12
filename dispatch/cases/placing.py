"""Where a case is: from a point in any coordinate system to the grid, and every description kept."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from dispatch.cases.model import Case, CasePlace
from dispatch.jurisdiction.reference import Location, locate, location_of
from dispatch.kit.db import SRID, Json
from dispatch.kit.errors import invalid
from dispatch.people.policy import Person
from geo.crs import Crs, convert
from geo.errors import GeoError


@dataclass(frozen=True)
class Point:
    """A place in CGCS2000/WGS-84 degrees, with where it lies; `location` None outside the city."""

    longitude: float
    latitude: float
    location: Location | None


def point_of(session: Session, longitude: float, latitude: float, crs: str) -> Point:
    """Convert a point as given and find its grid. Raises InvalidInput for numbers that are no place."""
    try:
        lon, lat = convert(longitude, latitude, source=Crs(crs), target=Crs.CGCS2000)
    except (GeoError, ValueError) as error:
        raise invalid(
            "longitude",
            "坐标不正确:经度应在 -180 到 180 之间,纬度在 -90 到 90 之间,crs 为 wgs84、cgcs2000、gcj02 或 bd09",
            "Not a place: longitude is -180 to 180, latitude -90 to 90, crs one of wgs84 cgcs2000 "
            "gcj02 bd09",
        ) from error
    return Point(float(lon), float(lat), locate(session, float(lon), float(lat)))


def location_of_case(session: Session, case: Case) -> Point | None:
    """Where a case is, with the areas it lies in; None while it has no point."""
    if case.longitude is None or case.latitude is None:
        return None
    found = location_of(session, case.grid_code) if case.grid_code else None
    return Point(case.longitude, case.latitude, found)


def ewkt(longitude: float, latitude: float) -> str:
    """A point as PostGIS reads it, CGCS2000 degrees."""
    return f"SRID={SRID};POINT({longitude!r} {latitude!r})"


def area_columns(location: Location | None) -> Json:
    """The columns of a case that follow from its grid."""
    if location is None:
        return dict.fromkeys(
            (
                "grid_code",
                "working_grid",
                "community_code",
                "street_code",
                "district_code",
                "virtual_district_code",
            )
        )
    return {
        "grid_code": location.grid_code,
        "working_grid": location.working_grid,
        "community_code": location.community_code,
        "street_code": location.street_code,
        "district_code": location.district_code,
        "virtual_district_code": location.virtual_district_code,
    }


def correct_place(session: Session, case: Case, body: Json, *, by: Person, at: datetime) -> None:
    """Move a case to a better place, or add better words for it; earlier descriptions stay."""
    longitude, latitude = body.get("longitude"), body.get("latitude")
    address = body.get("address")
    if longitude is None and latitude is None and not address:
        return
    if (longitude is None) != (latitude is None):
        raise invalid("latitude", "经度和纬度要一起填写", "Give longitude and latitude together")
    crs = body.get("crs") or Crs.WGS84
    if longitude is not None and latitude is not None:
        point = point_of(session, longitude, latitude, crs)
        if point.location is None:
            raise invalid(
                "longitude",
                "该位置不在本市网格范围内,请核对坐标和坐标系",
                "That place is outside the city's grid; check the coordinates and their system",
                code="outside_jurisdiction",
            )
        case.geom = ewkt(point.longitude, point.latitude)
        case.place_confidence = 1.0
        case.place_radius_m = None
        for name, value in area_columns(point.location).items():
            setattr(case, name, value)
    session.add(
        CasePlace(
            case_id=case.id,
            source="staff",
            text=address,
            longitude=longitude,
            latitude=latitude,
            crs=crs if longitude is not None else None,
            at=at,
            by_id=by.id,
        )
    )
