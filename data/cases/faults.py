"""Reports that are wrong on purpose, with what must become of them."""

import random
from collections.abc import Iterator
from typing import Any

from cases.city import City, Spot

Point = dict[str, Any]
OUTSIDE = (
    ("桂林两江四湖边有个井盖坏了", 110.29, 25.27),
    ("南宁青秀山脚下路灯不亮", 108.38, 22.79),
    ("北京朝阳区路面塌陷", 116.45, 39.92),
    ("鹿寨县城里垃圾没人收", 109.74, 24.48),
    ("柳城县大埔镇电线垂下来了", 109.24, 24.65),
    ("融安县长安镇路面坑洼", 109.39, 25.22),
    ("来宾市区路灯坏了", 109.22, 23.74),
    ("河池宜州井盖缺失", 108.65, 24.49),
)
NONSENSE = (
    "你好", "1111111", "哈哈哈哈", "在吗", "测试一下", "今天天气不错", "请问你们几点上班",
    "我想咨询一下社保怎么交", "谢谢你们上次帮忙", "asdfgh", "。。。", "祝大家新年快乐",
)  # fmt: skip
NO_PLACE = (
    "井盖坏了,快来修", "路灯不亮好几天了", "我家楼下垃圾没人收", "这边电线掉下来了", "小区门口有人乱摆摊",
    "老地方又积水了", "学校旁边那条路烂了", "对面工地半夜施工",
)  # fmt: skip
LABELLED_WRONG = ("gcj02", "bd09")


def _point(lon: float, lat: float) -> Point:
    return {"type": "Point", "coordinates": [round(lon, 6), round(lat, 6)]}


def faulty_cases(rng: random.Random, city: City) -> Iterator[tuple[Point | None, dict[str, Any]]]:
    """Geometry and properties of each, without id."""
    yield from _outside(rng)
    yield from _broken_coordinates(rng, city)
    yield from _contradictions(rng, city)
    yield from _without_meaning(rng, city)


def _outside(rng: random.Random) -> Iterator[tuple[Point | None, dict[str, Any]]]:
    for text, lon, lat in OUTSIDE:
        yield _point(lon, lat), {
            "channel": rng.choice(("wechat", "web", "app")), "crs": "wgs84", "description": text,
            "expect": "review", "expect_reason": "outside_jurisdiction",
        }  # fmt: skip


def _broken_coordinates(
    rng: random.Random, city: City
) -> Iterator[tuple[Point | None, dict[str, Any]]]:
    for _ in range(4):
        spot = _anywhere(rng, city)
        yield _point(spot.lat, spot.lon), {
            "channel": "web", "crs": "wgs84", "description": "井盖不见了,请尽快处理",
            "fault": "longitude and latitude swapped", "expect": "refused",
            "expect_reason": "invalid_coordinates",
        }  # fmt: skip
    spot = _anywhere(rng, city)
    yield _point(spot.lon, spot.lat), {
        "channel": "web", "crs": "wgs72", "description": "路灯不亮", "fault": "unknown system",
        "expect": "refused", "expect_reason": "invalid_crs",
    }  # fmt: skip
    yield _point(0, 0), {
        "channel": "app", "crs": "wgs84", "description": "路面有个大坑", "fault": "null island",
        "expect": "review", "expect_reason": "outside_jurisdiction",
    }  # fmt: skip
    yield None, {
        "channel": "camera", "source": "generic", "camera_id": "CAM-9999", "type": "full_bin",
        "event_id": "sample-unknown", "confidence": 0.9, "status": "instant",
        "description": "监控告警:垃圾满溢", "fault": "unknown camera without coordinates",
        "expect": "refused", "expect_reason": "unknown_camera",
    }  # fmt: skip


def _contradictions(
    rng: random.Random, city: City
) -> Iterator[tuple[Point | None, dict[str, Any]]]:
    """A GPS point labelled with a shifted system, so it comes out some hundred metres from the words."""
    for label in LABELLED_WRONG * 3:
        spot = _anywhere(rng, city)
        yield _point(spot.lon, spot.lat), {
            "channel": "web", "crs": label, "description": f"{spot.words}垃圾没人收",
            "address": spot.words, "fault": "a WGS-84 point labelled with another system",
            "expect": "review", "expect_reason": "place_conflict",
            "expect_longitude": spot.lon, "expect_latitude": spot.lat,
        }  # fmt: skip


def _without_meaning(
    rng: random.Random, city: City
) -> Iterator[tuple[Point | None, dict[str, Any]]]:
    for text in NONSENSE:
        spot = _anywhere(rng, city)
        yield _point(spot.lon, spot.lat), {
            "channel": rng.choice(("wechat", "web")), "crs": "cgcs2000", "description": text,
            "expect": "review", "expect_reason": "no_category",
        }  # fmt: skip
    for text in NO_PLACE:
        yield None, {
            "channel": rng.choice(("wechat", "web", "phone")), "description": text,
            "expect": "review", "expect_reason": "no_place",
        }  # fmt: skip
    yield None, {
        "channel": "web", "description": "   ", "address": "龙城路",
        "expect": "refused", "expect_reason": "empty_description",
    }  # fmt: skip


def _anywhere(rng: random.Random, city: City) -> Spot:
    return city.spot_for("E0110", rng, nameable=True)
