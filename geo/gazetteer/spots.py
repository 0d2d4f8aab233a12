"""From anchors to spots: where on the plane an address lies, how wide, and how sure."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import product

from geo.gazetteer.anchors import Anchor, weight_of
from geo.gazetteer.city import City, NumberRange, Road
from geo.gazetteer.kinds import AREA_KINDS, Kind, Role
from geo.gazetteer.plane import XY, Line, metres_apart
from geo.gazetteer.tokens import Token
from geo.gazetteer.words import COMPASS, COMPASS_IN

SURE_METRES = 200.0  # a confidence is the chance that the true spot lies within this distance
NEAR_MISS = 400.0  # two roads that come as near as this may be meant to meet
_EVERY = 0.93  # what an exact name leaves open: the reporter may be wrong, the data old


@dataclass(slots=True)
class Spot:
    """One reading of one anchor."""

    kind: Kind
    label: str
    x: float
    y: float
    radius: float
    weight: float
    anchor: Anchor
    roads: tuple[int, ...] = ()
    district: str = ""
    notes: list[str] = field(default_factory=list)


def spots_of(city: City, anchor: Anchor) -> list[Spot]:
    """All readings of an anchor (several where a name has several bearers)."""
    return _RULES[anchor.kind](city, anchor)


def cover(length: float) -> float:
    """The chance that a spot somewhere on a line lies within 200 m of its middle."""
    return min(1.0, 2 * SURE_METRES / length) if length > 0 else 1.0


def trust_in(*tokens: Token | None) -> float:
    """How much to trust a reading by the names that it rests on."""
    weight = _EVERY
    for t in tokens:
        if t is not None:
            weight *= weight_of(t)
    return weight


def _block(city: City, a: Anchor) -> list[Spot]:
    out = []
    for ref in a.main.refs:
        place = city.places[ref]
        if a.word in place.blocks:
            x, y = place.blocks[a.word]
            label = f"{place.name}{a.word}栋"
            out.append(Spot(Kind.BLOCK, label, x, y, 30, trust_in(a.main), a, (), place.district))
    return out


def _house_number(city: City, a: Anchor) -> list[Spot]:
    out: list[Spot] = []
    for ref in a.main.refs:
        road = city.roads[ref]
        label = f"{road.name}{a.value}号"
        spot = road.numbers.get(a.value)
        if spot is not None:
            found = Spot(Kind.HOUSE_NUMBER, label, *spot, 25, trust_in(a.main), a, (ref,))
            out.append(found)
            continue
        inside = [r for r in road.ranges if r.first <= a.value <= r.last and _fits(r, a.value)]
        for r in inside:
            share = (a.value - r.first) / ((r.last - r.first) or 1)
            x, y = road.lines[r.line].point(r.from_m + (r.to_m - r.from_m) * share)
            out.append(Spot(Kind.HOUSE_NUMBER, label, x, y, 40, trust_in(a.main), a, (ref,)))
        if not inside:
            out += _whole(road, ref, a, f"{road.name}没有{a.value}号的数据")
    return out


def _fits(numbers: NumberRange, number: int) -> bool:
    return numbers.step == 1 or (number - numbers.first) % 2 == 0


def _crossing(city: City, a: Anchor) -> list[Spot]:
    """Where two roads meet; near misses count less, roads far apart fall back to each road."""
    other = a.other or a.main
    trust = trust_in(a.main, other) * (0.9 if a.word == "bare" else 1.0)
    out: list[Spot] = []
    for ra, rb in product(a.main.refs, other.refs):
        label = f"{city.roads[ra].name}与{city.roads[rb].name}交会处"
        for x, y in city.roads[ra].meets.get(rb, ()):
            out.append(Spot(Kind.CROSSING, label, x, y, 40, trust, a, (ra, rb)))
    if out:
        # Among readings of misspelt names the one that makes a real crossing is most likely it.
        return out
    for ra, rb in product(a.main.refs, other.refs):
        (x, y), gap = _closest(city.roads[ra], city.roads[rb])
        if gap < NEAR_MISS:
            label = f"{city.roads[ra].name}与{city.roads[rb].name}之间"
            radius = gap / 2 + 60
            found = Spot(Kind.CROSSING, label, x, y, radius, trust * 0.6, a, (ra, rb))
            found.notes.append("两路并不相交,取最近处")
            out.append(found)
    for token in () if out else (a.main, other):
        for ref in token.refs:
            out += _whole(city.roads[ref], ref, a, "两路不相交")
    for spot in out:
        spot.weight *= 0.7  # something in the text is wrong, and nobody knows what
    return out


def _closest(a: Road, b: Road) -> tuple[XY, float]:
    """About where two roads come nearest, and how near."""
    best: tuple[XY, float] = ((0.0, 0.0), float("inf"))
    for line in a.lines:
        for at in _steps(line):
            x, y = line.point(at)
            other, along, away = b.nearest(x, y)
            if away < best[1]:
                ox, oy = other.point(along)
                best = ((x + ox) / 2, (y + oy) / 2), away
    return best


def _steps(line: Line) -> list[float]:
    count = max(2, int(line.length / 50))
    return [line.length * n / count for n in range(count + 1)]


def _lane(city: City, a: Anchor) -> list[Spot]:
    out = []
    for ref in a.main.refs:
        road = city.roads[ref]
        if a.word == "mouth":
            out += _mouths(city, road, ref, a)
            continue
        for line in road.lines:
            x, y = line.point(line.length / 2)
            weight = trust_in(a.main) * cover(line.length)
            radius = max(40.0, line.length / 2 + 10)
            kind = Kind.LANE if road.is_lane else Kind.ROAD
            out.append(Spot(kind, road.name, x, y, radius, weight, a, (ref,)))
    return out


def _mouths(city: City, lane: Road, ref: int, a: Anchor) -> list[Spot]:
    """A lane's mouth: where it meets the road whose name it bears, else its first meeting."""
    parents = [n for n in lane.meets if lane.name.startswith(city.roads[n].name)]
    for n in parents or list(lane.meets):
        x, y = lane.meets[n][0]
        return [Spot(Kind.LANE, f"{lane.name}口", x, y, 40, trust_in(a.main), a, (ref, n))]
    x, y = lane.lines[0].point(0)
    return [Spot(Kind.LANE, f"{lane.name}口", x, y, 60, trust_in(a.main), a, (ref,))]


