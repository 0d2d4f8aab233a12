"""The doors by which people report: citizens without a log-in, agents and inspectors with one."""

from dataclasses import replace
from typing import Annotated, Any, TypeVar

import orjson
from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from sqlalchemy.orm import Session
from starlette.datastructures import UploadFile

from dispatch.cases.commands import rate_report
from dispatch.cases.model import Channel
from dispatch.cases.photos import StoredPhoto, store_photo
from dispatch.intake.commands import receive
from dispatch.intake.follow import FollowOut, follow, report_for
from dispatch.intake.schemas import Receipt, Report
from dispatch.kit import clock
from dispatch.kit.errors import TooLarge, invalid
from dispatch.kit.http import Db
from dispatch.kit.images import Upload
from dispatch.people.http import require
from dispatch.people.model import Role
from dispatch.people.permissions import Permission
from dispatch.people.policy import Person
from geo.crs import Crs

router = APIRouter(tags=["reports"])

MOST_PHOTOS = 6
M = TypeVar("M", bound=BaseModel)
#: Channels that staff register for; an inspector's own is `inspector`.
STAFF_CHANNELS = frozenset(
    {Channel.PHONE, Channel.TRANSFER, Channel.MEDIA, Channel.APP, Channel.WEB, Channel.INSPECTOR}
)
Key = Annotated[
    str | None, Header(alias="Idempotency-Key", min_length=1, max_length=200, description="UUID")
]


class ReportIn(BaseModel):
    """What a person says. Longitude and latitude come together, in `crs` (default WGS-84)."""

    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True)

    description: str = Field(min_length=1, max_length=2000)
    category: str | None = Field(default=None, max_length=64)
    longitude: float | None = Field(default=None, ge=-180, le=180)
    latitude: float | None = Field(default=None, ge=-90, le=90)
    crs: Crs = Crs.WGS84
    address: str | None = Field(default=None, max_length=300)
    contact_name: str | None = Field(default=None, max_length=50)
    contact_phone: str | None = Field(default=None, max_length=20, pattern=r"^[0-9+() -]{5,20}$")

    @model_validator(mode="before")
    @classmethod
    def _empty_is_absent(cls, given: Any) -> Any:
        """A form sends every field; one left empty says nothing."""
        if isinstance(given, dict):
            return {name: value for name, value in given.items() if value not in ("", None)}
        return given

    @model_validator(mode="after")
    def _whole_point(self) -> "ReportIn":
        if (self.longitude is None) != (self.latitude is None):
            message = "longitude and latitude come together / 经度和纬度要一起填写"
            raise ValueError(message)
        return self


class StaffReportIn(ReportIn):
    """What an agent or inspector registers."""

    channel: Channel | None = None
    reporter: str | None = Field(default=None, max_length=50)
    on_behalf_of: str | None = Field(default=None, max_length=50)
    part_code: str | None = Field(default=None, max_length=32)
    condition: int | None = None
    handled_on_the_spot: bool = False


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


class Sent:
    """A body as it came: its fields, and its photos with the moment each shows."""

    def __init__(self, fields: dict[str, Any], photos: list[tuple[str, Upload]]) -> None:
        self.fields = fields
        self.photos = photos


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
    form = await request.form(max_files=2 * MOST_PHOTOS + 1, max_part_size=64 * 1024)
    photos = [
        (name, Upload(value.filename or "照片", await value.read()))
        for name, value in form.multi_items()
        if isinstance(value, UploadFile) and name in ("photos", "after_photos") and value.size
    ]
    if len(photos) > MOST_PHOTOS:
        raise TooLarge(
            "too_many_photos",
            f"最多 {MOST_PHOTOS} 张照片",
            f"At most {MOST_PHOTOS} photos",
        )
    fields = {name: value for name, value in form.items() if isinstance(value, str)}
    return Sent(fields, photos)


Body = Annotated[Sent, Depends(_sent)]


def _valid(shape: type[M], sent: Sent) -> M:
    try:
        return shape.model_validate(sent.fields)
    except ValidationError as error:
        raise RequestValidationError(
            [{**each, "loc": ("body", *each["loc"])} for each in error.errors(include_url=False)]
        ) from error


def _stored(session: Session, sent: Sent, *, by: Person | None) -> list[StoredPhoto]:
    now = clock.now()
    return [
        store_photo(
            session,
            upload.data,
            name=upload.name,
            kind="after" if name == "after_photos" else "before",
            by=by,
            at=now,
        )
        for name, upload in sent.photos
    ]


def _with_photos(report: Report, photos: list[StoredPhoto]) -> Report:
    """The photos, and the place of the first that has one when nobody gave a better."""
    if not photos:
        return report
    made = replace(report, photos=tuple(each.photo.id for each in photos))
    place = next((each.gps for each in photos if each.gps is not None), None)
    if place is None or report.longitude is not None:
        return made
    return replace(made, longitude=place[0], latitude=place[1], crs=Crs.WGS84)


_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": {"$ref": "#/components/schemas/ReportIn"}},
            "multipart/form-data": {
                "schema": {
                    "allOf": [
                        {"$ref": "#/components/schemas/ReportIn"},
                        {
                            "type": "object",
                            "properties": {
                                "photos": {
                                    "type": "array",
                                    "maxItems": MOST_PHOTOS,
                                    "items": {"type": "string", "format": "binary"},
                                }
                            },
                        },
                    ]
                }
            },
        },
    }
}


@router.post("/api/v1/reports", status_code=201, openapi_extra=_BODY)
def report(session: Db, sent: Body, response: Response, key: Key = None) -> ReceiptOut:
    """Report something. The same Idempotency-Key again is answered 200 with the same receipt."""
    given = _valid(ReportIn, sent)
    made = _with_photos(
        Report(
            channel=Channel.WEB,
            dedupe_key=key,
            payload=sent.fields,
            **given.model_dump(),
        ),
        _stored(session, sent, by=None),
    )
    return _answer(receive(session, made, at=clock.now()), response)


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


@router.post("/api/v1/cases", status_code=201, tags=["cases"])
def register_case(
    session: Db, person: Registrar, sent: Body, response: Response, key: Key = None
) -> ReceiptOut:
    """An agent registers what a caller says, an inspector what they see (or have mended)."""
    given = _valid(StaffReportIn, sent)
    channel = channel_for(person, given)
    fields = given.model_dump(exclude={"channel", "reporter", "condition"})
    if given.reporter and not given.contact_name:
        fields["contact_name"] = given.reporter
    made = _with_photos(
        Report(
            **{
                **fields,
                "channel": channel,
                "condition_id": given.condition,
                "source": f"user:{person.id}",
                "dedupe_key": key,
                "payload": sent.fields,
                "reported_by": person,
            }
        ),
        _stored(session, sent, by=person),
    )
    return _answer(receive(session, made, at=clock.now()), response)


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
