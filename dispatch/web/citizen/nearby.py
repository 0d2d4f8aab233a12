"""The convenience map: toilets and parking near a place or near the visitor, with the way there."""

from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from dispatch.facilities.model import FacilityKind
from dispatch.facilities.queries import nearest_facilities
from dispatch.facilities.schemas import FacilityFeature, feature
from dispatch.jurisdiction.reference import gazetteer
from dispatch.kit import clock
from dispatch.kit.http import Db
from dispatch.web.parts.page import show
from geo.crs import Crs

router = APIRouter(include_in_schema=False)

WITHIN_M: Final = 3_000.0
MOST: Final = 20
KINDS: Final[dict[FacilityKind, tuple[str, str]]] = {
    FacilityKind.TOILET: ("公共厕所", "Toilets"),
    FacilityKind.PARKING: ("停车位", "Parking"),
}
UNKNOWN: Final = (
    "没有找到这个地方，请换一个路名、路口或地标",
    "This place is not known: try another road, crossing or landmark",
)


@dataclass(frozen=True)
class Around:
    """The place to look around: degrees in CGCS2000, and its name unless it is where the visitor is."""

    longitude: float
    latitude: float
    text: str = ""


def _around(
    session: Session, words: str, longitude: float | None, latitude: float | None
) -> Around | None:
    if longitude is not None and latitude is not None:
        return Around(longitude, latitude)
    found = gazetteer(session).geocode(words, limit=1).candidates if words else ()
    return Around(found[0].lon, found[0].lat, found[0].text) if found else None


def _near(session: Session, around: Around, kind: FacilityKind) -> list[FacilityFeature]:
    now = clock.now()
    rows = nearest_facilities(
        session,
        lon=around.longitude,
        lat=around.latitude,
        kind=kind,
        within_m=WITHIN_M,
        open_only=False,
        limit=MOST,
        at=now,
    )
    return [feature(each, out_crs=Crs.WGS84, at=now) for each in rows]


@router.get("/nearby")
def nearby(
    session: Db,
    request: Request,
    kind: FacilityKind = FacilityKind.TOILET,
    q: Annotated[str, Query(max_length=200)] = "",
    longitude: Annotated[float | None, Query(ge=-180, le=180)] = None,
    latitude: Annotated[float | None, Query(ge=-90, le=90)] = None,
) -> Response:
    """The nearest twenty within three kilometres."""
    words = q.strip()
    around = _around(session, words, longitude, latitude)
    found = _near(session, around, kind) if around else []
    return show(
        request,
        "citizen/nearby.html",
        kinds=KINDS,
        kind=kind,
        q=words,
        around=around,
        found=[each.properties for each in found],
        points=[{"at": each.geometry.coordinates, "name": each.properties.name} for each in found],
        problem=UNKNOWN if words and around is None else None,
    )
