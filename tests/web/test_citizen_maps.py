"""The convenience map and the public map without JavaScript, and feeds held against a reader of feeds."""

from datetime import timedelta

import feedparser
import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from dispatch.cases.states import Stage
from dispatch.facilities.model import FacilityKind
from dispatch.kit import clock
from tests.factories.cases import add_case, report
from tests.factories.city import City, spot
from tests.factories.facilities import add_facility

LON, LAT = spot()
HERE = {"longitude": LON, "latitude": LAT}
SECRET = "王大爷家门口的井盖不见了"


def test_toilets_near_me_with_four_ways_there(session: Session, visitor: TestClient) -> None:
    add_facility(session, "T-1", lon=LON, lat=LAT + 0.001)
    page = visitor.get("/nearby", params=HERE).text
    for words in ("窑埠路公厕", "111 米", "步行约 2 分钟", "全天", "mode=walk", "geo:24."):
        assert words in page
    for host in ("uri.amap.com", "api.map.baidu.com", "apis.map.qq.com"):
        assert f"//{host}/" in page
    phone = visitor.get("/nearby", params=HERE, headers={"User-Agent": "Mozilla/5.0 (iPhone)"})
    assert "maps.apple.com" in phone.text


def test_parking_is_by_car_and_tells_live_spaces(session: Session, visitor: TestClient) -> None:
    add_facility(
        session,
        "P-1",
        lon=LON,
        lat=LAT,
        kind=FacilityKind.PARKING,
        total=40,
        free=7,
        availability_at=clock.now(),
    )
    page = visitor.get("/nearby/cards", params={**HERE, "kind": "parking"}).text
    assert "<strong>7</strong>" in page
    assert "mode=car" in page


def test_filters_leave_only_what_fits(session: Session, visitor: TestClient) -> None:
    shut = add_facility(session, "T-1", lon=LON, lat=LAT, name="关着的", hours="off")
    add_facility(session, "T-2", lon=LON, lat=LAT, name="开着的")
    shut.accessible = True
    session.flush()
    opened = visitor.get("/nearby/cards", params={**HERE, "open": "1"}).text
    accessible = visitor.get("/nearby/cards", params={**HERE, "accessible": "1"}).text
    assert ("开着的" in opened, "关着的" in opened) == (True, False)
    assert ("开着的" in accessible, "关着的" in accessible) == (False, True)
    both = visitor.get("/nearby/cards", params={**HERE, "open": "1", "accessible": "1"}).text
    assert "去掉一个条件" in both


def test_a_short_link_leads_to_the_place(session: Session, visitor: TestClient) -> None:
    add_facility(session, "T-1", lon=LON, lat=LAT)
    page = visitor.get("/nearby", params=HERE).text
    assert f"/n/t/{LON:.5f},{LAT:.5f}" in page
    answer = visitor.get(f"/n/p/{LON:.5f},{LAT:.5f}")
    assert answer.headers["location"].startswith("/nearby?kind=parking&longitude=109.4")
    assert visitor.get("/n/x/1,2").status_code == 404
    assert visitor.get("/n/t/here").status_code == 404


def test_an_unknown_place_is_said_to_be(visitor: TestClient) -> None:
    assert "没有找到这个地方" in visitor.get("/nearby", params={"q": "没有这个地方"}).text


def test_a_fault_of_a_toilet_is_reported_where_it_stands(
    session: Session, visitor: TestClient
) -> None:
    add_facility(session, "T-1", lon=LON, lat=LAT)
    assert "/report?facility=T-1" in visitor.get("/nearby", params=HERE).text
    page = visitor.get("/report", params={"facility": "T-1"}).text
    assert "关于：窑埠路公厕" in page
    assert f'value="{LON:.6f}"' in page
    assert "关于：" not in visitor.get("/report", params={"facility": "none"}).text


@pytest.fixture
def secret(session: Session, city: City) -> None:
    """An open case with somebody's words and number, and one that is closed."""
    add_case(session, city, Stage.CLOSED, at=clock.now() - timedelta(days=3))
    report(session, description=SECRET, contact_phone="13800001234", at=clock.now())


