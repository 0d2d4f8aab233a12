"""The dry run of responsibility: which unit, by which rule, and which others were weighed."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from dispatch.catalogue.reference import catalogue
from dispatch.jurisdiction.reference import locate
from dispatch.kit import clock
from dispatch.kit.errors import invalid
from dispatch.kit.http import Db
from dispatch.parts.queries import part_by_code
from dispatch.people.http import require
from dispatch.people.permissions import Permission
from dispatch.people.policy import Person
from dispatch.routing.queries import Question, decide
from geo.crs import Crs, convert

router = APIRouter(prefix="/api/v1/routing", tags=["routing"])


class ExplainIn(BaseModel):
    """A category, a place, a part: at least a category or a part."""

    category: str | None = Field(default=None, max_length=64)
    longitude: float | None = Field(default=None, ge=-180, le=180)
    latitude: float | None = Field(default=None, ge=-90, le=90)
    crs: Crs = Crs.WGS84
    part_code: str | None = Field(default=None, max_length=32)


class UnitOut(BaseModel):
    """A department."""

    id: int
    name: str


class RivalOut(BaseModel):
    """A unit that came behind."""

    department: UnitOut
    method: str
    rule_id: int | None
    reason: str


class ExplainOut(BaseModel):
    """The answer; `department` null: a dispatcher decides."""

    department: UnitOut | None
    method: str
    rule_id: int | None
    part_code: str | None
    reason: str
    rivals: list[RivalOut]
    grid_code: str | None


@router.post("/explain")
def explain_routing(
    session: Db,
    body: ExplainIn,
    _person: Annotated[Person, Depends(require(Permission.ROUTING_EXPLAIN))],
) -> ExplainOut:
    """Who would get a case like this, and why. Nothing is stored."""
    known, category = catalogue(session), None
    if body.category is not None:
        category = known.find(body.category)
        if category is None:
            raise invalid(
                "category",
                f"没有类别 {body.category};请用 /api/v1/catalogue 中的代码",
                f"There is no category {body.category}; use a code from /api/v1/catalogue",
            )
    elif body.part_code is not None:
        part = part_by_code(session, body.part_code)
        category = known.by_id.get(part.category_id) if part else None
    lon = lat = location = None
    if body.longitude is not None and body.latitude is not None:
        lon, lat = convert(body.longitude, body.latitude, source=body.crs, target=Crs.CGCS2000)
        location = locate(session, lon, lat)
    decision = decide(
        session,
        Question(
            category=category,
            on=clock.now().astimezone(clock.CITY_ZONE).date(),
            longitude=lon,
            latitude=lat,
            location=location,
            part_code=body.part_code,
        ),
    )
    answer: dict[str, Any] = decision.as_json()
    return ExplainOut(**answer, grid_code=location.grid_code if location else None)
