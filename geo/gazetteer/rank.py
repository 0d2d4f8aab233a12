"""Choosing among spots: what else the text says, what the reporter's position says, rivals."""

import itertools
import re
from dataclasses import dataclass

from geo.gazetteer.anchors import Anchor
from geo.gazetteer.answers import CONFIDENT, RIVAL_METRES
from geo.gazetteer.city import City
from geo.gazetteer.fuzzy import HARD
from geo.gazetteer.kinds import AreaKind, Kind, Verdict
from geo.gazetteer.moves import move
from geo.gazetteer.plane import XY, metres_apart
from geo.gazetteer.spots import SURE_METRES, Spot, spots_of, trust_in
from geo.gazetteer.tokens import Token

PRECISE = frozenset((
    Kind.BLOCK, Kind.HOUSE_NUMBER, Kind.CROSSING, Kind.LANE, Kind.PLACE, Kind.BRIDGE, Kind.STRETCH,
))  # fmt: skip
_UNKNOWN_ROAD = re.compile(r"[\u4e00-\u9fff]{2}(?:路|大道|街)(?![口灯面边上中旁])")
_UNKNOWN_AREA = re.compile(
    r"\W*(?!柳州)[\u4e00-\u9fff]{1,3}(?<![小社校片城市新园发])[区县市](?![域别间场政民容委])"
)
ON_ROAD = 250.0  # a place as near as this to a road may be said to stand on it
BRIDGE_REACH = 130.0  # a road as near as this passes a bridge's end or runs under it
RIVAL_SHARE = 0.5  # a rival counts when it is at least half as likely as the best
MAX_SPOTS = 12


@dataclass(frozen=True, slots=True)
class Ranked:
    """A spot with its final confidence."""

    spot: Spot
    confidence: float


def rank(
    city: City, text: str, anchors: list[Anchor], near: XY | None
) -> tuple[list[Ranked], Verdict]:
    """The readings of a text, the likeliest first, and what may be done with them."""
    places = [a for a in anchors if a.kind is not Kind.DISTRICT]
    areas = [a for a in anchors if a.kind is Kind.DISTRICT]
    loose = [a for a in places if a.kind in {Kind.ROAD, Kind.PORTION}]
    spots: list[Spot] = []
    listed = _is_list(text, places)
    first_precise = next((a for a in places if a.kind in PRECISE), None)
    for anchor in places:
        roads = tuple(r for other in loose if other is not anchor for r in other.main.refs)
        made = spots_of(city, anchor)[:MAX_SPOTS]
        _narrow(city, made, roads, _areas_for(anchor, areas, places), near)
        for spot in made:
            move(city, spot, text, roads)
            if first_precise is not None and anchor is not first_precise and not listed:
                spot.weight *= 0.7 if anchor.kind in PRECISE else 0.6
        spots += made
    if not spots:
        for area in areas:
            spots += spots_of(city, area)
        spots.sort(key=lambda s: s.radius)
        return [Ranked(s, s.weight) for s in spots], _verdict_of_areas(spots)
    doubt = _doubt(text, anchors)
    for spot in spots:
        spot.weight *= doubt
    if near is not None:
        for spot in spots:
            _pull(city, spot, near)
    if first_precise is not None:
        spots = _without_context(city, spots)
    return _settle(spots)


def _doubt(text: str, anchors: list[Anchor]) -> float:
    """Less than one where the text also names a road or district that is not known here."""
    rest = list(text)
    for a in anchors:
        for t in (*a.tokens, *a.modifiers):
            rest[t.start : t.end] = " " * (t.end - t.start)
    left = "".join(rest)
    doubt = 1.0
    if _UNKNOWN_ROAD.search(HARD.sub(" ", left)):
        doubt *= 0.78
    if _UNKNOWN_AREA.match(left):
        doubt *= 0.6
    return doubt


def _areas_for(anchor: Anchor, areas: list[Anchor], places: list[Anchor]) -> list[Anchor]:
    """The areas that speak of an anchor: those just before it, or all where it stands alone."""
    before = [a for a in areas if a.end <= anchor.start]
    if not before:
        return areas if len(places) == 1 else []
    return [a for a in before if before[-1].start - a.end <= 2] if len(areas) > 1 else before


def _at_bridge(city: City, spot: Spot, roads: tuple[int, ...]) -> None:
    """西堤路柳江铁桥: where the road passes the bridge, not the middle of the river."""
    refs = spot.anchor.main.refs
    line = city.places[refs[0]].line if refs else None
    if line is None:
        return
    met: list[XY] = []
    for ref in roads:
        for at in (0.0, line.length / 2, line.length):
            road, along, away = city.roads[ref].nearest(*line.point(at))
            if away <= BRIDGE_REACH:
                met.append(road.point(along))
    if met and all(metres_apart(met[0], m) <= SURE_METRES for m in met):
        spot.x, spot.y = met[0]
        spot.radius, spot.weight = 60.0, trust_in(spot.anchor.main)


def _is_list(text: str, places: list[Anchor]) -> bool:
    """Several places joined by 、: none is the main one."""
    precise = [a for a in places if a.kind in PRECISE]
    return len(precise) > 1 and all(
        any(c in "、和与及" for c in text[a.end : b.start]) and b.start - a.end <= 8
        for a, b in itertools.pairwise(precise)
    )


