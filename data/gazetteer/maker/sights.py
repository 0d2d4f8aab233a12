"""Places and estates of the synthetic city: the real names that reports use, and made-up ones."""

import random
from dataclasses import dataclass, field

import shapely
from naming import numeral
from network import Road
from plane import HERE, Ground, rows
from shapely.geometry import LineString, Point


@dataclass
class Place:
    name: str
    kind: str
    point: Point
    road: str
    aliases: list[str] = field(default_factory=list)
    source: str = "made up"


@dataclass
class Block:
    estate: str
    block: str
    point: Point


# kind: how many, patterns ({s} a stem, {r} a road, {c} a community without its suffix), offset (m)
PATTERNS: dict[str, tuple[int, list[str], tuple[int, int]]] = {
    "school": (120, ["{s}小学", "{s}幼儿园", "{s}中学", "{r}小学", "{s}职业技术学校"], (40, 110)),
    "hospital": (60, ["{s}医院", "{c}社区卫生服务中心", "{r}口腔门诊部"], (30, 80)),
    "market": (
        64,
        ["{s}农贸市场", "{s}菜市", "{r}农贸市场", "{s}建材市场", "{s}批发市场"],
        (30, 90),
    ),
    "park": (44, ["{s}公园", "{s}广场", "{r}街心花园"], (60, 150)),
    "mall": (40, ["{s}购物中心", "{s}超市{r}店", "{s}商业广场"], (30, 90)),
    "hotel": (56, ["{s}大酒店", "{s}宾馆", "{s}商务酒店{r}店"], (20, 60)),
    "government": (24, ["{s}派出所", "{s}工商所", "{s}税务所", "{s}交警大队"], (20, 60)),
    "factory": (44, ["{s}机械厂", "{s}汽车配件有限公司", "{s}水泥厂", "{s}污水处理厂"], (80, 200)),
    "bank": (
        64,
        ["工商银行{r}支行", "建设银行{r}支行", "农业银行{r}支行", "柳州银行{s}支行"],
        (14, 30),
    ),
    "petrol_station": (40, ["中石化{s}加油站", "中石油{r}加油站", "{s}加油站"], (20, 45)),
    "shop": (70, ["{s}药店", "{s}五金店", "{s}汽修厂", "{s}电器商行", "{s}便利店{r}店"], (10, 26)),
    "restaurant": (60, ["{s}螺蛳粉{r}店", "{s}饭店", "{s}酒家", "{s}烧烤城"], (10, 26)),
    "toilet": (24, ["{r}公厕", "{s}公共厕所"], (10, 25)),
    "parking": (24, ["{s}停车场", "{r}停车场"], (20, 60)),
    "station": (8, ["{s}客运站", "{s}汽车站", "{s}货运站"], (40, 120)),
}
ESTATE_ENDS = ["小区", "花园", "新村", "苑", "新城", "家园", "公寓", "华庭", "名都"]
# Estates in numbered quarters: road, quarters.
QUARTERS = [
    ("永前路", 6),
    ("鹅山路", 9),
    ("革新路", 4),
    ("跃进路", 5),
    ("箭盘路", 3),
    ("荣军路", 4),
]


class Streets:
    """The named lines that places stand beside."""

    def __init__(self, roads: list[Road], bridges: list[dict[str, object]], ground: Ground) -> None:
        self.ground = ground
        self.roads = [r for r in roads if r.road_class != "lane"]
        self.lines: dict[str, LineString] = {}
        for road in roads:
            known = self.lines.get(road.name)
            if known is None or known.length < road.line.length:
                self.lines[road.name] = road.line
        for bridge in bridges:
            self.lines[str(bridge["name"])] = bridge["line"]  # type: ignore[assignment]
        self.tree = shapely.STRtree([r.line for r in roads])

    def beside(self, name: str, at: str, side: int, metres: float) -> Point:
        line = self.lines[name]
        along = float(at[:-1]) if at.endswith("m") else float(at) * line.length
        here = line.interpolate(along)
        low, high = line.interpolate(max(0, along - 12)), line.interpolate(along + 12)
        dx, dy = high.x - low.x, high.y - low.y
        size = (dx * dx + dy * dy) ** 0.5 or 1.0
        return Point(here.x - dy / size * side * metres, here.y + dx / size * side * metres)

    def anywhere(self, rng: random.Random, low: int, high: int) -> tuple[str, Point]:
        """A dry spot beside a road; long roads and the centre come up more often."""
        weights = [r.line.length**0.8 for r in self.roads]
        while True:
            road = rng.choices(self.roads, weights)[0]
            at = rng.uniform(25, road.line.length - 25)
            side = rng.choice([1, -1])
            spot = self.beside_line(road.line, at, side, rng.uniform(low, high))
            dry = not self.ground.water.contains(spot) and self.ground.built.contains(spot)
            if dry and road.line.distance(spot) > 5:
                return road.name, spot

    def beside_line(self, line: LineString, along: float, side: int, metres: float) -> Point:
        here = line.interpolate(along)
        low, high = line.interpolate(max(0, along - 12)), line.interpolate(along + 12)
        dx, dy = high.x - low.x, high.y - low.y
        size = (dx * dx + dy * dy) ** 0.5 or 1.0
        return Point(here.x - dy / size * side * metres, here.y + dx / size * side * metres)


