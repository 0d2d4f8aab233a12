"""The doors by which people report: citizens without a log-in, agents and inspectors with one."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any, TypeVar
from uuid import UUID

import orjson
from fastapi import Depends, Header, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field, ValidationError
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from starlette.datastructures import UploadFile

from dispatch.cases.commands import rate_report
from dispatch.cases.model import Case, Channel, Photo, PhotoKind
from dispatch.cases.photos import StoredPhoto, store_photo
from dispatch.cases.placing import point_of
from dispatch.cases.states import STAGE_LABELS, Stage
from dispatch.catalogue.reference import catalogue
from dispatch.intake.commands import receive
from dispatch.intake.commands.understand import condition_of
from dispatch.intake.follow import FollowOut, follow, report_for
from dispatch.intake.queries import Likely, likely_duplicates, message_by_key
from dispatch.intake.schemas import Receipt, Report, ReportIn, StaffReportIn
from dispatch.kit import clock
from dispatch.kit.errors import TooLarge, invalid
from dispatch.kit.http import Db
from dispatch.kit.images import Upload
from dispatch.kit.routes import Router
from dispatch.people.http import require
from dispatch.people.model import Role
from dispatch.people.permissions import Permission
from dispatch.people.policy import Person
from geo.crs import Crs

__all__ = ["STAFF_CHANNELS", "RatingIn", "ReportIn", "StaffReportIn", "channel_for", "router"]

router = Router(tags=["reports"])

MOST_PHOTOS = 6
#: The fields that photos come in, and the moment that each shows.
_MOMENTS = {"photos": PhotoKind.BEFORE, "after_photos": PhotoKind.AFTER}
M = TypeVar("M", bound=BaseModel)
#: Channels that staff register for; an inspector's own is `inspector`.
STAFF_CHANNELS = frozenset(
    {Channel.PHONE, Channel.TRANSFER, Channel.MEDIA, Channel.APP, Channel.WEB, Channel.INSPECTOR}
)
Key = Annotated[
    str | None, Header(alias="Idempotency-Key", min_length=1, max_length=200, description="UUID")
]


class ReceiptOut(BaseModel):
    """The answer to a report. `duplicate_of` is the id of the case that it was linked to."""

    id: str
    number: str
    token: str
    stage: str
    grid_code: str | None
    duplicate_of: str | None
    duplicate_of_number: str | None
    track_url: str
    review_reason: str | None


class RatingIn(BaseModel):
    """How content the reporter is, and whether it is really mended."""

    token: str = Field(max_length=64)
    score: int = Field(ge=1, le=5)
    fixed: bool
    comment: str | None = Field(default=None, max_length=500)


@dataclass(frozen=True)
class Sent:
    """A body as it came: its fields, and its photos with the field that each came in."""

    fields: dict[str, Any]
    photos: list[tuple[str, Upload]]

    @property
    def payload(self) -> dict[str, Any]:
        """What is kept of it: the photos as digests, so that other photos are another content."""
        digests = [hashlib.sha256(upload.data).hexdigest() for _, upload in self.photos]
        return {**self.fields, "photos_sha256": digests} if digests else self.fields


async def _sent(request: Request) -> Sent:
    """JSON, or a form with photos."""
    kind = request.headers.get("content-type", "")
    if not kind.startswith(("multipart/form-data", "application/x-www-form-urlencoded")):
        try:
            fields = orjson.loads(await request.body())
        except orjson.JSONDecodeError:
            fields = None
        if not isinstance(fields, dict):
            raise invalid(
                "body",
                "内容应为 JSON 对象或表单",
                "The body must be a JSON object or a form",
                code="invalid_body",
            )
        return Sent(fields, [])
    async with request.form(max_files=2 * MOST_PHOTOS + 1, max_part_size=64 * 1024) as form:
        photos = [
            (name, Upload(value.filename or "照片", await value.read()))
            for name, value in form.multi_items()
            if isinstance(value, UploadFile) and name in _MOMENTS and value.size
        ]
        fields = {name: value for name, value in form.items() if isinstance(value, str)}
    if len(photos) > MOST_PHOTOS:
        raise TooLarge(
            "too_many_photos",
            f"最多 {MOST_PHOTOS} 张照片",
            f"At most {MOST_PHOTOS} photos",
        )
    return Sent(fields, photos)


Body = Annotated[Sent, Depends(_sent)]


def _valid(shape: type[M], sent: Sent) -> M:
    try:
        return shape.model_validate(sent.fields)
    except ValidationError as error:
        raise RequestValidationError(
            [{**each, "loc": ("body", *each["loc"])} for each in error.errors(include_url=False)]
        ) from error


def _stored(session: Session, sent: Sent, *, by: Person | None, at: datetime) -> list[StoredPhoto]:
    return [
        store_photo(session, upload.data, name=upload.name, kind=_MOMENTS[name], by=by, at=at)
        for name, upload in sent.photos
    ]


def _with_photos(report: Report, photos: list[StoredPhoto]) -> Report:
    """The photos, and the place of the first that has one when nobody gave a better."""
    made = replace(report, photos=(*report.photos, *(each.photo.id for each in photos)))
    place = next((each.gps for each in photos if each.gps is not None), None)
    if place is None or report.longitude is not None:
        return made
    lon, lat = place
    return replace(made, longitude=lon, latitude=lat, crs=Crs.WGS84, place_source="photo")


def _described(shape: type[BaseModel], *fields: str) -> dict[str, Any]:
    """For the OpenAPI document: a body that is JSON, or a form with photos in these fields."""
    ref = {"$ref": f"#/components/schemas/{shape.__name__}"}
    file = {"type": "string", "format": "binary"}
    photos = {"type": "array", "maxItems": MOST_PHOTOS, "items": file}
    form = {"allOf": [ref, {"type": "object", "properties": dict.fromkeys(fields, photos)}]}
    content = {"application/json": {"schema": ref}, "multipart/form-data": {"schema": form}}
    return {"requestBody": {"required": True, "content": content}}


@router.post("/api/v1/reports", status_code=201, openapi_extra=_described(ReportIn, "photos"))
def report(sent: Body, session: Db, response: Response, key: Key = None) -> ReceiptOut:
    """Report something. The same Idempotency-Key again is answered 200 with the same receipt."""
    given, now = _valid(ReportIn, sent), clock.now()
    made = given.report(channel=Channel.WEB, dedupe_key=key, payload=sent.payload)
    made = _with_photos(made, _stored(session, sent, by=None, at=now))
    return _answer(receive(session, made, at=now), response)


def _answer(receipt: Receipt, response: Response) -> ReceiptOut:
    response.status_code = 200 if receipt.repeated else 201
    return ReceiptOut(**receipt.as_json())


@router.get("/api/v1/reports/{report_id}")
def show_report(
    session: Db, report_id: str, token: Annotated[str, Query(max_length=64)]
) -> FollowOut:
    """What the reporter may see of it."""
    return follow(session, report_for(session, report_id, token), at=clock.now())


@router.post("/api/v1/reports/{report_id}/rating")
def rate(session: Db, report_id: str, body: RatingIn) -> FollowOut:
    """Rate it once after closing; `fixed: false` reopens it within the city's number of days."""
    now = clock.now()
    found = report_for(session, report_id, body.token)
    rate_report(session, found, score=body.score, fixed=body.fixed, comment=body.comment, at=now)
    return follow(session, found, at=now)


