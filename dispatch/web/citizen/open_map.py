"""The public map of open cases, its list beside it, and its feeds: coarse facts only, nobody's words."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import Depends, Query, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from dispatch.cases.queries.public import OpenCase, OpenPlace, open_cases_in
from dispatch.catalogue.reference import catalogue
from dispatch.jurisdiction.model import AreaKind
from dispatch.jurisdiction.reference import area_name, area_names
from dispatch.kit import paging, spatial
from dispatch.kit.config import settings
from dispatch.kit.errors import InvalidInput, NotFound, invalid
from dispatch.kit.http import Db
from dispatch.kit.routes import Router
from dispatch.web.citizen.alike import STANDING, names
from dispatch.web.citizen.feed import Entry, atom, rss
from dispatch.web.parts import labels
from dispatch.web.parts.language import language_of, pick
from dispatch.web.parts.page import show

router = Router(include_in_schema=False)

Pair = tuple[str, str]
A_PAGE: Final = 20
IN_A_FEED: Final = 100
KINDS: Final = {
    "district": AreaKind.DISTRICT,
    "street": AreaKind.STREET,
    "community": AreaKind.COMMUNITY,
}
NEAREST_M: Final = 50.0
FARTHEST_M: Final = 5_000.0
SOMETHING: Final[Pair] = ("城市管理问题", "a matter of the city")


@dataclass(frozen=True)
class Area:
    """A part of the city that somebody looks at or subscribes to: its name, and how it is asked for."""

    key: str
    name: str
    place: OpenPlace


def area_of(session: Session, key: str) -> Area:
    """`street:450204001`, or `circle:109.4123,24.3254,500`; empty: the whole city. Raises InvalidInput, NotFound."""
    kind, _, rest = key.partition(":")
    if not key:
        return Area("", "", OpenPlace())
    if kind == "circle":
        return _circle(key, rest)
    if kind not in KINDS:
        raise _bad_area()
    name = area_names(session).get((KINDS[kind].value, rest))
    if name is None:
        raise NotFound("no_such_area", "没有这个区域", "There is no such area")
    codes = {each: rest if each == kind else None for each in KINDS}
    place = OpenPlace(codes["district"], codes["street"], codes["community"])
    return Area(key, name, place)


def _circle(key: str, text: str) -> Area:
    try:
        longitude, latitude, metres = (float(each) for each in text.split(","))
    except ValueError:
        raise _bad_area() from None
    fits = -180 <= longitude <= 180 and -85 <= latitude <= 85
    if not fits or not NEAREST_M <= metres <= FARTHEST_M:
        raise _bad_area()
    box = spatial.around(longitude, latitude, metres)
    return Area(key, f"{metres:.0f} m", OpenPlace(box=box, radius_m=metres))


def _bad_area() -> InvalidInput:
    return invalid(
        "area",
        "area 应为 district、street 或 community 加代码，或 circle:经度,纬度,半径（50 到 5000 米）",
        "area is district:, street: or community: with a code, or circle:longitude,latitude,metres (50–5000)",
    )


@dataclass(frozen=True)
class Line:
    """An open case in the list."""

    what: Pair
    stage: Pair
    street: str
    community: str
    day: datetime
    hazard: bool
    longitude: float
    latitude: float


def _line(session: Session, case: OpenCase) -> Line:
    category = catalogue(session).by_id.get(case.category_id or 0)
    return Line(
        what=names(category) if category else SOMETHING,
        stage=STANDING[case.stage],
        street=area_name(session, AreaKind.STREET, case.street_code) or "",
        community=area_name(session, AreaKind.COMMUNITY, case.community_code) or "",
        day=case.created_at,
        hazard=case.hazard,
        longitude=round(case.longitude, 5),
        latitude=round(case.latitude, 5),
    )


@dataclass(frozen=True)
class Asked:
    """What is looked at: an area or a window of the map, a group of categories, and from where on."""

    area: str = ""
    group: str = ""
    after: str = ""
    window: str = ""

    def query(self, **changed: str) -> str:
        """The same as the query of an address, but for what is changed."""
        fields = {"area": self.area, "group": self.group, "window": self.window, **changed}
        return urlencode({name: value for name, value in fields.items() if value})


def _asked(
    area: Annotated[str, Query(max_length=80)] = "",
    group: Annotated[str, Query(max_length=32)] = "",
    after: Annotated[str, Query(max_length=200)] = "",
    window: Annotated[str, Query(max_length=80)] = "",
    district: Annotated[str, Query(max_length=12)] = "",
) -> Asked:
    """`district` alone is what the plain form of districts sends."""
    chosen = area or (f"district:{district}" if district else "")
    return Asked(chosen, group if group in labels.GROUPS else "", after, window)


Wanted = Annotated[Asked, Depends(_asked)]


def _lines(session: Session, wanted: Asked) -> tuple[Area, list[Line], str]:
    area = area_of(session, wanted.area)
    place = area.place
    if wanted.window and not wanted.area:
        place = OpenPlace(box=spatial.parse_box(wanted.window))
    found = open_cases_in(
        session,
        place,
        group=wanted.group or None,
        before=_position(wanted.after),
        limit=A_PAGE + 1,
    )
    shown = found[:A_PAGE]
    last = shown[-1] if len(found) > A_PAGE else None
    following = paging.encode(last.created_at, last.id) if last else ""
    return area, [_line(session, each) for each in shown], following


def _position(cursor: str) -> tuple[datetime, int] | None:
    key = paging.decode(cursor, parts=2)
    if key is None:
        return None
    try:
        at, row_id = datetime.fromisoformat(str(key[0])), int(key[1])
    except (ValueError, TypeError):
        raise paging.bad_cursor() from None
    if at.tzinfo is None:
        raise paging.bad_cursor()
    return at, row_id


def _page(session: Session, request: Request, template: str, wanted: Asked) -> Response:
    area, lines, following = _lines(session, wanted)
    return show(
        request,
        template,
        wanted=wanted,
        area=area,
        lines=lines,
        following=following,
        feed_url=f"{settings().base_url}/map/feed.rss?{wanted.query(window='')}".rstrip("?"),
        groups={code: pair for code, (_, pair) in labels.GROUPS.items()},
        districts=_children(session, AreaKind.DISTRICT, ""),
        smaller=_smaller(session, wanted.area),
    )


def _children(session: Session, kind: AreaKind, prefix: str) -> list[tuple[str, str]]:
    found = area_names(session).items()
    return sorted(
        (code, name) for (known, code), name in found if known == kind and code.startswith(prefix)
    )


def _smaller(session: Session, key: str) -> list[tuple[str, str]]:
    """The streets of a district, the communities of a street: their codes begin with its own."""
    kind, _, code = key.partition(":")
    narrower = {
        "district": ("street", AreaKind.STREET),
        "street": ("community", AreaKind.COMMUNITY),
    }
    if kind not in narrower:
        return []
    name, area_kind = narrower[kind]
    return [(f"{name}:{each}", words) for each, words in _children(session, area_kind, code)]


@router.get("/map")
def open_map(session: Db, request: Request, wanted: Wanted) -> Response:
    """Map and list of what is in work, by area and kind."""
    return _page(session, request, "citizen/open_map.html", wanted)


@router.get("/map/list")
def lines(session: Db, request: Request, wanted: Wanted) -> Response:
    """The list alone: of the window that the map shows, or the next of it."""
    return _page(session, request, "citizen/lines.html", wanted)


@router.get("/map/feed.rss", response_class=Response)
def rss_feed(session: Db, request: Request, wanted: Wanted) -> Response:
    """The open cases of an area as RSS 2.0, for any reader of feeds."""
    return _feed(session, request, wanted, rss, "application/rss+xml")


@router.get("/map/feed", response_class=Response)
def atom_feed(session: Db, request: Request, wanted: Wanted) -> Response:
    """The same as Atom."""
    return _feed(session, request, wanted, atom, "application/atom+xml")


def _feed(
    session: Session, request: Request, wanted: Asked, write: Callable[..., bytes], kind: str
) -> Response:
    area = area_of(session, wanted.area)
    found = open_cases_in(session, area.place, group=wanted.group or None, limit=IN_A_FEED)
    language = language_of(request)
    entries = []
    for case in found:
        line = _line(session, case)
        what, stage = pick(language, line.what), pick(language, line.stage)
        place = f"{line.street} {line.community}".strip()
        entries.append(
            Entry(case.public_id, f"{what} · {stage}", place, case.created_at, case.stage_since)
        )
    title = pick(language, ("身边案件", "Open cases"))
    where = area.name or pick(language, ("全市", "the whole city"))
    content = write(f"{title} · {where}", query=wanted.query(), entries=entries, language=language)
    headers = {"Cache-Control": "public, max-age=300", "Vary": "Cookie, Accept-Language"}
    return Response(content, media_type=f"{kind}; charset=utf-8", headers=headers)
