"""A city's own rows as rows of the gazetteer: roads, places, house numbers and areas from columns and shapes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from shapely.geometry import LineString, MultiLineString
from shapely.geometry.base import BaseGeometry

from geo.gazetteer.kinds import AreaKind, RoadClass
from geo.gazetteer.rows import AreaRow, NumberPointRow, PlaceRow, RoadRow

_AREA_ENDINGS = (
    ("居民委员会", "社区"),
    ("居委会", "社区"),
    ("村民委员会", "村"),
    ("村委会", "村"),
)


@dataclass(frozen=True, slots=True)
class Fields:
    """Which columns of a city's own layer hold what; an empty name means that there is none."""

    name: str = "name"
    kind: str = "kind"
    aliases: str = ""
    alias_separator: str = ";"
    district: str = ""
    road: str = ""
    number: str = ""
    row_id: str = ""
    kinds: Mapping[str, str] | None = None  # the layer's words -> road classes or place kinds


@dataclass(frozen=True, slots=True)
class Record:
    """A row of a layer: its columns as text and its geometry in CGCS2000/WGS-84 degrees."""

    values: Mapping[str, str]
    geometry: BaseGeometry

    def get(self, column: str) -> str:
        """The column's text, or nothing where the layer has no such column."""
        return self.values.get(column, "") if column else ""


def roads_of(records: list[Record], fields: Fields) -> list[RoadRow]:
    """Roads from a layer of lines; rows without a name are left out."""
    out = []
    for r in records:
        name = r.get(fields.name)
        word = r.get(fields.kind)
        word = (fields.kinds or {}).get(word, word)
        road_class = RoadClass(word) if word in set(RoadClass) else RoadClass.SECONDARY
        for line in _lines(r.geometry) if name else ():
            coordinates = [(float(x), float(y)) for x, y, *_ in line.coords]
            out.append(
                RoadRow(name, coordinates, road_class, r.get(fields.district),
                        _aliases(r, fields), r.get(fields.row_id))
            )  # fmt: skip
    return out


def _lines(geometry: BaseGeometry) -> Iterator[LineString]:
    if isinstance(geometry, LineString) and len(geometry.coords) > 1:
        yield geometry
    elif isinstance(geometry, MultiLineString):
        yield from geometry.geoms


def _aliases(record: Record, fields: Fields) -> tuple[str, ...]:
    parts = record.get(fields.aliases).split(fields.alias_separator)
    return tuple(p.strip() for p in parts if p.strip())


def places_of(records: list[Record], fields: Fields) -> list[PlaceRow]:
    """Places from a layer of points or polygons (their inner point is taken)."""
    out = []
    for r in records:
        if r.get(fields.name) and not r.geometry.is_empty:
            spot = r.geometry.representative_point()
            word = r.get(fields.kind)
            kind = (fields.kinds or {}).get(word, word)
            out.append(
                PlaceRow(r.get(fields.name), kind, spot.x, spot.y, _aliases(r, fields),
                         r.get(fields.district), r.get(fields.road))
            )  # fmt: skip
    return out


def numbers_of(records: list[Record], fields: Fields) -> list[NumberPointRow]:
    """House numbers from a layer of points with a road's name and a number (12 or 12号)."""
    out = []
    for r in records:
        digits = r.get(fields.number).removesuffix("号")
        if r.get(fields.road) and digits.isdigit():
            spot = r.geometry.representative_point()
            out.append(NumberPointRow(r.get(fields.road), int(digits), spot.x, spot.y))
    return out


def areas_of(records: list[Record], kind: AreaKind, fields: Fields) -> list[AreaRow]:
    """Districts, streets or communities from a layer of polygons."""
    return [
        AreaRow(kind, name, r.geometry, _aliases(r, fields) or short_area(name))
        for r in records
        if (name := r.get(fields.name))
    ]


def short_area(name: str) -> tuple[str, ...]:
    """The name as people say it: 龙城社区 for 龙城社区居委会, 静兰村 for 静兰村委会."""
    for ending, kind in _AREA_ENDINGS:
        if name.endswith(ending):
            short = name.removesuffix(ending)
            return (short if short.endswith(kind) else short + kind,)
    return ()