Registrar = Annotated[Person, Depends(require(Permission.CASES_REGISTER))]


@router.post(
    "/api/v1/cases",
    status_code=201,
    tags=["cases"],
    openapi_extra=_described(StaffReportIn, *_MOMENTS),
)
def register_case(
    person: Registrar, sent: Body, session: Db, response: Response, key: Key = None
) -> ReceiptOut:
    """An agent registers what a caller says, an inspector what they see (or have mended)."""
    given, now = _valid(StaffReportIn, sent), clock.now()
    channel, source = channel_for(person, given), f"user:{person.id}"
    if not _is_known(session, channel, source, key):
        _require_own(session, given.photos, person)
    made = given.report(
        channel=channel,
        condition_id=condition_of(session, given),
        source=source,
        dedupe_key=key,
        payload=sent.payload,
        reported_by=person,
    )
    made = _with_photos(made, _stored(session, sent, by=person, at=now))
    return _answer(receive(session, made, at=now), response)


def _is_known(session: Session, channel: Channel, source: str, key: str | None) -> bool:
    """Whether this message was taken in before: then its photos belong to its case by now."""
    return key is not None and (
        message_by_key(session, channel=channel, source=source, dedupe_key=key) is not None
    )


def _require_own(session: Session, photos: list[UUID], person: Person) -> None:
    """Only photos that this person gave and that no case has taken yet."""
    asked = select(func.count()).where(
        Photo.id.in_(photos), Photo.by_id == person.id, Photo.case_id.is_(None)
    )
    if photos and session.scalar(asked) != len(set(photos)):
        raise invalid(
            "photos",
            "照片编号不存在或已用于其他案件,请重新上传",
            "Some photo ids do not exist or belong to another case; upload them again",
        )