def _place(city: City, a: Anchor) -> list[Spot]:
    out = []
    for ref in a.main.refs:
        p = city.places[ref]
        weight = trust_in(a.main)
        if a.main.end - a.main.start <= 2 and a.main.how.value == "exact":
            weight *= 0.55  # 东门, 海关: two characters alone are as often a plain word
        kind = Kind.BRIDGE if p.kind == "bridge" else Kind.PLACE
        spot = Spot(kind, p.name, p.x, p.y, max(50.0, p.extent), weight, a, (), p.district)
        if a.word:
            spot.notes.append(f"{p.name}没有{a.word}的数据")
        if p.line is not None:
            spot.weight *= min(1.0, cover(p.line.length))
        out.append(spot)
    return out


def _stretch(city: City, a: Anchor) -> list[Spot]:
    if a.other is None or a.third is None:
        return []
    trust = trust_in(a.main, a.other, a.third)
    if a.word == "free":
        return _between(city, a, a.other, a.third, trust)
    out = []
    for ref in a.main.refs:
        road = city.roads[ref]
        for line in road.lines:
            starts, ends = _on(city, road, line, a.other), _on(city, road, line, a.third)
            pairs = sorted(product(starts, ends), key=lambda p: abs(p[0] - p[1]))
            if pairs:
                low, high = pairs[0]
                out.append(_span(line, low, high, ref, a, trust, road.name))
            elif starts or ends:
                x, y = line.point((starts or ends)[0])
                half = Spot(Kind.STRETCH, road.name, x, y, 400, trust * 0.4, a, (ref,))
                half.notes.append("只找到路段的一端")
                out.append(half)
    if len(out) > 1:
        whole = [s for s in out if not s.notes]
        out = whole or out
    return out or [s for r in a.main.refs for s in _whole(city.roads[r], r, a, "路段两端均未找到")]


def _span(
    line: Line, low: float, high: float, ref: int, a: Anchor, trust: float, name: str
) -> Spot:
    x, y = line.point((low + high) / 2)
    length = abs(high - low)
    spot = Spot(
        Kind.STRETCH, f"{name}路段", x, y, length / 2 + 20, trust * cover(length), a, (ref,)
    )
    if length < 15:
        spot.notes.append("两端重合")
    return spot


def _on(city: City, road: Road, line: Line, token: Token) -> list[float]:
    """Where along a line a road crosses it or a place stands beside it."""
    if token.role in {Role.ROAD, Role.LANE}:
        spots = [s for r in token.refs for s in road.meets.get(r, ())]
        near = 30.0
    else:
        spots = [(city.places[r].x, city.places[r].y) for r in token.refs]
        near = NEAR_MISS
    found = (line.project(*s) for s in spots)
    return [along for along, away in found if away <= near]


