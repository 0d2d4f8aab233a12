"""Shapes of the place look-ups: where a point lies, and what an address may mean."""

from dataclasses import asdict
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field

from dispatch.jurisdiction.reference import Location
from dispatch.kit.places import Place

MOST_POINTS = 10_000


class LocationOut(BaseModel):
    """The unit grid of a place and all it belongs to, by name and by code."""

    grid_code: str
    working_grid: str
    community: str
    community_code: str
    street: str
    street_code: str
    district: str
    district_code: str
    virtual_district: str | None
    virtual_district_code: str | None

    @classmethod
    def of(cls, location: Location) -> Self:
        """The shape of a location."""
        return cls(**asdict(location))


class PointsIn(BaseModel):
    """Many places at once."""

    model_config = ConfigDict(extra="forbid")

    points: Annotated[list[Place], Field(min_length=1, max_length=MOST_POINTS)]


class LocationsOut(BaseModel):
    """Where each lies, in the order given; null outside the city."""

    items: list[LocationOut | None]


class CandidateOut(BaseModel):
    """A place that an address may mean; the true spot lies within `radius_m` as far as the words tell."""

    text: str
    kind: str
    longitude: float
    latitude: float
    radius_m: float
    confidence: float
    grid_code: str | None
    explanation: str
    recognised: list[dict[str, Any]]
    unrecognised: list[str]
    rivals: list[dict[str, Any]]


class GeocodingOut(BaseModel):
    """Candidates, the best first; `verdict` says whether the best may be used without a person's eye."""

    query: str
    verdict: str
    items: list[CandidateOut]
