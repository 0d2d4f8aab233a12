"""The inventory over HTTP: for staff, near a place, in a window by pages, by code."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from dispatch.people.model import Role
from geo.crs import Crs, convert
from tests.factories.parts import add_category, add_part
from tests.factories.people import add_department, add_user, client_as, whole_app

LON, LAT = 109.4116, 24.3178
URL = "/api/v1/parts"


@pytest.fixture
def client(session: Session) -> TestClient:
    return client_as(session, add_user(session, Role.INSPECTOR))


@pytest.fixture
def row(session: Session) -> list[str]:
    """Five manholes in a row to the east, 10 m apart, and their codes."""
    owner = add_department(session, name="市排水公司")
    manhole = add_category(session)
    return [
        add_part(session, manhole, n, lon=LON + n * 0.0001, lat=LAT, owner_id=owner.id).code
        for n in range(1, 6)
    ]


def _codes(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [item["code"] for item in answer.json()["items"]]


def test_near_a_place_the_nearest_comes_first(client: TestClient, row: list[str]) -> None:
    answer = client.get(URL, params={"longitude": LON, "latitude": LAT, "radius": 35})

    assert _codes(answer) == row[:3]
    first = answer.json()["items"][0]
    assert first["distance_m"] == pytest.approx(10.1, abs=0.1)
    assert first["owner"]["name"] == "市排水公司"
    assert first["category"]["sign"] == "井"


def test_a_place_in_another_system_finds_the_same(client: TestClient, row: list[str]) -> None:
    x, y = convert(LON, LAT, source=Crs.WGS84, target=Crs.GCJ02)

    answer = client.get(URL, params={"longitude": x, "latitude": y, "crs": "gcj02", "radius": 15})

    assert _codes(answer) == row[:1]
    back = convert(LON + 0.0001, LAT, source=Crs.WGS84, target=Crs.GCJ02)
    first = answer.json()["items"][0]
    assert (first["longitude"], first["latitude"]) == pytest.approx(back, abs=1e-6)


def test_a_window_is_read_by_pages(client: TestClient, row: list[str]) -> None:
    box = f"{LON},{LAT - 0.001},{LON + 0.00045},{LAT + 0.001}"

    first = client.get(URL, params={"bbox": box, "limit": 3})
    second = client.get(
        URL, params={"bbox": box, "limit": 3, "cursor": first.json()["next_cursor"]}
    )

    assert _codes(first) == row[:3]
    assert _codes(second) == row[3:4]
    assert second.json()["next_cursor"] is None


def test_only_the_class_asked_for(client: TestClient, session: Session, row: list[str]) -> None:
    lamp = add_part(session, add_category(session, "P0301", name="路灯"), 1, lon=LON, lat=LAT)
    place = {"longitude": LON, "latitude": LAT}

    assert _codes(client.get(URL, params={**place, "category": "路灯"})) == [lamp.code]
    unknown = client.get(URL, params={**place, "category": "月亮"})
    assert unknown.status_code == 422
    assert unknown.json()["errors"][0]["field"] == "category"


def test_a_part_is_shown_by_its_code(client: TestClient, row: list[str]) -> None:
    assert client.get(f"{URL}/{row[2]}").json()["code"] == row[2]
    assert client.get(f"{URL}/0000000000000000").status_code == 404


@pytest.mark.parametrize(
    "params", [{}, {"bbox": "1,2,3"}, {"bbox": "3,0,1,1"}, {"bbox": "a,b,c,d"}]
)
def test_without_a_usable_window_or_place_it_is_said(
    client: TestClient, params: dict[str, str]
) -> None:
    answer = client.get(URL, params=params)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "bbox"


def test_the_inventory_is_not_for_everyone(session: Session) -> None:
    nobody = TestClient(whole_app(session), base_url="https://testserver")

    assert nobody.get(URL, params={"bbox": "109,24,110,25"}).status_code == 401
