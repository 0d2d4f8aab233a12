"""The dry run of responsibility: which unit, by which rule, and which others were weighed."""

from typing import Annotated, Any

from fastapi import Depends
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from dispatch.catalogue.reference import CategoryFacts, catalogue
from dispatch.jurisdiction.reference import locate
from dispatch.kit import clock
from dispatch.kit.errors import invalid
from dispatch.kit.http import Db
from dispatch.kit.routes import Router
from dispatch.parts.queries import part_by_code
from dispatch.people.http import require
from dispatch.people.permissions import Permission
from dispatch.people.policy import Person
from dispatch.routing.queries import Question, decide
from geo.crs import Crs, convert

router = Router(prefix="/api/v1/routing", tags=["routing"])


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
    lon = lat = location = None
    if body.longitude is not None and body.latitude is not None:
        lon, lat = convert(body.longitude, body.latitude, source=body.crs, target=Crs.CGCS2000)
        location = locate(session, lon, lat)
    elif body.longitude is not None or body.latitude is not None:
        raise invalid("latitude", "经度和纬度要一起填写", "Give longitude and latitude together")
    decision = decide(
        session,
        Question(
            category=_category(session, body),
            on=clock.now().astimezone(clock.CITY_ZONE).date(),
            longitude=lon,
            latitude=lat,
            location=location,
            part_code=body.part_code,
        ),
    )
    answer: dict[str, Any] = decision.as_json()
    return ExplainOut(**answer, grid_code=location.grid_code if location else None)


def _category(session: Session, body: ExplainIn) -> CategoryFacts | None:
    """The category named, else that of the part; InvalidInput for names of nothing."""
    known = catalogue(session)
    part = part_by_code(session, body.part_code) if body.part_code else None
    if body.part_code and part is None:
        raise invalid(
            "part_code",
            f"部件库中没有 {body.part_code},请核对 16 位部件编码",
            f"There is no part {body.part_code}; check its 16 characters",
        )
    if body.category is None:
        if part is None:
            raise invalid("category", "请填写类别或部件编码", "Give a category or a part code")
        return known.by_id[part.category_id]
    category = known.find(body.category)
    if category is None:
        raise invalid(
            "category",
            f"没有类别 {body.category};请用 /api/v1/catalogue 中的代码",
            f"There is no category {body.category}; use a code from /api/v1/catalogue",
        )
    return category
