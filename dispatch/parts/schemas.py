"""Shapes of the parts inventory for staff."""

from collections.abc import Callable
from datetime import date

from pydantic import BaseModel

from dispatch.kit.places import from_own
from dispatch.parts.queries import PartRow
from geo.crs import Crs


class PartCategoryOut(BaseModel):
    """The class of a part."""

    scheme: str
    code: str
    name: str
    group: str
    sign: str


class UnitOut(BaseModel):
    """A unit by id and present name."""

    id: int
    name: str


class PartOut(BaseModel):
    """A part; `distance_m` where a place was asked about, coordinates in the system asked for."""

    code: str
    name: str
    category: PartCategoryOut
    owner: UnitOut | None
    maintainer: UnitOut | None
    governing: UnitOut | None
    grid_code: str | None
    condition: str
    accuracy: str
    installed_on: date | None
    longitude: float
    latitude: float
    crs: Crs
    distance_m: float | None
    synthetic: bool


def part_out(row: PartRow, *, name_of: Callable[[int], str | None], crs: Crs) -> PartOut:
    """A part as staff see it; `name_of` tells the present name of a unit."""

    def unit(given: int | None) -> UnitOut | None:
        name = None if given is None else name_of(given)
        return None if given is None or name is None else UnitOut(id=given, name=name)

    part, category = row.part, row.category
    lon, lat = from_own(row.longitude, row.latitude, crs)
    return PartOut(
        code=part.code,
        name=part.name,
        category=PartCategoryOut(
            scheme=category.scheme,
            code=category.code,
            name=category.name,
            group=category.group,
            sign=category.sign,
        ),
        owner=unit(part.owner_id),
        maintainer=unit(part.maintainer_id),
        governing=unit(part.governing_id),
        grid_code=part.grid_code,
        condition=part.condition,
        accuracy=part.accuracy,
        installed_on=part.installed_on,
        longitude=round(lon, 7),
        latitude=round(lat, 7),
        crs=crs,
        distance_m=None if row.distance_m is None else round(row.distance_m, 2),
        synthetic=part.synthetic,
    )
