"""The gazetteer's face: build it from rows, place a text, describe a point."""

from geo.gazetteer.anchors import Reader
from geo.gazetteer.answers import RIVAL_METRES, Candidate, Geocoding, Piece, Rival, Unread
from geo.gazetteer.city import City
from geo.gazetteer.kinds import Verdict
from geo.gazetteer.normal import plain
from geo.gazetteer.plane import metres_apart
from geo.gazetteer.rank import Ranked, rank
from geo.gazetteer.reverse import Compass, Description
from geo.gazetteer.rows import GazetteerRows
from geo.gazetteer.tokens import Token, read_tokens

WORTH_SAYING = 0.1  # of the best candidate's confidence: less likely rivals are not named
# What may stand unread without being worth a word: fillers and punctuation.
_FILLERS = frozenset("的在那这就是有个一儿边里处,。,.;;:!!??()()「」“”\"'、-/")


class Gazetteer:
    """A closed list of roads and places that reads Chinese address phrases."""

    def __init__(self, city: City) -> None:
        self._city = city
        self._compass = Compass(city)

    @classmethod
    def from_rows(cls, rows: GazetteerRows) -> "Gazetteer":
        """Build from plain rows. Raises GazetteerError where they cannot be used."""
        return cls(City(rows))

    @property
    def counts(self) -> dict[str, int]:
        """How many roads, places, areas and names are known."""
        city = self._city
        return {
            "roads": len(city.roads), "places": len(city.places), "areas": len(city.areas),
            "names": len(city.index.names),
        }  # fmt: skip

    def geocode(
        self, text: str, *, near: tuple[float, float] | None = None, limit: int = 5
    ) -> Geocoding:
        """Place an address phrase, or the address inside a longer description.

        `near` is the reporter's own longitude and latitude (CGCS2000/WGS-84): it decides among
        rivals and pins a road that is named without more. Never raises on any text.
        """
        short, offsets = plain(text)
        tokens = read_tokens(self._city, short)
        anchors = Reader(self._city, short, tokens).read()
        if not anchors:
            return Geocoding(text, (), Verdict.NOTHING)
        spot = self._city.plane.metres(*near) if near is not None else None
        ranked, verdict = rank(self._city, short, anchors, spot)
        if not ranked:
            return Geocoding(text, (), Verdict.NOTHING)
        unread = _unread(text, short, offsets, tokens)
        candidates = tuple(
            self._candidate(r, ranked if n == 0 else (), text, offsets, unread)
            for n, r in enumerate(ranked[:limit])
        )
        return Geocoding(text, candidates, verdict)

    def reverse(self, lon: float, lat: float) -> Description:
        """Describe a point in words: road, crossing, nearest place, community."""
        return self._compass.describe(lon, lat)

    def _candidate(
        self,
        ranked: Ranked,
        others: list[Ranked] | tuple[()],
        text: str,
        offsets: list[int] | None,
        unread: tuple[Unread, ...],
    ) -> Candidate:
        spot = ranked.spot
        lon, lat = self._city.plane.degrees(spot.x, spot.y)
        tokens = sorted((*spot.anchor.tokens, *spot.anchor.modifiers), key=lambda t: t.start)
        pieces = tuple(_piece(t, text, offsets) for t in tokens)
        rivals = tuple(
            Rival(o.spot.label, away, round(o.confidence, 3))
            for o in others
            if o.confidence >= ranked.confidence * WORTH_SAYING
            and (away := metres_apart((spot.x, spot.y), (o.spot.x, o.spot.y))) > RIVAL_METRES
        )
        return Candidate(
            kind=spot.kind,
            text=spot.label,
            lon=round(lon, 7),
            lat=round(lat, 7),
            radius_m=round(spot.radius, 1),
            confidence=round(ranked.confidence, 3),
            recognised=pieces,
            unrecognised=unread,
            rivals=rivals,
            notes=tuple(spot.notes),
        )


def _span(start: int, end: int, offsets: list[int] | None) -> tuple[int, int]:
    return (start, end) if offsets is None else (offsets[start], offsets[end - 1] + 1)


def _piece(token: Token, text: str, offsets: list[int] | None) -> Piece:
    start, end = _span(token.start, token.end, offsets)
    return Piece(start, end, text[start:end], token.role, token.how)


def _unread(
    text: str, short: str, offsets: list[int] | None, tokens: list[Token]
) -> tuple[Unread, ...]:
    """The stretches of text between tokens that hold more than fillers."""
    out = []
    at = 0
    for start, end in [*((t.start, t.end) for t in tokens), (len(short), len(short))]:
        while at < start and short[at] in _FILLERS:
            at += 1
        until = start
        while until > at and short[until - 1] in _FILLERS:
            until -= 1
        if until - at >= 2:
            low, high = _span(at, until, offsets)
            out.append(Unread(low, high, text[low:high]))
        at = max(at, end)
    return tuple(out)