@pytest.mark.usefixtures("secret")
@pytest.mark.parametrize("path", ["/map", "/map/list", "/map/feed", "/map/feed.rss"])
def test_the_public_sees_coarse_facts_of_open_cases_only(visitor: TestClient, path: str) -> None:
    answer = visitor.get(path)
    assert answer.status_code == 200
    page = answer.text
    for words in ("雨水井盖", "已收到", "河西街道"):
        assert words in page
    for private in ("王大爷", "1380000", "1234", "柳数管", f"{clock.city_day(clock.now())}-0"):
        assert private not in page
    assert page.count("雨水井盖") == 1


@pytest.mark.usefixtures("secret")
@pytest.mark.parametrize(
    ("area", "shown"),
    [
        ("district:450204", 1),
        ("street:450204001", 1),
        ("community:450204001001", 1),
        (f"circle:{LON},{LAT},100", 1),
        (f"circle:{LON + 0.01},{LAT},100", 0),
    ],
)
def test_the_feed_of_an_area_is_atom(visitor: TestClient, area: str, shown: int) -> None:
    answer = visitor.get("/map/feed", params={"area": area})
    assert answer.headers["content-type"].startswith("application/atom+xml")
    found = feedparser.parse(answer.content)
    assert not found.bozo
    assert found.version == "atom10"
    assert found.feed.id
    assert found.feed.updated_parsed
    assert [each.rel for each in found.feed.links] == ["self", "alternate"]
    assert len(found.entries) == shown
    for entry in found.entries:
        assert entry.id.startswith("tag:")
        assert entry.title == "雨水井盖 · 已收到，正在受理"
        assert entry.published_parsed
        assert entry.updated_parsed
    again = feedparser.parse(visitor.get("/map/feed", params={"area": area}).content)
    assert [each.id for each in again.entries] == [each.id for each in found.entries]


@pytest.mark.usefixtures("secret")
def test_a_kind_narrows_list_and_feed(visitor: TestClient) -> None:
    for path in ("/map/list", "/map/feed", "/map/feed.rss"):
        assert "雨水井盖" in visitor.get(path, params={"group": "manhole"}).text
        assert "雨水井盖" not in visitor.get(path, params={"group": "sanitation"}).text


@pytest.mark.parametrize(
    ("area", "status"),
    [
        ("street:999", 404),
        ("planet:1", 422),
        ("circle:1,2", 422),
        ("circle:109,24,10", 422),
        ("circle:nan,24,100", 422),
    ],
)
def test_what_is_no_area_is_refused(
    visitor: TestClient, city: City, area: str, status: int
) -> None:
    assert visitor.get("/map/feed", params={"area": area}).status_code == status
    assert visitor.get("/map", params={"area": area}).status_code == status


def test_the_list_goes_on_where_it_stopped(
    session: Session, visitor: TestClient, city: City
) -> None:
    for number in range(23):
        at = clock.now() - timedelta(minutes=number)
        report(session, at=at, stands_alone=True)
    first = visitor.get("/map/list").text
    assert first.count("open-what") == 20
    after = first.partition('href="/map?')[2].partition('"')[0]
    assert visitor.get(f"/map/list?{after}").text.count("open-what") == 3
    assert visitor.get("/map/list", params={"after": "WzFd"}).status_code == 422


@pytest.mark.usefixtures("secret")
def test_the_feed_of_an_area_is_rss_too(visitor: TestClient) -> None:
    answer = visitor.get("/map/feed.rss", params={"area": "district:450204"})

    found = feedparser.parse(answer.content)

    assert answer.headers["content-type"].startswith("application/rss+xml")
    assert (found.bozo, found.version) == (False, "rss20")
    assert [each.rel for each in found.feed.links] == ["alternate", "self"]
    assert found.feed.updated_parsed
    (entry,) = found.entries
    assert (entry.id.startswith("tag:"), entry.guidislink) == (True, False)
    assert entry.title == "雨水井盖 · 已收到，正在受理"
    assert entry.published_parsed