def _between(city: City, a: Anchor, one: Token, two: Token, trust: float) -> list[Spot]:
    """From a place to a place or to the nearest spot of a road, without a road of its own."""
    out = []
    for p, q in product(_points(city, one, two), _points(city, two, one)):
        length = metres_apart(p, q)
        x, y = (p[0] + q[0]) / 2, (p[1] + q[1]) / 2
        weight = trust * 0.95 * cover(length)
        out.append(Spot(Kind.STRETCH, "两地之间", x, y, length / 2 + 40, weight, a))
    out.sort(key=lambda s: s.radius)
    return out[:2]


def _points(city: City, token: Token, toward: Token) -> list[XY]:
    if token.role not in {Role.ROAD, Role.LANE}:
        return [(city.places[r].x, city.places[r].y) for r in token.refs]
    if toward.role in {Role.ROAD, Role.LANE}:
        return []
    out = []
    for ref, place in product(token.refs, (city.places[r] for r in toward.refs)):
        line, along, _ = city.roads[ref].nearest(place.x, place.y)
        out.append(line.point(along))
    return out


def _portion(city: City, a: Anchor) -> list[Spot]:
    """中段, 东段, 北端, 尾: a part of a road, told by compass or by the way the numbers grow."""
    out = []
    for ref in a.main.refs:
        road = city.roads[ref]
        line = max(road.lines, key=lambda ln: ln.length)
        low, high = _share(line, a.word)
        if a.word[-1] in "端头尾点" or a.word in {"尽头", "末端"}:
            at = line.length * (low if low == 0.0 else high)
            x, y = line.point(at)
            weight = trust_in(a.main) * 0.85
            out.append(Spot(Kind.PORTION, road.name + a.word, x, y, 120, weight, a, (ref,)))
            continue
        length = line.length * (high - low)
        x, y = line.point(line.length * (low + high) / 2)
        weight = trust_in(a.main) * cover(length)
        radius = length / 2 + 20
        out.append(Spot(Kind.PORTION, road.name + a.word, x, y, radius, weight, a, (ref,)))
    return out


def _share(line: Line, word: str) -> tuple[float, float]:
    """The part of the line, as shares of its length, that a word means."""
    compass = COMPASS_IN.search(word)
    if compass is None:
        if word == "起点":
            return 0.0, 0.2
        return (0.3, 0.7) if word[0] == "中" else (0.8, 1.0)
    dx, dy = COMPASS[compass.group()]
    forward = (line.xs[-1] - line.xs[0]) * dx + (line.ys[-1] - line.ys[0]) * dy >= 0
    return (0.6, 1.0) if forward else (0.0, 0.4)


def _road(city: City, a: Anchor) -> list[Spot]:
    if all(city.roads[r].is_lane for r in a.main.refs):
        return _lane(city, a)
    return [s for r in a.main.refs for s in _whole(city.roads[r], r, a, "")]


def _whole(road: Road, ref: int, a: Anchor, note: str) -> list[Spot]:
    """A whole road: its middle, with a radius that covers it."""
    if len(road.lines) == 1:
        line = road.lines[0]
        x, y = line.point(line.length / 2)
    else:
        total = road.length
        x = sum(ln.point(ln.length / 2)[0] * ln.length for ln in road.lines) / total
        y = sum(ln.point(ln.length / 2)[1] * ln.length for ln in road.lines) / total
        line, along, _ = road.nearest(x, y)
        x, y = line.point(along)
    ends = [(ln.xs[n], ln.ys[n]) for ln in road.lines for n in (0, -1)]
    radius = max(metres_apart((x, y), e) for e in ends) + 20
    weight = trust_in(a.main) * max(0.05, cover(road.length))
    kind = Kind.LANE if road.is_lane else Kind.ROAD
    spot = Spot(kind, road.name, x, y, radius, weight, a, (ref,))
    if note:
        spot.notes.append(note)
    return [spot]


def _area(city: City, a: Anchor) -> list[Spot]:
    out = []
    for ref in a.main.refs:
        area = city.areas[ref]
        weight = trust_in(a.main) * max(0.01, min(1.0, (SURE_METRES / area.radius) ** 2))
        kind = AREA_KINDS[area.kind]
        out.append(Spot(kind, area.name, area.x, area.y, area.radius, weight, a))
    return out


_RULES: dict[Kind, Callable[[City, Anchor], list[Spot]]] = {
    Kind.BLOCK: _block,
    Kind.HOUSE_NUMBER: _house_number,
    Kind.CROSSING: _crossing,
    Kind.LANE: _lane,
    Kind.PLACE: _place,
    Kind.BRIDGE: _place,
    Kind.STRETCH: _stretch,
    Kind.PORTION: _portion,
    Kind.ROAD: _road,
    Kind.DISTRICT: _area,
}
