"""Place look-ups over HTTP: one point, thousands of points, addresses."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from dispatch.jurisdiction.api import router
from geo.crs import Crs, convert
from tests.factories.client import client_for
from tests.factories.jurisdiction import middle


@pytest.fixture
def client(city: Session) -> TestClient:
    return client_for(city, router)


def _ask(client: TestClient, lon: float, lat: float, **more: Any) -> Any:
    return client.get("/api/v1/grid/locate", params={"longitude": lon, "latitude": lat, **more})


@pytest.mark.parametrize("crs", list(Crs))
def test_a_place_in_any_system_is_in_the_same_grid(client: TestClient, crs: Crs) -> None:
    x, y = convert(*middle(1, 1), source=Crs.WGS84, target=crs)

    answer = _ask(client, x, y, crs=crs.value)

    assert answer.status_code == 200
    body = answer.json()
    assert body["grid_code"] == "450202001002002"
    assert body["working_grid"] == "450202G001"
    assert (body["community"], body["street"], body["district"]) == (
        "五星社区居委会",
        "城中街道",
        "城中区",
    )


def test_a_place_outside_the_city_is_not_found(client: TestClient) -> None:
    answer = _ask(client, 116.39, 39.9)

    assert answer.status_code == 404
    assert answer.json()["code"] == "outside_jurisdiction"
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("params", [(200, 24.3), (109.4, 95), ("nan", 24.3), ("inf", 24.3)])
def test_what_is_no_place_is_refused(client: TestClient, params: tuple[Any, Any]) -> None:
    assert _ask(client, *params).status_code == 422


def test_many_places_are_answered_in_order_each_in_its_own_system(client: TestClient) -> None:
    gcj = convert(*middle(2, 0), source=Crs.WGS84, target=Crs.GCJ02)
    points = [
        {"longitude": middle(0, 0)[0], "latitude": middle(0, 0)[1]},
        {"longitude": 116.39, "latitude": 39.9},
        {"longitude": gcj[0], "latitude": gcj[1], "crs": "gcj02"},
    ]

    answer = client.post("/api/v1/grid/locate", json={"points": points})

    assert answer.status_code == 200
    codes = [item and item["grid_code"] for item in answer.json()["items"]]
    assert codes == ["450202001001001", None, "450203001001001"]


def test_ten_thousand_places_are_taken_and_not_one_more(client: TestClient) -> None:
    point = {"longitude": middle(0, 1)[0], "latitude": middle(0, 1)[1]}

    taken = client.post("/api/v1/grid/locate", json={"points": [point] * 10_000})
    refused = client.post("/api/v1/grid/locate", json={"points": [point] * 10_001})

    assert [item["grid_code"] for item in taken.json()["items"]] == ["450202001001002"] * 10_000
    assert refused.status_code == 422


def test_an_address_gives_ranked_explained_points(client: TestClient) -> None:
    answer = client.get("/api/v1/geocode", params={"q": "学院路与雅儒路交会处井盖不见了"})

    assert answer.status_code == 200
    best = answer.json()["items"][0]
    assert best["kind"] == "crossing"
    assert (best["longitude"], best["latitude"]) == pytest.approx((109.405, 24.31), abs=1e-4)
    assert best["grid_code"].startswith("450202001001")
    assert best["radius_m"] > 0
    assert 0 < best["confidence"] <= 1
    assert "学院路" in best["explanation"]


def test_candidates_come_in_the_system_asked_for(client: TestClient) -> None:
    expected = convert(109.405, 24.31, source=Crs.WGS84, target=Crs.BD09)

    answer = client.get("/api/v1/geocode", params={"q": "学院路与雅儒路交会处", "crs": "bd09"})

    best = answer.json()["items"][0]
    assert (best["longitude"], best["latitude"]) == pytest.approx(expected, abs=1e-4)


def test_words_without_an_address_give_nothing(client: TestClient) -> None:
    answer = client.get("/api/v1/geocode", params={"q": "请尽快处理,谢谢"})

    assert answer.json()["items"] == []
    assert answer.json()["verdict"] == "nothing"


@pytest.mark.parametrize("near", ["109.4", "a,b", "24.3,109.4,1", "109.4,124"])
def test_a_near_that_is_no_place_is_refused(client: TestClient, near: str) -> None:
    answer = client.get("/api/v1/geocode", params={"q": "学院路", "near": near})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "near"
