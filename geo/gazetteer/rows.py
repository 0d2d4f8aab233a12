"""The plain rows that a gazetteer is built from; longitude and latitude in CGCS2000/WGS-84 degrees."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from shapely.geometry.base import BaseGeometry

from geo.gazetteer.kinds import AreaKind, RoadClass

LonLat = tuple[float, float]


@dataclass(frozen=True, slots=True)
class RoadRow:
    """One line of a road; several rows may share a name. House numbers grow along the line."""

    name: str
    coordinates: Sequence[LonLat]
    road_class: RoadClass = RoadClass.SECONDARY
    district: str = ""
    aliases: tuple[str, ...] = ()
    row_id: str = ""


@dataclass(frozen=True, slots=True)
class CrossingRow:
    """Where two roads meet. Without any such row crossings are computed from the lines."""

    road_a: str
    road_b: str
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class NumberRangeRow:
    """House numbers on one side of a road's line: from `first` at `from_m` to `last` at `to_m`."""

    road: str
    side: str  # odd, even or both
    first: int
    last: int
    from_m: float
    to_m: float
    row_id: str = ""  # of the road's line, where a road has several


@dataclass(frozen=True, slots=True)
class NumberPointRow:
    """One house number with its point."""

    road: str
    number: int
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """A place with a name; `kind` is the city's own word (school, hospital, estate …)."""

    name: str
    kind: str
    lon: float
    lat: float
    aliases: tuple[str, ...] = ()
    district: str = ""
    road: str = ""


@dataclass(frozen=True, slots=True)
class BridgeRow:
    """A bridge as a line from end to end."""

    name: str
    coordinates: Sequence[LonLat]
    aliases: tuple[str, ...] = ()
    district: str = ""


@dataclass(frozen=True, slots=True)
class BlockRow:
    """A block of an estate (14栋)."""

    estate: str
    block: str
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class AreaRow:
    """A district, street (the office's area) or community with its extent."""

    kind: AreaKind
    name: str
    polygon: BaseGeometry
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GazetteerRows:
    """All that a gazetteer is built from."""

    roads: Sequence[RoadRow] = ()
    crossings: Sequence[CrossingRow] = ()
    ranges: Sequence[NumberRangeRow] = ()
    numbers: Sequence[NumberPointRow] = ()
    places: Sequence[PlaceRow] = ()
    bridges: Sequence[BridgeRow] = ()
    blocks: Sequence[BlockRow] = ()
    areas: Sequence[AreaRow] = field(default=())
