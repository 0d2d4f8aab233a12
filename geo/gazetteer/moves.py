"""Words that move a spot or widen it: 南侧约200米, 往北, 门前, 桥下, 进去100米."""

from geo.gazetteer.anchors import INWARD
from geo.gazetteer.city import City
from geo.gazetteer.kinds import Kind, Role
from geo.gazetteer.plane import XY, metres_apart
from geo.gazetteer.spots import Spot
from geo.gazetteer.words import COMPASS, COMPASS_IN, RELATION_RADIUS

BESIDE_ROAD = 250.0  # a place this near a road may be walked from along it
SIDE_STEP = 30.0  # how far 南侧 without a distance moves a spot
MAX_WALK = 3_000.0
_ENDS = frozenset(("引桥", "引道", "桥头"))
_LINES = frozenset((Kind.ROAD, Kind.PORTION, Kind.STRETCH, Kind.DISTRICT, Kind.STREET))


def move(city: City, spot: Spot, text: str, roads: tuple[int, ...]) -> None:
    """Apply the anchor's modifiers to a spot in place; `roads` are named elsewhere in the text."""
    words = [(t, text[t.start : t.end]) for t in spot.anchor.modifiers]
    distance = next((t.value for t, _ in words if t.role is Role.DISTANCE), 0.0)
    direction = next((_compass(w) for t, w in words if t.role is Role.DIRECTION), None)
    relations = [w for t, w in words if t.role is Role.RELATION]
    _widen(spot, relations)
    at_end = not _ENDS.isdisjoint(relations) and _to_bridge_end(city, spot, direction)
    if at_end and not distance:
        return
    if direction is not None and spot.kind not in _LINES:
        _step(city, spot, direction, distance or SIDE_STEP, roads)
        spot.radius += 20 + min(distance, MAX_WALK) * 0.15
    elif distance and spot.kind is Kind.ROAD and not INWARD.isdisjoint(relations):
        _inward(city, spot, distance, roads)
    elif distance and spot.kind not in _LINES:
        # a distance without a direction: somewhere on a circle
        spot.radius += distance
        spot.weight *= min(1.0, 150.0 / distance)


def _widen(spot: Spot, relations: list[str]) -> None:
    for word in relations:
        spot.radius += RELATION_RADIUS.get(word, 10)
        if word == "一带":
            spot.weight *= 0.7


def _compass(word: str) -> XY | None:
    found = COMPASS_IN.search(word)
    return COMPASS[found.group()] if found else None


def _step(city: City, spot: Spot, way: XY, metres: float, roads: tuple[int, ...]) -> None:
    """Walk along the road whose course leads that way, else straight on."""
    metres = min(metres, MAX_WALK)
    best, end = 0.5, (spot.x + way[0] * metres, spot.y + way[1] * metres)
    for ref in dict.fromkeys((*spot.roads, *roads)) if metres > SIDE_STEP else ():
        line, along, away = city.roads[ref].nearest(spot.x, spot.y)
        if away > BESIDE_ROAD:
            continue
        sx, sy = line.point(along)
        for to in (along - metres, along + metres):
            beyond = max(0.0, -to, to - line.length)
            x, y = line.point(to)
            x, y = x + way[0] * beyond, y + way[1] * beyond
            fit = ((x - sx) * way[0] + (y - sy) * way[1]) / (metres_apart((x, y), (sx, sy)) or 1.0)
            # a road that ends on the way says little about where to go from there
            fit -= 0.3 * min(1.0, beyond / metres)
            if fit > best:
                best, end = fit, (x, y)
    spot.x, spot.y = end


def _inward(city: City, spot: Spot, metres: float, roads: tuple[int, ...]) -> None:
    """万达广场支路内约100米: so far in from where it leaves the road named before, else its start."""
    road = city.roads[spot.roads[0]]
    parents = [r for r in roads if r in road.meets] or list(road.meets)[:1]
    for parent in parents[:1]:
        line, along, _ = road.nearest(*road.meets[parent][0])
        forward = along <= line.length / 2
        spot.x, spot.y = line.point(along + metres if forward else along - metres)
        spot.radius = 60 + metres * 0.3
        spot.weight = 0.85


def _to_bridge_end(city: City, spot: Spot, way: XY | None) -> bool:
    """引道, 引桥: an end of the bridge, where a direction tells which one."""
    refs = spot.anchor.main.refs
    line = city.places[refs[0]].line if spot.kind is Kind.BRIDGE and refs else None
    if line is None or way is None:
        return False
    forward = (line.xs[-1] - line.xs[0]) * way[0] + (line.ys[-1] - line.ys[0]) * way[1]
    spot.x, spot.y = line.point(line.length if forward > 0 else 0.0)
    return True
