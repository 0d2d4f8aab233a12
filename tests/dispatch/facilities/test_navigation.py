"""Navigation links speak each app's own language: system, order, encoding."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest

from dispatch.facilities.navigation import links
from geo.crs import Crs, convert

LON, LAT = 109.4116, 24.3178
NAME = "五星商厦 1&2号/停车场"


@pytest.fixture
def shifted() -> tuple[str, str]:
    """The GCJ-02 place, as the links write it."""
    x, y = convert(LON, LAT, source=Crs.WGS84, target=Crs.GCJ02)
    return f"{x:.6f}", f"{y:.6f}"


def test_amap_takes_gcj02_with_the_longitude_first(shifted: tuple[str, str]) -> None:
    url = urlsplit(links(LON, LAT, NAME).amap)
    asked = parse_qs(url.query)

    assert f"{url.scheme}://{url.netloc}{url.path}" == "https://uri.amap.com/navigation"
    assert asked["to"] == [f"{shifted[0]},{shifted[1]},{NAME}"]
    assert asked["mode"] == ["car"]
    assert asked["coordinate"] == ["gaode"]


def test_baidu_takes_gcj02_with_the_latitude_first(shifted: tuple[str, str]) -> None:
    url = urlsplit(links(LON, LAT, NAME).baidu)
    asked = parse_qs(url.query)

    assert f"{url.scheme}://{url.netloc}{url.path}" == "http://api.map.baidu.com/direction"
    assert asked["destination"] == [f"latlng:{shifted[1]},{shifted[0]}|name:{NAME}"]
    assert asked["mode"] == ["driving"]
    assert asked["coord_type"] == ["gcj02"]
    assert asked["output"] == ["html"]
    assert asked["src"]


def test_tencent_takes_gcj02_with_the_latitude_first(shifted: tuple[str, str]) -> None:
    url = urlsplit(links(LON, LAT, NAME).tencent)
    asked = parse_qs(url.query)

    assert f"{url.scheme}://{url.netloc}{url.path}" == "https://apis.map.qq.com/uri/v1/routeplan"
    assert asked["type"] == ["drive"]
    assert asked["to"] == [NAME]
    assert asked["tocoord"] == [f"{shifted[1]},{shifted[0]}"]
    assert asked["referer"]


def test_the_geo_link_stays_in_wgs84() -> None:
    assert links(LON, LAT, NAME).geo == "geo:24.317800,109.411600"


def test_no_link_holds_a_raw_blank_or_chinese_character() -> None:
    made = links(LON, LAT, NAME)

    for link in (made.amap, made.baidu, made.tencent):
        assert re.fullmatch(r"[\x21-\x7e]+", link)