def _narrow(
    city: City, spots: list[Spot], roads: tuple[int, ...], areas: list[Anchor], near: XY | None
) -> None:
    """Weigh the bearers of one name by the roads and areas that the text names beside it."""
    for spot in spots:
        if spot.kind is Kind.BRIDGE:
            _at_bridge(city, spot, roads)
        if spot.kind in {Kind.PLACE, Kind.BRIDGE, Kind.BLOCK}:
            spot.weight *= _beside(city, spot, roads)
        for area in areas:
            spot.weight *= _within(city, spot, area.main)
    if len(spots) > 1 and near is None:
        best = max(s.weight for s in spots)
        kept = [s for s in spots if s.weight >= best * 0.75]
        for s in spots:
            if s.weight < best * 0.75:
                s.weight *= 0.3
        if any(metres_apart((s.x, s.y), (kept[0].x, kept[0].y)) > SURE_METRES for s in kept):
            for s in kept:
                s.weight /= len(kept) ** 0.5


def _beside(city: City, spot: Spot, roads: tuple[int, ...]) -> float:
    """How well a place agrees with the nearest of the roads named with it."""
    if not roads:
        return 1.0
    reach = ON_ROAD + spot.radius / 2
    away = min(city.roads[r].nearest(spot.x, spot.y)[2] for r in roads)
    if away <= reach:
        short = spot.anchor.main.end - spot.anchor.main.start <= 2
        return 1.7 if short else 1.04
    return 0.85 if away <= 2 * reach else 0.5


def _within(city: City, spot: Spot, area: Token) -> float:
    """How well a spot agrees with a named district, street or community."""
    for ref in area.refs:
        a = city.areas[ref]
        if spot.kind is Kind.BRIDGE:  # a bridge joins two districts
            return 1.0
        if a.kind is AreaKind.DISTRICT:
            inside = (
                spot.district == a.name if spot.district
                else city.district_at(spot.x, spot.y) == a.name
            )  # fmt: skip
            if inside or any(a.name in city.roads[r].districts for r in spot.roads):
                return 1.0
        elif metres_apart((a.x, a.y), (spot.x, spot.y)) <= a.radius * 1.2 + spot.radius:
            return 1.0
    return 0.72


def _pull(city: City, spot: Spot, near: XY) -> None:
    """Let the reporter's own position speak: among rivals, and along a road without more."""
    away = metres_apart((spot.x, spot.y), near)
    wide = spot.kind in {Kind.ROAD, Kind.PORTION, Kind.STRETCH} and spot.roads
    if wide:
        line, along, aside = city.roads[spot.roads[0]].nearest(*near)
        x, y = line.point(along)
        if aside <= 150 and metres_apart((x, y), (spot.x, spot.y)) <= spot.radius + 50:
            spot.x, spot.y, spot.radius = x, y, aside + 80
            spot.weight = max(spot.weight, 0.85)
            spot.notes.append("按上报位置取路上最近处")
            return
    spot.weight = min(0.98, spot.weight * (1.06 if away <= 500 else 1 / (1 + (away / 3000) ** 2)))


def _without_context(city: City, spots: list[Spot]) -> list[Spot]:
    """Drop whole roads that only say where a precise spot stands."""
    precise = [s for s in spots if s.kind in PRECISE]
    out = []
    for s in spots:
        if s.kind in {Kind.ROAD, Kind.PORTION} and s.roads:
            road = city.roads[s.roads[0]]
            if any(road.nearest(p.x, p.y)[2] <= ON_ROAD + p.radius for p in precise):
                continue
        out.append(s)
    return out


def _settle(spots: list[Spot]) -> tuple[list[Ranked], Verdict]:
    """Share the likelihood among spots that stand apart, and give the verdict."""
    spots.sort(key=lambda s: -s.weight)
    out: list[Ranked] = []
    for s in spots:
        if any(metres_apart((s.x, s.y), (r.spot.x, r.spot.y)) < 5 for r in out):
            continue
        others = sum(
            o.weight for o in spots
            if o is not s and metres_apart((o.x, o.y), (s.x, s.y)) > RIVAL_METRES
        )  # fmt: skip
        share = s.weight / (s.weight + 0.8 * others) if others else 1.0
        out.append(Ranked(s, max(0.01, min(0.98, s.weight)) * share))
    out.sort(key=lambda r: -r.confidence)
    best = out[0]
    if _rivals_of(best, out):
        return out, Verdict.NEEDS_OPERATOR
    return out, Verdict.CONFIDENT if best.confidence >= CONFIDENT else Verdict.UNCERTAIN


def _rivals_of(best: Ranked, ranked: list[Ranked]) -> bool:
    return any(
        r.confidence >= best.confidence * RIVAL_SHARE
        and metres_apart((r.spot.x, r.spot.y), (best.spot.x, best.spot.y)) > RIVAL_METRES
        for r in ranked
        if r is not best
    )


def _verdict_of_areas(spots: list[Spot]) -> Verdict:
    return Verdict.UNCERTAIN if spots else Verdict.NOTHING
