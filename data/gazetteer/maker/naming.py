"""Names for the roads that the lattice left without one, and the lanes that branch off."""

import random
from collections import defaultdict

import shapely
from network import Road
from plane import HERE, Ground, to_metres
from pypinyin import lazy_pinyin
from shapely.geometry import LineString, Point
from shapely.ops import split, substring

CENTRE = Point(to_metres(109.410, 24.312))
DIGITS = "零一二三四五六七八九十"
# Branch roads that people's reports name: name, parent, share of the parent's length, metres, side.
BRANCHES = [("万达广场支路", "柳邕路", 0.5, 420, 1), ("跃进支路", "跃进路", 0.45, 380, -1)]


def numeral(number: int) -> str:
    """A number up to 99 in Chinese."""
    tens, ones = divmod(number, 10)
    if tens == 0:
        return DIGITS[ones]
    return ("" if tens == 1 else DIGITS[tens]) + "十" + (DIGITS[ones] if ones else "")


def sound(name: str) -> str:
    """A name's reading without tones; no two roads of a city may share one."""
    return " ".join(lazy_pinyin(name))


def point_away_from_centre(roads: list[Road]) -> None:
    """Turn each road so that its house numbers grow away from the centre."""
    for road in roads:
        start, end = Point(road.line.coords[0]), Point(road.line.coords[-1])
        if start.distance(CENTRE) > end.distance(CENTRE):
            road.line = road.line.reverse()


def _compass(line: LineString) -> tuple[str, str]:
    (ax, ay), (bx, by) = line.coords[0], line.coords[-1]
    return ("西", "东") if abs(bx - ax) > abs(by - ay) else ("南", "北")


def name_roads(roads: list[Road], rng: random.Random) -> None:
    """Give every nameless road a name that sounds like no other in the city."""
    stems = list(dict.fromkeys((HERE / "stems.txt").read_text(encoding="utf-8").split()))
    rng.shuffle(stems)
    heads = [s for s in stems if len(s) == 2]
    rng.shuffle(heads)
    taken = {sound(r.name) for r in roads if r.name}
    numbered: list[str] = []

    def free(name: str) -> bool:
        return sound(name) not in taken

    def stem() -> str:
        if numbered:
            return numbered.pop()
        if stems:
            word = stems.pop()
            if len(word) == 2 and rng.random() < 0.10:
                numbered.extend(word + numeral(n) for n in range(rng.randint(3, 5), 0, -1))
                return numbered.pop()
            return word
        first, second = rng.sample(heads, 2)
        return first[0] + second[rng.randint(0, 1)]

    waiting = [r for r in roads if not r.name]
    index = 0
    while index < len(waiting):
        road = waiting[index]
        word = stem()
        last = word[-1] in DIGITS
        ends = {"main": ["大道", "路", "路"], "secondary": ["路"], "branch": ["路", "路", "街"]}
        suffix = "路" if last else rng.choice(ends[road.road_class])
        names = [word + suffix]
        follower = waiting[index + 1] if index + 1 < len(waiting) else None
        if (
            follower
            and not last
            and suffix != "大道"
            and rng.random() < 0.5
            and road.line.distance(follower.line) < 5
            and _compass(road.line) == _compass(follower.line)
        ):
            low, high = _compass(road.line)
            names = [f"{word}{low}{suffix}", f"{word}{high}{suffix}"]
        if not all(free(n) for n in names):
            continue
        for n, name in enumerate(names):
            waiting[index + n].name = name
            taken.add(sound(name))
        index += len(names)


def _aside(road: LineString, at: float, side: int, metres: float, lean: float) -> LineString:
    """A short line that leaves a road at a right angle (more or less)."""
    here = road.interpolate(at)
    ahead = road.interpolate(min(road.length, at + 15))
    behind = road.interpolate(max(0, at - 15))
    dx, dy = ahead.x - behind.x, ahead.y - behind.y
    size = (dx * dx + dy * dy) ** 0.5
    nx, ny = -dy / size * side, dx / size * side
    tx, ty = dx / size * lean, dy / size * lean
    return LineString(
        [
            (here.x, here.y),
            (here.x + nx * metres * 0.5, here.y + ny * metres * 0.5),
            (here.x + (nx + tx) * metres, here.y + (ny + ty) * metres),
        ]
    )


def _trim(
    line: LineString, tree: shapely.STRtree, lines: list[LineString], parent: int, ground: Ground
) -> LineString | None:
    """Cut a lane where it meets the next road; None where there is no room for it."""
    for n in tree.query(line, predicate="intersects"):
        if int(n) != parent:
            line = split(line, lines[int(n)]).geoms[0]
    fits = line.length > 70 and ground.land.contains(substring(line, 5, line.length))
    return line if fits else None


def _side_word(line: LineString, side: int) -> str:
    (ax, ay), (bx, by) = line.coords[0], line.coords[-1]
    nx, ny = -(by - ay) * side, (bx - ax) * side
    return ("东" if nx > 0 else "西") if abs(nx) > abs(ny) else ("北" if ny > 0 else "南")


def lanes(roads: list[Road], ground: Ground, rng: random.Random, *, count: int) -> list[Road]:
    """Numbered lanes (雅儒路东四巷) and the named branches, in metres."""
    lines = [r.line for r in roads]
    tree = shapely.STRtree(lines)
    out: list[Road] = []
    by_name = {r.name: n for n, r in enumerate(roads)}
    for name, parent, share, metres, side in BRANCHES:
        road = roads[by_name[parent]].line
        out.append(
            Road(name, "branch", _aside(road, road.length * share, side, metres, 0.15), "seen")
        )
    # 雅儒路 has lanes on its east side, known from a report; a lane's word follows the parent's
    # side on our plan, so its four are laid by hand here.
    yaru = roads[by_name["雅儒路"]].line
    for n in range(1, 7):
        lane = _aside(yaru, yaru.length * (0.40 + 0.085 * n), 1, 130, 0.1)
        out.append(Road(f"雅儒路东{numeral(n)}巷", "lane", lane, "seen" if n == 4 else "made up"))
    order = [
        n
        for n, r in enumerate(roads)
        if r.line.length > 500
        and r.name != "雅儒路"
        and r.road_class != "main"
        and not r.name.endswith(("大道", "国道"))
    ]
    rng.shuffle(order)
    for n in order:
        if len(out) >= count:
            break
        road = roads[n]
        style = rng.choice(["sided", "plain", "sided"])
        serial: dict[str, int] = defaultdict(int)
        for at in range(90, int(road.line.length) - 80, 110):
            side = rng.choice([1, -1])
            metres = rng.uniform(110, 260)
            lane = _aside(road.line, at, side, metres, rng.uniform(-0.3, 0.3))
            cut = _trim(lane, tree, lines, n, ground)
            if cut is None or rng.random() < 0.35:
                continue
            word = _side_word(road.line, side) if style == "sided" else ""
            serial[word] += 1
            if serial[word] > 9:
                break
            out.append(Road(f"{road.name}{word}{numeral(serial[word])}巷", "lane", cut))
    return out
