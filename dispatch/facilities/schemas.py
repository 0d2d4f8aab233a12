"""Shapes of the citizens' map: facilities as GeoJSON, and the live report of a feed."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from dispatch.facilities.hours import is_live
from dispatch.facilities.navigation import links
from dispatch.facilities.queries import NearFacility
from dispatch.kit.places import from_own
from geo.crs import Crs


class NavigationOut(BaseModel):
    """Links that open a map app with the way there."""

    amap: str
    baidu: str
    tencent: str
    geo: str


class FacilityProperties(BaseModel):
    """What a citizen wants to know. `live`: the free spaces and the state are minutes old."""

    id: str
    kind: str
    name: str
    address: str
    distance_m: float
    open_now: bool | None
    opening_hours: str
    accessible: bool
    spaces_total: int | None
    spaces_free: int | None
    live: bool
    updated_at: datetime
    details: dict[str, Any]
    synthetic: bool
    navigation: NavigationOut


class PointGeometry(BaseModel):
    """A GeoJSON point: longitude, latitude, in the system asked for."""

    type: Literal["Point"] = "Point"
    coordinates: tuple[float, float]


class FacilityFeature(BaseModel):
    """One facility."""

    type: Literal["Feature"] = "Feature"
    id: str
    geometry: PointGeometry
    properties: FacilityProperties


class FacilityCollection(BaseModel):
    """Facilities, the nearest first; `crs` names the system of the coordinates."""

    type: Literal["FeatureCollection"] = "FeatureCollection"
    crs: Crs
    features: list[FacilityFeature]


class AvailabilityIn(BaseModel):
    """A live report of a parking lot or toilet at the instant `at`."""

    model_config = ConfigDict(extra="forbid")

    spaces_free: Annotated[int | None, Field(ge=0, le=100_000)] = None
    open_now: bool | None = None
    at: AwareDatetime

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.spaces_free is None and self.open_now is None:
            raise ValueError("spaces_free 与 open_now 至少填一项 / give spaces_free or open_now")
        return self


class AvailabilityOut(BaseModel):
    """What is stored now; `applied` is false when a newer report was already there."""

    id: str
    applied: bool
    spaces_total: int | None
    spaces_free: int | None
    open_now: bool | None
    at: datetime | None


def feature(found: NearFacility, *, out_crs: Crs, at: datetime) -> FacilityFeature:
    """One facility as GeoJSON, its coordinates in `out_crs`."""
    facility = found.facility
    x, y = from_own(found.longitude, found.latitude, out_crs)
    way = links(found.longitude, found.latitude, facility.name)
    return FacilityFeature(
        id=facility.code,
        geometry=PointGeometry(coordinates=(round(x, 7), round(y, 7))),
        properties=FacilityProperties(
            id=facility.code,
            kind=facility.kind,
            name=facility.name,
            address=facility.address,
            distance_m=round(found.distance_m, 1),
            open_now=found.open_now,
            opening_hours=facility.opening_hours,
            accessible=facility.accessible,
            spaces_total=facility.spaces_total,
            spaces_free=facility.spaces_free,
            live=is_live(facility, at=at),
            updated_at=facility.availability_at or facility.updated_at,
            details=facility.details,
            synthetic=facility.synthetic,
            navigation=NavigationOut(
                amap=way.amap, baidu=way.baidu, tencent=way.tencent, geo=way.geo
            ),
        ),
    )
