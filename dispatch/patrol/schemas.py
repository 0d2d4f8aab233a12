"""Shapes of patrols: consent, shifts, points and what a leader sees of the team."""

from datetime import date, datetime
from typing import Self

from pydantic import AwareDatetime, BaseModel, Field

from dispatch.patrol.model import Fix, Shift
from dispatch.patrol.queries import GridCoverage, Member, Spot


class FixIn(BaseModel):
    """Where the phone was when; WGS-84 degrees, accuracy as the radius in metres."""

    at: AwareDatetime
    longitude: float = Field(ge=-180, le=180)
    latitude: float = Field(ge=-90, le=90)
    accuracy_m: float = Field(ge=0, le=100_000)

    def fix(self) -> Fix:
        """The same as the deeds take it."""
        return Fix(self.at, self.longitude, self.latitude, self.accuracy_m)


class TurnIn(BaseModel):
    """Signing in or out: when the person did it on the phone, and where if the phone knew."""

    at: AwareDatetime
    longitude: float | None = Field(default=None, ge=-180, le=180)
    latitude: float | None = Field(default=None, ge=-90, le=90)
    accuracy_m: float | None = Field(default=None, ge=0, le=100_000)

    def fix(self) -> Fix | None:
        """The place, if there is a whole one."""
        if self.longitude is None or self.latitude is None:
            return None
        return Fix(self.at, self.longitude, self.latitude, self.accuracy_m or 0.0)


class PointsIn(BaseModel):
    """A batch of the track."""

    points: list[FixIn] = Field(min_length=1, max_length=500)


class KeptOut(BaseModel):
    """How many were kept, and how many not, by reason."""

    stored: int
    refused: dict[str, int]


class ConsentIn(BaseModel):
    """The version of the text that was read and agreed to."""

    version: int = Field(ge=1)


class ConsentTextOut(BaseModel):
    """A version of the text."""

    version: int
    zh: str
    en: str


class ShiftOut(BaseModel):
    """A turn of duty; `ending` is person or clock."""

    id: int
    started_at: datetime
    ended_at: datetime | None
    ending: str | None

    @classmethod
    def of(cls, shift: Shift) -> Self:
        """The shape of a shift."""
        return cls(
            id=shift.id,
            started_at=shift.started_at,
            ended_at=shift.ended_at,
            ending=shift.ending,
        )


class RulesOut(BaseModel):
    """The city's rules that the phone follows."""

    point_seconds: int
    point_metres: int
    accuracy_m: int
    keep_days: int
    walk_kmh: float
    ebike_kmh: float
    minutes_at_task: int


class PatrolOut(BaseModel):
    """How the person stands: consent, shift, whether tracks may be kept now, and the rules."""

    text: ConsentTextOut | None
    consent_version: int | None
    consent_given_at: datetime | None
    shift: ShiftOut | None
    working_time: bool
    rules: RulesOut


class SpotOut(BaseModel):
    """A point of a track."""

    at: datetime
    longitude: float
    latitude: float
    accuracy_m: float
    grid_code: str | None

    @classmethod
    def of(cls, spot: Spot) -> Self:
        """The shape of a point."""
        return cls(
            at=spot.at,
            longitude=round(spot.longitude, 6),
            latitude=round(spot.latitude, 6),
            accuracy_m=round(spot.accuracy_m, 1),
            grid_code=spot.grid_code,
        )


class TrackOut(BaseModel):
    """A day's track of one inspector."""

    user_id: int
    name: str
    day: date
    points: list[SpotOut]


class MemberOut(BaseModel):
    """An inspector as the leader sees them."""

    user_id: int
    name: str
    working_grids: list[str]
    on_shift_since: datetime | None
    signed_out_at: datetime | None
    consents: bool
    last: SpotOut | None
    covered: int
    grids: int

    @classmethod
    def of(cls, member: Member) -> Self:
        """The shape of a member of the team."""
        return cls(
            user_id=member.user_id,
            name=member.name,
            working_grids=list(member.working_grids),
            on_shift_since=member.on_shift_since,
            signed_out_at=member.signed_out_at,
            consents=member.consents,
            last=SpotOut.of(member.last) if member.last else None,
            covered=member.covered,
            grids=member.grids,
        )


class TeamOut(BaseModel):
    """Everybody that the person answers for."""

    day: date
    items: list[MemberOut]


class GridCoverageOut(BaseModel):
    """How a unit grid was covered."""

    grid_code: str
    working_grid: str
    people: int
    days: int
    last_at: datetime

    @classmethod
    def of(cls, row: GridCoverage) -> Self:
        """The shape of it."""
        return cls(
            grid_code=row.grid_code,
            working_grid=row.working_grid,
            people=row.people,
            days=row.days,
            last_at=row.last_at,
        )


class CoverageOut(BaseModel):
    """The unit grids that were covered, and how many each working grid has."""

    first: date
    last: date
    sizes: dict[str, int]
    items: list[GridCoverageOut]
