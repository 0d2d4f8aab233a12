"""Places and addresses: read Chinese address phrases into ranked, explained points, and back."""

from geo.gazetteer.answers import CONFIDENT, Candidate, Geocoding, Piece, Rival, Unread
from geo.gazetteer.gazetteer import Gazetteer
from geo.gazetteer.kinds import AreaKind, How, Kind, RoadClass, Role, Verdict
from geo.gazetteer.readers import (
    Fields,
    Record,
    areas_of,
    numbers_of,
    places_of,
    roads_of,
)
from geo.gazetteer.reverse import Description, Nearby
from geo.gazetteer.rows import (
    AreaRow,
    BlockRow,
    BridgeRow,
    CrossingRow,
    GazetteerRows,
    NumberPointRow,
    NumberRangeRow,
    PlaceRow,
    RoadRow,
)

__all__ = [
    "CONFIDENT",
    "AreaKind",
    "AreaRow",
    "BlockRow",
    "BridgeRow",
    "Candidate",
    "CrossingRow",
    "Description",
    "Fields",
    "Gazetteer",
    "GazetteerRows",
    "Geocoding",
    "How",
    "Kind",
    "Nearby",
    "NumberPointRow",
    "NumberRangeRow",
    "Piece",
    "PlaceRow",
    "Record",
    "Rival",
    "RoadClass",
    "RoadRow",
    "Role",
    "Unread",
    "Verdict",
    "areas_of",
    "numbers_of",
    "places_of",
    "roads_of",
]
