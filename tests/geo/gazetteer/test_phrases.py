"""Phrases as published reports of the city use them, each with what it must be read as."""

import pytest

from geo.gazetteer import Gazetteer, Kind, Verdict

POINTS = [
    ("柳邕路中段,万达广场支路内约100米一只小黄鱼门前非机动车道", Kind.PLACE, "一只小黄鱼"),
    ("西堤路柳江铁桥南侧约200米的绿化带内", Kind.BRIDGE, "柳江铁桥"),
    ("学院路与潭中东路交会处", Kind.CROSSING, "学院路与潭中东路交会处"),
    ("雅儒路东四巷12号", Kind.HOUSE_NUMBER, "雅儒路东四巷12号"),
    ("永前路四区14栋", Kind.BLOCK, "永前路四区14栋"),
    ("龙潭医院门前", Kind.PLACE, "龙潭医院"),
    ("滨江东路上柳州饭店的大坡", Kind.PLACE, "柳州饭店"),
    ("柳邕路与航鹰大道交汇处", Kind.CROSSING, "柳邕路与航鹰大道交会处"),
    ("航四路与航银路口", Kind.CROSSING, "航四路与航银路交会处"),
    ("鹅山路八区一栋前", Kind.BLOCK, "鹅山路八区1栋"),
    ("革新路一区2号附近人行道上", Kind.BLOCK, "革新路一区2栋"),
    ("柳石路新兴治超站路段", Kind.PLACE, "新兴治超站"),
    ("柳江县高速公路出口附近的322国道,约一公里", Kind.PLACE, "高速公路出口"),
    ("柳南实验小学和美校区至航三路之间", Kind.STRETCH, "两地之间"),
    ("东埠路柳洛安康馨居小区车辆出口北侧约160米的人行道上", Kind.PLACE, "柳洛安康馨居车辆出口"),
    ("文惠桥引道(靠东门一侧)绿化带", Kind.BRIDGE, "文惠桥"),
    ("高新四路市十二中附近", Kind.PLACE, "柳州市第十二中学"),
    ("潭中东路柳州海关附近", Kind.PLACE, "柳州海关"),
    (
        "文昌路与学院路交叉路口沿着桂柳路往三门江方向的非机动车道上",
        Kind.CROSSING,
        "文昌路与学院路交会处",
    ),
    ("北外环路志城铁路桥附近路段", Kind.BRIDGE, "志城铁路桥"),
]


@pytest.mark.parametrize(("text", "kind", "label"), POINTS)
def test_a_published_phrase_that_names_a_point_is_read_with_confidence(
    gazetteer: Gazetteer, text: str, kind: Kind, label: str
) -> None:
    answer = gazetteer.geocode(text)
    assert answer.best is not None
    assert (answer.best.kind, answer.best.text) == (kind, label)
    assert answer.verdict is Verdict.CONFIDENT


WIDE = [
    ("西环路河西路口至和平路口段", Kind.STRETCH),
    ("磨太路(皇炎汽修厂至16号下穿涵洞)", Kind.STRETCH),
    ("静兰桥下", Kind.BRIDGE),
    ("柳邕路中段", Kind.PORTION),
    ("长风路机动车道上", Kind.ROAD),
    ("柳江区龙怀路", Kind.ROAD),
    ("柳石路、洛维路一带", Kind.CROSSING),
    ("龙城社区", Kind.COMMUNITY),
    ("城中区", Kind.DISTRICT),
]


@pytest.mark.parametrize(("text", "kind"), WIDE)
def test_a_phrase_that_names_a_line_or_area_is_answered_but_not_trusted(
    gazetteer: Gazetteer, text: str, kind: Kind
) -> None:
    answer = gazetteer.geocode(text)
    assert answer.best is not None
    assert answer.best.kind is kind
    assert answer.best.radius_m > 150
    assert answer.verdict is Verdict.UNCERTAIN


def test_a_whole_description_yields_the_same_place_as_its_address(gazetteer: Gazetteer) -> None:
    address = gazetteer.geocode("柳邕路和航鹰大道交汇处").best
    story = gazetteer.geocode(
        "柳邕路和航鹰大道交汇处一根十公分左右的树枝掉在人行道上,还伸到非机动车道一米多"
    ).best
    assert address is not None
    assert story is not None
    assert (story.lon, story.lat) == (address.lon, address.lat)


@pytest.mark.parametrize(
    "text",
    [
        "西环路河西路口", "河西路和西环路交叉口", "路口,河西路跟西环路", "西环路跟河西路那个路口",
        "河西路/西环路交叉口", "西环与河西路口", "河西路到西环路的转角处",
    ],
)  # fmt: skip
def test_one_crossing_said_in_many_ways_is_one_place(gazetteer: Gazetteer, text: str) -> None:
    plain = gazetteer.geocode("西环路与河西路交叉口").best
    other = gazetteer.geocode(text).best
    assert plain is not None
    assert other is not None
    assert (other.lon, other.lat) == (plain.lon, plain.lat)


@pytest.mark.parametrize(
    "text",
    ["雅儒路东4巷十二号", "雅儒路那边东四巷12号", "12号,雅儒路东四巷", "雅儒路东四巷那里12号"],
)
def test_a_lane_number_in_colloquial_order_is_the_same_door(
    gazetteer: Gazetteer, text: str
) -> None:
    plain = gazetteer.geocode("雅儒路东四巷12号").best
    other = gazetteer.geocode(text).best
    assert plain is not None
    assert other is not None
    assert (other.kind, other.lon, other.lat) == (Kind.HOUSE_NUMBER, plain.lon, plain.lat)


def test_an_estate_without_that_block_answers_the_estate_and_says_so(gazetteer: Gazetteer) -> None:
    best = gazetteer.geocode("永前路四区99栋").best
    assert best is not None
    assert best.kind is Kind.PLACE
    assert "没有99栋的数据" in best.explanation


def test_a_number_beyond_the_last_answers_the_road_without_confidence(gazetteer: Gazetteer) -> None:
    answer = gazetteer.geocode("雅儒路9999号")
    assert answer.best is not None
    assert answer.best.kind is Kind.ROAD
    assert answer.verdict is Verdict.UNCERTAIN
    assert "没有9999号的数据" in answer.best.explanation