def known_places(streets: Streets) -> list[Place]:
    """The places that published reports name, at made-up spots beside the roads named with them."""
    out = []
    for row in rows("places.csv"):
        side = 1 if row["side"] == "left" else -1
        spot = streets.beside(row["road"], row["at"], side, float(row["offset"]))
        out.append(
            Place(
                row["name"],
                row["kind"],
                spot,
                row["road"],
                [a for a in row["aliases"].split(";") if a],
                row["source"],
            )
        )
    return out


def invented_places(streets: Streets, rng: random.Random, taken: set[str]) -> list[Place]:
    """Places of the usual kinds with made-up names that occur once."""
    stems = (HERE / "stems.txt").read_text(encoding="utf-8").split()
    near = [c[0].removesuffix("居委会").removesuffix("社区") for c in streets.ground.communities]
    out: list[Place] = []
    for kind, (count, patterns, (low, high)) in PATTERNS.items():
        made = 0
        while made < count:
            road, spot = streets.anywhere(rng, low, high)
            name = rng.choice(patterns).format(s=rng.choice(stems), r=road, c=rng.choice(near))
            if name in taken:
                continue
            taken.add(name)
            out.append(Place(name, kind, spot, road))
            made += 1
    return out


def offices(streets: Streets, rng: random.Random, roads: list[Road]) -> list[Place]:
    """Street and community offices (names real, places made up), each inside its own extent."""
    out = []
    for name, street, _, extent in streets.ground.communities:
        inside = [r for r in roads if r.road_class != "lane" and r.line.intersects(extent)]
        if not inside or not name.endswith("社区居委会"):
            continue
        road = rng.choice(inside)
        part = road.line.intersection(extent)
        line = max(getattr(part, "geoms", [part]), key=lambda g: g.length)
        if line.length < 60:
            continue
        spot = streets.beside_line(line, line.length / 2, rng.choice([1, -1]), 35)
        if not extent.contains(spot):
            continue
        out.append(Place(name, "government", spot, road.name, [], "name real"))
        town = street.endswith("镇")
        office = f"{street}人民政府" if town else f"{street}办事处"
        if all(p.name != office for p in out):
            away = streets.beside_line(line, line.length / 3, 1, 45)
            out.append(
                Place(
                    office,
                    "government",
                    away,
                    road.name,
                    [] if town else [f"{street}办"],
                    "name real",
                )
            )
    return out


def bus_stops(
    crossings: list[tuple[str, str, Point]], places: list[Place], rng: random.Random, *, count: int
) -> list[Place]:
    """Bus stops at crossings and beside places, named after them."""
    out: dict[str, Place] = {}
    for a, b, spot in rng.sample(crossings, len(crossings)):
        if len(out) >= count // 2:
            break
        if "巷" in a + b:
            continue
        name = f"{a}{b.removesuffix('路')}路口公交站" if b.endswith("路") else f"{a}{b}口公交站"
        out.setdefault(name, Place(name, "bus_stop", Point(spot.x + 35, spot.y + 18), a))
    for place in rng.sample(places, len(places)):
        if len(out) >= count:
            break
        if place.kind in {"school", "hospital", "park", "market", "mall", "estate", "station"}:
            name = f"{place.name}公交站"
            stop = Point(place.point.x + rng.uniform(-60, 60), place.point.y + rng.uniform(-60, 60))
            out.setdefault(name, Place(name, "bus_stop", stop, place.road, [f"{place.name}站"]))
    return list(out.values())


def estates(
    streets: Streets, rng: random.Random, taken: set[str]
) -> tuple[list[Place], list[Block]]:
    """Estates with numbered blocks: quarters along the old works' roads, and named gardens."""
    places, blocks = [], []
    seats: list[tuple[str, str, Point, str]] = []
    for road, quarters in QUARTERS:
        for n in range(1, quarters + 1):
            spot = streets.beside(road, str((n - 0.4) / quarters), 1 if n % 2 else -1, 110)
            real = f"{road}{numeral(n)}区" in {"永前路四区", "鹅山路八区", "革新路一区"}
            seats.append((f"{road}{numeral(n)}区", road, spot, "seen" if real else "made up"))
    stems = (HERE / "stems.txt").read_text(encoding="utf-8").split()
    while len(seats) < 110:
        name = rng.choice(stems) + rng.choice(ESTATE_ENDS)
        if name in taken:
            continue
        taken.add(name)
        road, spot = streets.anywhere(rng, 90, 160)
        seats.append((name, road, spot, "made up"))
    for name, road, spot, source in seats:
        short = [] if name.endswith(("小区", "区")) else [f"{name}小区"]
        places.append(Place(name, "estate", spot, road, short, source))
        total = 20 if source == "seen" else rng.randint(8, 18)
        for n in range(1, total + 1):
            column, row = (n - 1) % 4 - 1.5, (n - 1) // 4 - total / 8
            at = Point(spot.x + column * 34, spot.y + row * 30)
            blocks.append(Block(name, f"{n}栋", at))
    return places, blocks
