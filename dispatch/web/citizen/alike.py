"""Is it one of these? How a report is understood, and the open cases nearby that may be the same thing."""

import io
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from fastapi import Request
from fastapi.responses import Response
from PIL import Image
from pydantic import ValidationError

from dispatch.cases.queries import report_by_public_id
from dispatch.cases.queries.public import first_photos
from dispatch.cases.states import OPEN
from dispatch.catalogue.reference import CategoryFacts, city_setting
from dispatch.intake.alike import Alike, Understood, understand
from dispatch.intake.tokens import alike_ticket, case_of_ticket
from dispatch.kit import clock
from dispatch.kit.errors import NotAllowed, NotFound
from dispatch.kit.files import media
from dispatch.kit.http import Db
from dispatch.kit.routes import Router
from dispatch.web.citizen.drafts import FIELDS, report_of
from dispatch.web.citizen.promise import limit_words
from dispatch.web.parts.drafts import draft_of
from dispatch.web.parts.forms import Form, Token, is_ours
from dispatch.web.parts.page import show

router = Router(include_in_schema=False)

Pair = tuple[str, str]
#: So small that neither a face nor a number plate can be read.
SIDE: Final = 176


@dataclass(frozen=True)
class Card:
    """A case that is offered: what, how far, since when, at which stage."""

    ticket: str
    what: Pair
    stage: Pair
    metres: int
    since: datetime
    reporters: int
    has_photo: bool


@dataclass(frozen=True)
class Question:
    """What is asked before a report is sent."""

    category: Pair | None
    condition: str | None
    limit: Pair | None
    rivals: tuple[tuple[str, Pair], ...]
    alike: tuple[Card, ...]
    has_place: bool


#: What a stage means to somebody who looks whether a thing is known already.
STANDING: Final[dict[str, Pair]] = {
    "reported": ("已收到，正在受理", "received"),
    "verifying": ("正在现场核实", "being looked at on the spot"),
    "accepted": ("已受理", "accepted"),
    "filed": ("正在派给责任单位", "being given to the unit in charge"),
    "dispatched": ("责任单位处理中", "being worked on"),
    "suspended": ("暂缓处理", "put off for now"),
    "handled": ("已处理，待核查", "done, to be checked"),
    "checked": ("已处理，待结案", "done, to be closed"),
}


def names(category: CategoryFacts) -> Pair:
    """A class in both languages."""
    return category.name, category.name_en or category.name


def _card(found: Alike) -> Card:
    return Card(
        ticket=alike_ticket(found.public_id, at=clock.now()),
        what=names(found.category) if found.category else ("城市管理问题", "a matter of the city"),
        stage=STANDING[found.stage],
        metres=max(1, round(found.distance_m)),
        since=found.created_at,
        reporters=found.reporters,
        has_photo=found.has_photo,
    )


def question_of(found: Understood) -> Question:
    """What the visitor is asked about their report."""
    category, condition = found.classed.category, found.condition
    return Question(
        category=names(category) if category else None,
        condition=condition.text if condition else None,
        limit=limit_words(condition.limit_value, condition.limit_unit) if condition else None,
        rivals=tuple((f"{each.scheme}:{each.code}", names(each)) for each in found.rivals),
        alike=tuple(map(_card, found.alike)),
        has_place=found.placed.longitude is not None,
    )


@router.post("/report/alike")
def alike(session: Db, request: Request, posted: Form, token: Token) -> Response:
    """The third question, for what was typed so far; nothing is stored."""
    if not is_ours(posted, token):
        raise NotAllowed("form_too_old", "页面已过期，请刷新", "The page is too old: load it again")
    draft = draft_of(posted, FIELDS)
    try:
        found = understand(session, report_of(draft), at=clock.now())
    except ValidationError:
        question = None
    else:
        question = question_of(found)
    return show(
        request,
        "citizen/question.html",
        headers={"Cache-Control": "no-store"},
        question=question,
        draft=draft,
    )


@router.get("/report/alike/{ticket}.jpg", response_class=Response)
def picture(session: Db, ticket: str) -> Response:
    """The picture of a case that was offered, while it is open: a stamp, no more."""
    public_id = case_of_ticket(ticket, at=clock.now())
    found = report_by_public_id(session, public_id) if public_id else None
    shown = found is not None and found.stage in OPEN and city_setting(session, "public_photos", 1)
    photos = first_photos(session, [found.id]) if found is not None and shown else {}
    if found is None or found.id not in photos:
        raise NotFound("no_such_photo", "没有这张照片", "There is no such photo")
    stamp = _stamp(media().get(photos[found.id].thumbnail_key))
    return Response(
        stamp, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=3600"}
    )


def _stamp(jpeg: bytes) -> bytes:
    with Image.open(io.BytesIO(jpeg), formats=["JPEG"]) as opened:
        opened.thumbnail((SIDE, SIDE))
        stream = io.BytesIO()
        opened.convert("RGB").save(stream, "JPEG", quality=70)
    return stream.getvalue()
