"""The catalogue over HTTP: complete, in order, and not sent twice to the same browser."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from dispatch.catalogue.api import router
from dispatch.kit import reference
from tests.factories.city import City, add_city
from tests.factories.client import client_for
from tests.factories.questions import questions

URL = "/api/v1/catalogue"


@pytest.fixture(autouse=True)
def _fresh_caches() -> Iterator[None]:
    reference.forget_all()
    yield
    reference.forget_all()


@pytest.fixture
def city(session: Session) -> City:
    return add_city(session)


@pytest.fixture
def client(session: Session, city: City) -> TestClient:
    return client_for(session, router)


def _codes(answer: Any) -> list[str]:
    return [minor["code"] for each in answer.json()["classes"] for minor in each["minor_classes"]]


def test_a_condition_stands_under_its_minor_class_with_its_limit(
    client: TestClient, city: City
) -> None:
    answer = client.get(URL)

    assert answer.status_code == 200
    parts = answer.json()["classes"][0]
    assert (parts["kind"], parts["name"]) == ("part", "公用设施")
    manhole = parts["minor_classes"][0]
    assert (manhole["code"], manhole["name"], manhole["group"]) == ("P0103", "雨水井盖", "manhole")
    missing = manhole["conditions"][0]
    assert missing["id"] == city.missing.id
    assert missing["limit"] == {"value": 2, "unit": "hour"}
    assert (missing["severity"], missing["hazard"]) == ("urgent", True)
    stages = {(each["stage"], each["severity"]) for each in answer.json()["stage_limits"]}
    assert ("accept", "urgent") in stages


def test_parts_come_before_events_and_can_be_asked_for_alone(client: TestClient) -> None:
    assert _codes(client.get(URL)) == ["P0103", "E0110"]
    assert _codes(client.get(URL, params={"kind": "event"})) == ["E0110"]


def test_what_the_city_does_not_use_is_shown_on_request_only(
    client: TestClient, session: Session
) -> None:
    session.execute(text("UPDATE categories SET active = false WHERE code = 'E0110'"))
    reference.forget_all()

    assert _codes(client.get(URL)) == ["P0103"]
    assert _codes(client.get(URL, params={"active": False})) == ["P0103", "E0110"]


def test_an_unknown_numbering_holds_nothing(client: TestClient) -> None:
    assert client.get(URL, params={"scheme": "nobody's"}).json()["classes"] == []


def test_a_browser_that_has_it_is_told_so(client: TestClient) -> None:
    first = client.get(URL)

    again = client.get(URL, headers={"If-None-Match": f"W/{first.headers['etag']}"})

    assert (again.status_code, again.content) == (304, b"")
    assert "max-age" in first.headers["cache-control"]


def test_a_change_gives_a_new_tag(client: TestClient, session: Session) -> None:
    before = client.get(URL).headers["etag"]
    session.execute(text("UPDATE conditions SET limit_value = 3 WHERE key = 'missing'"))
    reference._versions.forget()  # as if the seconds between two checks had passed

    after = client.get(URL, headers={"If-None-Match": before})

    assert after.status_code == 200
    assert after.headers["etag"] != before


def test_asking_again_asks_the_database_nothing(client: TestClient, session: Session) -> None:
    client.get(URL)

    with questions(session) as asked:
        client.get(URL)

    assert asked == []