class LikelyOut(BaseModel):
    """A case that may be the same thing; `distance_m` from the place asked about."""

    id: str
    number: str
    stage: Stage
    stage_label: str
    description: str
    distance_m: float
    created_at: datetime


class LikelyListOut(BaseModel):
    """Cases that a report like this would be compared with, the nearest first."""

    items: list[LikelyOut]


@router.get("/api/v1/duplicates", tags=["cases"])
def likely_cases(
    session: Db,
    _person: Registrar,
    category: Annotated[str, Query(max_length=64)],
    longitude: Annotated[float, Query(ge=-180, le=180)],
    latitude: Annotated[float, Query(ge=-90, le=90)],
    crs: Crs = Crs.WGS84,
) -> LikelyListOut:
    """Open cases of this class near this place: for somebody who is about to register another."""
    known = catalogue(session).find(category)
    if known is None:
        raise invalid(
            "category",
            f"没有类别 {category};请用 /api/v1/catalogue 中的代码",
            f"There is no category {category}; use a code from /api/v1/catalogue",
        )
    point = point_of(session, longitude, latitude, crs)
    found = likely_duplicates(
        session,
        category=known,
        longitude=point.longitude,
        latitude=point.latitude,
        at=clock.now(),
    )
    return LikelyListOut(items=[_likely_out(session, each) for each in found])


def _likely_out(session: Session, likely: Likely) -> LikelyOut:
    case = session.get_one(Case, likely.case_id)
    stage = Stage(case.stage)
    return LikelyOut(
        id=case.public_id,
        number=case.number,
        stage=stage,
        stage_label=STAGE_LABELS[stage][0],
        description=case.description,
        distance_m=round(likely.distance_m, 1),
        created_at=case.created_at,
    )


def channel_for(person: Person, given: StaffReportIn) -> Channel:
    """The channel that a person of the staff registers for; InvalidInput when it is not theirs."""
    own = Channel.PHONE if person.has(Role.AGENT, Role.SHIFT_LEADER) else Channel.INSPECTOR
    channel = given.channel or own
    if channel not in STAFF_CHANNELS or (own is Channel.INSPECTOR and channel is not own):
        raise invalid(
            "channel",
            "该渠道不能由您登记",
            "You may not register reports of this channel",
        )
    if given.handled_on_the_spot and not person.has(Role.INSPECTOR):
        raise invalid(
            "handled_on_the_spot",
            "只有巡查员可以登记自行处置",
            "Only an inspector handles on the spot",
        )
    return channel
