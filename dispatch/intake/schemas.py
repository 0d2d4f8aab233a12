"""A report before it is a case, in one shape for every channel, and what its sender gets back."""

from dataclasses import dataclass, field
from typing import Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from dispatch.cases.model import Channel
from dispatch.kit.db import Json
from dispatch.people.policy import Person
from geo.crs import Crs

#: Channels on which a machine speaks: it can be told to mend its message, a person must not be.
MACHINES = frozenset({Channel.CAMERA})
#: The platform behind a channel, where a report names none.
_PLATFORMS = {Channel.TRANSFER: "12345", Channel.MEDIA: "媒体"}


@dataclass(frozen=True)
class Report:
    """What somebody or something reports. Longitude and latitude are degrees in `crs`.

    `category` is a code or name as given; `confidence` is a machine's own, from 0 to 1.
    `dedupe_key` names the message within (channel, source): the same one again is answered again,
    not stored again. `payload` and `raw` are the message as it came. `place_source` says who gave the
    place: the reporter, or their photo. `same_as` is the case (id or number) that somebody has looked at
    and said this is; `stands_alone`: they looked and it is none of those that are there.
    `foreign_number` is what another platform calls it (`foreign_source`; empty: the channel's own).
    """

    channel: Channel
    description: str
    longitude: float | None = None
    latitude: float | None = None
    crs: Crs = Crs.WGS84
    address: str | None = None
    place_source: str = "reporter"
    category: str | None = None
    condition_id: int | None = None
    part_code: str | None = None
    confidence: float | None = None
    contact_name: str | None = None
    contact_phone: str | None = None
    openid: str | None = None
    on_behalf_of: str | None = None
    photos: tuple[UUID, ...] = ()
    source: str = ""
    dedupe_key: str | None = None
    payload: Json = field(default_factory=dict)
    raw: bytes | None = None
    reported_by: Person | None = None
    handled_on_the_spot: bool = False
    review_reason: str | None = None
    same_as: str | None = None
    stands_alone: bool = False
    foreign_number: str | None = None
    foreign_source: str = ""

    @property
    def by_machine(self) -> bool:
        """Whether a machine sent it."""
        return self.channel in MACHINES

    @property
    def platform(self) -> str:
        """Whose number the foreign one is."""
        return self.foreign_source or _PLATFORMS.get(self.channel, self.channel)


@dataclass(frozen=True)
class Receipt:
    """The answer: the case's ids, the token that opens it to its reporter, and where it stands."""

    id: str
    number: str
    token: str
    stage: str
    grid_code: str | None
    duplicate_of: str | None
    duplicate_of_number: str | None
    track_url: str
    case_id: int
    repeated: bool = False
    review_reason: str | None = None

    def as_json(self) -> Json:
        """The public part of it."""
        return {
            "id": self.id,
            "number": self.number,
            "token": self.token,
            "stage": self.stage,
            "grid_code": self.grid_code,
            "duplicate_of": self.duplicate_of,
            "duplicate_of_number": self.duplicate_of_number,
            "track_url": self.track_url,
            "review_reason": self.review_reason,
        }


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
    def _whole_point(self) -> Self:
        if (self.longitude is None) != (self.latitude is None):
            lacking = "latitude" if self.latitude is None else "longitude"
            kind = PydanticCustomError("half_point", "longitude and latitude come together")
            details = InitErrorDetails(type=kind, loc=(lacking,), input=None)
            raise ValidationError.from_exception_data(type(self).__name__, [details])
        return self

    def report(self, **more: Any) -> Report:
        """The report that this says, with what only the door knows (channel, payload, …)."""
        return Report(**{**self.model_dump(), **more})


class StaffReportIn(ReportIn):
    """What an agent or inspector registers; `photos` are ids of photos that they gave before."""

    channel: Channel | None = None
    reporter: str | None = Field(default=None, max_length=50)
    on_behalf_of: str | None = Field(default=None, max_length=50)
    part_code: str | None = Field(default=None, max_length=32)
    condition: int | str | None = None
    handled_on_the_spot: bool = False
    foreign_number: str | None = Field(
        default=None, max_length=64, description="the number that another platform gave it"
    )
    foreign_source: str = Field(
        default="", max_length=64, description="which platform; empty: the channel's own"
    )
    photos: list[UUID] = Field(default=[], max_length=6)

    def report(self, **more: Any) -> Report:
        """The report; the caller is its contact unless somebody else is named."""
        said = self.model_dump(exclude={"channel", "reporter", "condition"})
        said["contact_name"] = self.contact_name or self.reporter
        said["photos"] = tuple(self.photos)
        return Report(**{**said, **more})
