"""The citizens' map over HTTP: nearest first, in any coordinate system, with live reports from feeds."""

from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from dispatch.facilities.api import router
from dispatch.facilities.commands import give_key
from dispatch.facilities.model import FacilityKind
from dispatch.kit import clock
from geo.crs import Crs, convert
from geo.shapes import distance_m
from tests.factories.client import client_for
from tests.factories.facilities import add_facility

LON, LAT = 109.4116, 24.3178
URL = "/api/v1/facilities"
KEY = {"X-Facility-Key": "the feed's key"}


@pytest.fixture
def client(session: Session) -> TestClient:
    give_key(session, key=KEY["X-Facility-Key"], name="feed", kind=None)
    return client_for(session, router)


def _ask(client: TestClient, **changes: Any) -> list[dict[str, Any]]:
    answer = client.get(URL, params={"longitude": LON, "latitude": LAT, **changes})
    assert answer.status_code == 200, answer.text
    assert answer.json()["type"] == "FeatureCollection"
    features: list[dict[str, Any]] = answer.json()["features"]
    return features


def _codes(features: list[dict[str, Any]]) -> list[str]:
    return [each["properties"]["id"] for each in features]


def test_the_nearest_comes_first_by_true_metres(client: TestClient, session: Session) -> None:
    # 0.010 degrees north are 1,108 m, 0.0105 degrees east are 1,065 m: flat degrees would mislead
    add_facility(session, "north", lon=LON, lat=LAT + 0.010)
    add_facility(session, "east", lon=LON + 0.0105, lat=LAT)

    found = _ask(client)

    assert _codes(found) == ["east", "north"]
    assert _codes(_ask(client, limit=1)) == ["east"]
    expected = distance_m(LON, LAT, LON + 0.0105, LAT)
    assert found[0]["properties"]["distance_m"] == pytest.approx(expected, abs=0.1)


def test_what_lies_beyond_the_radius_is_left_out(client: TestClient, session: Session) -> None:
    add_facility(session, "near", lon=LON, lat=LAT + 0.001)
    add_facility(session, "far", lon=LON, lat=LAT + 0.02)

    assert _codes(_ask(client, radius=500)) == ["near"]


def test_only_the_kind_asked_for(client: TestClient, session: Session) -> None:
    add_facility(session, "wc", lon=LON, lat=LAT)
    add_facility(session, "p", lon=LON, lat=LAT, kind=FacilityKind.PARKING)

    assert _codes(_ask(client, kind="parking")) == ["p"]


@pytest.mark.parametrize("crs", list(Crs))
def test_a_place_in_any_system_finds_the_same_facility(
    client: TestClient, session: Session, crs: Crs
) -> None:
    add_facility(session, "here", lon=LON, lat=LAT)
    x, y = convert(LON, LAT, source=Crs.WGS84, target=crs)

    found = _ask(client, longitude=x, latitude=y, crs=crs.value, radius=5)

    assert _codes(found) == ["here"]


@pytest.mark.parametrize("crs", list(Crs))
def test_coordinates_come_in_the_system_asked_for(
    client: TestClient, session: Session, crs: Crs
) -> None:
    add_facility(session, "here", lon=LON, lat=LAT)

    found = _ask(client, out_crs=crs.value)

    expected = convert(LON, LAT, source=Crs.WGS84, target=crs)
    assert found[0]["geometry"]["coordinates"] == pytest.approx(expected, abs=1e-6)


def test_only_open_ones_when_asked(client: TestClient, session: Session) -> None:
    add_facility(session, "closed", lon=LON, lat=LAT, hours="off")
    add_facility(session, "open", lon=LON, lat=LAT + 0.001)

    assert _codes(_ask(client, open_now=True, limit=1)) == ["open"]
    assert [each["properties"]["open_now"] for each in _ask(client)] == [False, True]


def test_a_place_that_is_none_is_refused(client: TestClient) -> None:
    answer = client.get(URL, params={"longitude": 24.3, "latitude": 109.4})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "latitude"


def _put(client: TestClient, code: str = "P1", **body: Any) -> Any:
    body.setdefault("at", clock.now().isoformat())
    return client.put(f"{URL}/{code}/availability", json=body, headers=KEY)


@pytest.fixture
def parking(session: Session) -> None:
    add_facility(session, "P1", lon=LON, lat=LAT, kind=FacilityKind.PARKING, total=40, free=7)


@pytest.mark.usefixtures("parking")
def test_a_live_report_is_shown_at_once(client: TestClient) -> None:
    answer = _put(client, spaces_free=3, open_now=False)

    assert answer.status_code == 200
    assert answer.json()["applied"] is True
    shown = _ask(client)[0]["properties"]
    assert (shown["spaces_free"], shown["open_now"], shown["live"]) == (3, False, True)


@pytest.mark.usefixtures("parking")
def test_a_report_older_than_the_stored_one_changes_nothing(client: TestClient) -> None:
    now = clock.now()
    _put(client, spaces_free=3, at=now.isoformat())

    answer = _put(client, spaces_free=30, at=(now - timedelta(seconds=1)).isoformat())

    assert answer.status_code == 200
    assert answer.json()["applied"] is False
    assert answer.json()["spaces_free"] == 3


@pytest.mark.usefixtures("parking")
@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"spaces_free": 41}, "spaces_free"),
        ({"spaces_free": -1}, "spaces_free"),
        ({"spaces_free": 1, "at": "2026-11-21T10:00:00"}, "at"),
        ({"spaces_free": 1, "at": "2999-01-01T00:00:00Z"}, "at"),
        ({}, "body"),
    ],
    ids=["more than there are", "negative", "no zone", "future", "says nothing"],
)
def test_a_report_that_cannot_be_true_is_refused(
    client: TestClient, body: dict[str, Any], field: str
) -> None:
    answer = _put(client, **body)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field


@pytest.mark.usefixtures("parking")
@pytest.mark.parametrize(
    "headers", [{}, {"X-Facility-Key": "guessed"}, {"Authorization": "Bearer x"}]
)
def test_without_the_key_nothing_is_taken(client: TestClient, headers: dict[str, str]) -> None:
    body = {"spaces_free": 1, "at": clock.now().isoformat()}

    answer = client.put(f"{URL}/P1/availability", json=body, headers=headers)

    assert answer.status_code == 401
    assert answer.json()["code"] == "bad_facility_key"


@pytest.mark.usefixtures("parking")
def test_a_key_for_toilets_may_not_speak_for_parking(client: TestClient, session: Session) -> None:
    give_key(session, key="toilets", name="feed", kind=FacilityKind.TOILET)
    body = {"spaces_free": 1, "at": clock.now().isoformat()}

    answer = client.put(
        f"{URL}/P1/availability", json=body, headers={"Authorization": "Bearer toilets"}
    )

    assert answer.status_code == 403


def test_an_unknown_facility_is_not_found(client: TestClient) -> None:
    assert _put(client, "nowhere", spaces_free=1).status_code == 404
