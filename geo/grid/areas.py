"""The areas above the unit grid: districts, streets, communities, and zones that lie over them."""

from dataclasses import dataclass
from enum import StrEnum

from shapely.geometry.base import BaseGeometry


class AreaKind(StrEnum):
    """The levels of areas above the unit grid; a virtual district lies over real ones."""

    DISTRICT = "district"
    STREET = "street"
    COMMUNITY = "community"
    VIRTUAL_DISTRICT = "virtual_district"


@dataclass(frozen=True)
class Area:
    """A named area, its parent's code, its outline in degrees and whether that is made up."""

    kind: AreaKind
    code: str
    name: str
    parent: str | None
    geometry: BaseGeometry
    synthetic: bool


@dataclass(frozen=True)
class VirtualDistrict:
    """A zone that is scored like a district but has no district code: a set of streets."""

    code: str
    name: str
    streets: tuple[str, ...]
    standing: str
