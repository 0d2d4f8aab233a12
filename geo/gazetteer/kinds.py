"""What an address can point at, how sure the answer is, and what each recognised word does."""

from enum import StrEnum


class Kind(StrEnum):
    """What a candidate is; the first are the most precise."""

    BLOCK = "block"  # 永前路四区14栋
    HOUSE_NUMBER = "house_number"  # 雅儒路12号
    CROSSING = "crossing"  # 学院路与潭中东路交会处
    LANE = "lane"  # 雅儒路东四巷
    PLACE = "place"  # 龙潭医院
    BRIDGE = "bridge"  # 静兰桥
    STRETCH = "stretch"  # 西环路河西路口至和平路口段
    PORTION = "portion"  # 柳邕路中段
    ROAD = "road"
    COMMUNITY = "community"
    STREET = "street"  # the office's area (城中街道), not a road
    DISTRICT = "district"


class Verdict(StrEnum):
    """What a caller may do with the answer."""

    CONFIDENT = "confident"  # the best candidate may be used as it is
    UNCERTAIN = "uncertain"  # one reading, but wide or doubtful
    NEEDS_OPERATOR = "needs_operator"  # rivals stand more than 200 m apart
    NOTHING = "nothing"  # the text holds no address that is known here


class Role(StrEnum):
    """What a recognised piece of the text does."""

    ROAD = "road"
    LANE = "lane"
    PLACE = "place"
    BRIDGE = "bridge"
    AREA = "area"
    NUMBER = "number"
    BLOCK = "block"
    LANE_NUMBER = "lane_number"
    QUARTER = "quarter"
    CROSSING = "crossing"
    LINK = "link"
    TO = "to"
    STRETCH = "stretch"
    PORTION = "portion"
    DIRECTION = "direction"
    DISTANCE = "distance"
    RELATION = "relation"
    PART = "part"  # carriageway part: 人行道
    DETAIL = "detail"  # floor, unit, size, plain word: read, but moves nothing


class How(StrEnum):
    """How a name was matched."""

    EXACT = "exact"
    SHORT = "short"  # a part of the name was left out (潭中路, 学院和潭中东路口)
    HOMOPHONE = "homophone"
    NEAR_HOMOPHONE = "near_homophone"  # zh/z, ch/c, sh/s, ng/n, n/l are confused in the south
    SLIP = "slip"  # two characters swapped, or one doubled
    TYPO = "typo"  # one character wrong, missing or too many


class RoadClass(StrEnum):
    """How big a road is; a lane is short enough to be an address by itself."""

    MAIN = "main"
    SECONDARY = "secondary"
    BRANCH = "branch"
    LANE = "lane"


class AreaKind(StrEnum):
    """The areas that an address may name."""

    DISTRICT = "district"
    STREET = "street"
    COMMUNITY = "community"


AREA_KINDS: dict[AreaKind, Kind] = {
    AreaKind.DISTRICT: Kind.DISTRICT,
    AreaKind.STREET: Kind.STREET,
    AreaKind.COMMUNITY: Kind.COMMUNITY,
}
