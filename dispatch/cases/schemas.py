"""Shapes of a case for those who ask: the case, its history, its route, and the bodies of the deeds."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from dispatch.cases.deadlines import Light
from dispatch.cases.states import Stage, Verb


class CategoryOut(BaseModel):
    """A minor class; `group` is the sign 井/杆/线 … in English."""

    scheme: str
    code: str
    name: str
    name_en: str
    group: str
    source: str | None = Field(description="given, suggested or part")
    confidence: float | None
    reason: str | None = Field(description="the words or the part that led to it")


class ConditionOut(BaseModel):
    """The filing condition."""

    id: int
    text: str
    text_en: str
    key: str | None
    closing: str
    closing_en: str


class DepartmentOut(BaseModel):
    """A unit, by the name it bears now; `name_en` is empty where nobody has given one."""

    id: int
    name: str
    name_en: str = ""


class WorkerOut(BaseModel):
    """A crew or a person of the unit."""

    id: int
    name: str


class PlaceOut(BaseModel):
    """One description of the place, as given."""

    text: str | None
    source: str
    longitude: float | None
    latitude: float | None
    crs: str | None


class PhotoOut(BaseModel):
    """A photo: before, during or after."""

    id: UUID
    kind: str
    url: str
    thumbnail_url: str
    at: datetime


class ForeignOut(BaseModel):
    """The number under which another platform knows the case."""

    source: str
    number: str


class CaseOut(BaseModel):
    """A case. Longitude and latitude are WGS-84/CGCS2000 degrees; `community` … are names."""

    id: str
    number: str
    version: int
    stage: Stage
    stage_label: str
    stage_label_en: str
    stage_due_at: datetime | None
    stage_warned_at: datetime | None = Field(description="since when the stage's light is yellow")
    channel: str
    description: str
    review_reason: str | None
    places: list[PlaceOut]
    foreign_numbers: list[ForeignOut]
    longitude: float | None
    latitude: float | None
    grid_code: str | None
    working_grid: str | None
    community: str | None
    street: str | None
    district: str | None
    district_code: str | None
    category: CategoryOut | None
    condition: ConditionOut | None
    severity: str
    hazard: bool
    part_code: str | None
    department: DepartmentOut | None
    assisting: list[DepartmentOut]
    crew: WorkerOut | None = Field(description="the crew that the unit gave it to")
    assignee: WorkerOut | None = Field(description="the person that the unit gave it to")
    acknowledged_at: datetime | None
    assigned_at: datetime | None
    started_at: datetime | None
    settled_at: datetime | None = Field(description="since when a ruling binds the unit")
    due_at: datetime | None
    warn_at: datetime | None
    light: Light
    made_safe_at: datetime | None
    suspended_until: datetime | None
    open_requests: list[str]
    return_count: int
    rework_count: int
    urge_count: int
    duplicate_of: str | None
    reporters_count: int
    result: str | None
    outcome: str | None
    rating: int | None
    allowed: list[Verb]
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None


class HistoryOut(BaseModel):
    """A row of the history: who did what when, from where to where, why, and what it changed."""

    version: int
    at: datetime
    verb: str
    verb_label: str
    actor: str
    role: str
    from_stage: str | None
    to_stage: str
    note: str | None
    changes: dict[str, Any]


class RivalOut(BaseModel):
    """A unit that was weighed and came behind."""

    department: DepartmentOut
    method: str
    rule_id: int | None
    reason: str


class AssignmentOut(BaseModel):
    """A link of the transfer chain: the unit, why it was chosen, and how that ended."""

    id: int
    department: DepartmentOut
    leads: bool
    method: str
    rule_id: int | None
    part_code: str | None
    reason: str
    rivals: list[RivalOut]
    by: str
    at: datetime
    ended_at: datetime | None
    end_verb: str | None
    end_reason: str | None


class RouteOut(BaseModel):
    """Every unit that has or had the case, in order."""

    items: list[AssignmentOut]


class ReporterOut(BaseModel):
    """Who reported; masked unless it was asked for and the role needs it."""

    name: str | None
    phone: str | None
    on_behalf_of: str | None
    channel: str
    at: datetime
    masked: bool


class DeedBody(BaseModel):
    """The body of any deed; which fields it needs stands in the table of states."""

    model_config = ConfigDict(extra="forbid")

    note: str | None = Field(default=None, max_length=2000)
    expected_version: int | None = Field(
        default=None, ge=1, description="409 stale_version if somebody was faster"
    )
    reason: str | None = Field(default=None, max_length=2000)
    category: str | int | None = None
    condition: str | int | None = None
    severity: Literal["urgent", "normal"] | None = None
    department: str | int | None = None
    assisting: list[str | int] | None = Field(default=None, max_length=8)
    ruling: str | None = Field(
        default=None, max_length=2000, description="why this unit is responsible, for good"
    )
    reason_code: str | None = Field(default=None, max_length=64)
    crew: str | int | None = Field(default=None, description="id or name of a crew of the unit")
    assignee: str | int | None = Field(default=None, description="id or user name of a person")
    of: str | None = Field(default=None, max_length=64, description="number or id of the case")
    until: datetime | None = None
    result: str | None = Field(default=None, max_length=2000)
    passed: bool | None = None
    confirmed: bool | None = None
    granted: bool | None = None
    outcome: Literal["fixed", "not_fixed", "not_found", "other"] | None = None
    text: str | None = Field(default=None, max_length=2000)
    photos: list[UUID] | None = Field(default=None, max_length=6)
    before_photos: list[UUID] | None = Field(default=None, max_length=6)
    during_photos: list[UUID] | None = Field(default=None, max_length=6)
    description: str | None = Field(default=None, min_length=1, max_length=2000)
    address: str | None = Field(default=None, max_length=300)
    part_code: str | None = Field(default=None, max_length=32)
    foreign_number: str | None = Field(default=None, max_length=64)
    foreign_source: str | None = Field(default=None, max_length=64)
    longitude: float | None = Field(default=None, ge=-180, le=180)
    latitude: float | None = Field(default=None, ge=-90, le=90)
    crs: Literal["wgs84", "cgcs2000", "gcj02", "bd09"] | None = None
