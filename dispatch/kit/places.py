"""Coordinates as people and machines send them: named, with their system, turned into the platform's own."""

from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from geo.crs import Crs, convert

LONGITUDE = Field(ge=-180, le=180, allow_inf_nan=False, description="经度,度 / degrees east")
LATITUDE = Field(ge=-90, le=90, allow_inf_nan=False, description="纬度,度 / degrees north")

Longitude = Annotated[float, LONGITUDE]
Latitude = Annotated[float, LATITUDE]
LongitudeQuery = Annotated[float, Query(), LONGITUDE]
LatitudeQuery = Annotated[float, Query(), LATITUDE]
CrsQuery = Annotated[Crs, Query(description="坐标系 / coordinate system of longitude and latitude")]


class Place(BaseModel):
    """A point with its coordinate system."""

    model_config = ConfigDict(extra="forbid")

    longitude: Longitude
    latitude: Latitude
    crs: Crs = Crs.WGS84


def to_own(lon: float, lat: float, crs: Crs) -> tuple[float, float]:
    """WGS-84/CGCS2000 degrees of a place given in `crs`."""
    return convert(lon, lat, source=crs, target=Crs.CGCS2000)


def from_own(lon: float, lat: float, crs: Crs) -> tuple[float, float]:
    """The degrees in `crs` of a place in WGS-84/CGCS2000."""
    return convert(lon, lat, source=Crs.CGCS2000, target=crs)
