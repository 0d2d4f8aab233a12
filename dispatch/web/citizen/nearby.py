"""The convenience map: toilets and parking near a place or near the visitor, with the way there."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import Depends, Query, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from dispatch.facilities.hours import changes_at, is_live
from dispatch.facilities.model import FacilityKind
from dispatch.facilities.navigation import Navigation, links
from dispatch.facilities.queries import NearFacility, nearest_facilities
from dispatch.jurisdiction.reference import gazetteer
from dispatch.kit import clock
from dispatch.kit.config import settings
from dispatch.kit.errors import NotFound
from dispatch.kit.http import Db
from dispatch.kit.places import to_own
from dispatch.kit.routes import Router
from dispatch.web.parts.page import go, show
from geo.crs import Crs

router = Router(include_in_schema=False)

WITHIN_M: Final = 3_000.0
MOST: Final = 20
#: Streets are no straight lines; and so many metres somebody walks in a minute.
DETOUR: Final = 1.3
METRES_A_MINUTE: Final = 75
KINDS: Final[dict[FacilityKind, tuple[str, str]]] = {
    FacilityKind.TOILET: ("公共厕所", "Toilets"),
    FacilityKind.PARKING: ("停车位", "Parking"),
}
UNKNOWN: Final = (
    "没有找到这个地方，请换一个路名、路口或地标",
    "This place is not known: try another road, crossing or landmark",
)


@dataclass(frozen=True)
class Wanted:
    """What is looked for, and around which words or which point (WGS-84 degrees, as telephones tell)."""

    kind: FacilityKind = FacilityKind.TOILET
    q: str = ""
    longitude: float | None = None
    latitude: float | None = None
    open_now: bool = False
    accessible: bool = False

    def query(self, **changed: Any) -> str:
        """The same as the query of an address, but for what is changed."""
        fields = {
            "kind": self.kind.value,
            "q": self.q,
            "longitude": self.longitude,
            "latitude": self.latitude,
            "open": "1" if self.open_now else "",
            "accessible": "1" if self.accessible else "",
            **changed,
        }
        return urlencode({name: value for name, value in fields.items() if value not in ("", None)})


def _wanted(
    kind: FacilityKind = FacilityKind.TOILET,
    q: Annotated[str, Query(max_length=200)] = "",
    longitude: Annotated[float | None, Query(ge=-180, le=180)] = None,
    latitude: Annotated[float | None, Query(ge=-90, le=90)] = None,
    open_now: Annotated[bool, Query(alias="open")] = False,
    accessible: Annotated[bool, Query()] = False,
) -> Wanted:
    return Wanted(kind, q.strip(), longitude, latitude, open_now, accessible)


Asked = Annotated[Wanted, Depends(_wanted)]


@dataclass(frozen=True)
class Around:
    """The place to look around: degrees in CGCS2000, and its name unless it is where the visitor is."""

    longitude: float
    latitude: float
    text: str = ""


@dataclass(frozen=True)
class Card:
    """A facility as somebody on the way to it wants to know it."""

    found: NearFacility
    way: Navigation
    metres: int
    minutes: int
    live: bool
    changes_at: datetime | None


def _around(session: Session, wanted: Wanted) -> Around | None:
    if wanted.longitude is not None and wanted.latitude is not None:
        own = to_own(wanted.longitude, wanted.latitude, Crs.WGS84)
        return Around(*own, text=wanted.q)
    found = gazetteer(session).geocode(wanted.q, limit=1).candidates if wanted.q else ()
    return Around(found[0].lon, found[0].lat, found[0].text) if found else None


def _card(found: NearFacility, *, at: datetime) -> Card:
    facility = found.facility
    on_foot = facility.kind == FacilityKind.TOILET
    return Card(
        found=found,
        way=links(found.longitude, found.latitude, facility.name, on_foot=on_foot),
        metres=round(found.distance_m),
        minutes=max(1, round(found.distance_m * DETOUR / METRES_A_MINUTE)),
        live=is_live(facility, at=at),
        changes_at=changes_at(facility, at=at),
    )


def _near(session: Session, around: Around, wanted: Wanted) -> list[Card]:
    now = clock.now()
    rows = nearest_facilities(
        session,
        lon=around.longitude,
        lat=around.latitude,
        kind=wanted.kind,
        within_m=WITHIN_M,
        open_only=wanted.open_now,
        limit=MOST,
        at=now,
        accessible_only=wanted.accessible,
    )
    return [_card(each, at=now) for each in rows]


def _page(session: Session, request: Request, template: str, wanted: Wanted) -> Response:
    around = _around(session, wanted)
    found = _near(session, around, wanted) if around else []
    agent = request.headers.get("user-agent", "")
    return show(
        request,
        template,
        headers={"Cache-Control": "no-cache", "Vary": "Cookie, Accept-Language, User-Agent"},
        kinds=KINDS,
        wanted=wanted,
        around=around,
        found=found,
        share=_share(around, wanted.kind) if around else "",
        is_apple="iPhone" in agent or "iPad" in agent or "Macintosh" in agent,
        problem=UNKNOWN if wanted.q and around is None else None,
        points=[
            {
                "at": [round(each.found.longitude, 6), round(each.found.latitude, 6)],
                "name": each.found.facility.name,
                "open": each.found.open_now,
            }
            for each in found
        ],
    )


@router.get("/nearby")
def nearby(session: Db, request: Request, wanted: Asked) -> Response:
    """The nearest twenty within three kilometres, as cards and on a map."""
    return _page(session, request, "citizen/nearby.html", wanted)


@router.get("/nearby/cards")
def cards(session: Db, request: Request, wanted: Asked) -> Response:
    """The cards alone, as they are now: what is open, how many spaces are free."""
    return _page(session, request, "citizen/cards.html", wanted)


#: The letter of a kind in a short link.
LETTERS: Final = {"t": FacilityKind.TOILET, "p": FacilityKind.PARKING}


def _share(around: Around, kind: FacilityKind) -> str:
    letter = next(each for each, known in LETTERS.items() if known is kind)
    return f"{settings().base_url}/n/{letter}/{around.longitude:.5f},{around.latitude:.5f}"


@router.get("/n/{kind}/{place}")
def shared(kind: str, place: str) -> Response:
    """A short link that somebody shared: the kind and the place, nothing of the sharer."""
    try:
        longitude, latitude = (float(each) for each in place.split(","))
        wanted = Wanted(LETTERS[kind], longitude=longitude, latitude=latitude)
    except (KeyError, ValueError):
        raise NotFound(
            "no_such_place", "链接不完整，请重新获取", "The link is not complete: get it anew"
        ) from None
    return go(f"/nearby?{wanted.query()}")
