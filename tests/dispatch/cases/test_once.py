"""A deed, a photo and a report that are asked for twice with one key: done once, answered twice."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from dispatch.cases.model import Case, CaseHistory, Photo
from dispatch.cases.states import Stage
from dispatch.kit import clock
from tests.factories.cases import add_case
from tests.factories.city import City, add_city, spot
from tests.factories.people import client_as
from tests.factories.photos import picture

KEY = {"Idempotency-Key": "0b1f"}


@pytest.fixture
def city(session: Session) -> City:
    return add_city(session)


@pytest.fixture
def client(session: Session, city: City) -> TestClient:
    return client_as(session, city.users["inspector"])


def _rows(session: Session, case: Case) -> int:
    asked = select(func.count()).where(CaseHistory.case_id == case.id)
    return session.scalar(asked) or 0


def _photo(client: TestClient, key: str, **fields: Any) -> Any:
    files = {"photos": ("a.jpg", picture(width=64, height=48), "image/jpeg")}
    return client.post("/api/v1/photos", files=files, data=fields, headers={"Idempotency-Key": key})


def test_the_same_deed_again_is_answered_and_not_done(
    session: Session, city: City, client: TestClient
) -> None:
    case = add_case(session, city, Stage.HANDLED, at=clock.now())
    body = {"passed": True, "expected_version": case.version}
    path = f"/api/v1/cases/{case.public_id}/check"
    first, rows = client.post(path, json=body, headers=KEY), _rows(session, case)
    again = client.post(path, json=body, headers=KEY)
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json()["stage"] == "checked"
    assert again.json()["version"] == first.json()["version"]
    assert _rows(session, case) == rows


def test_a_key_is_not_taken_for_another_content(
    session: Session, city: City, client: TestClient
) -> None:
    case = add_case(session, city, Stage.HANDLED, at=clock.now())
    path = f"/api/v1/cases/{case.public_id}/check"
    client.post(path, json={"passed": True}, headers=KEY)
    other = client.post(path, json={"passed": False}, headers=KEY)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")


def test_a_refused_deed_leaves_its_key_free(
    session: Session, city: City, client: TestClient
) -> None:
    case = add_case(session, city, Stage.HANDLED, at=clock.now())
    path = f"/api/v1/cases/{case.public_id}/check"
    stale = {"passed": True, "expected_version": 1}
    with session.begin_nested() as lost:
        refused = client.post(path, json=stale, headers=KEY)
        lost.rollback()  # as the request's own transaction does
    assert refused.json()["code"] == "stale_version"
    assert client.post(path, json={"passed": True}, headers=KEY).status_code == 200


def test_keys_of_two_people_are_strangers(session: Session, city: City) -> None:
    case = add_case(session, city, Stage.DISPATCHED, at=clock.now())
    path = f"/api/v1/cases/{case.public_id}/note"
    rows = _rows(session, case)
    for post in ("inspector", "shift_leader"):
        client_as(session, city.users[post]).post(path, json={"note": "看过"}, headers=KEY)
    assert _rows(session, case) == rows + 2


def test_the_same_photo_again_is_the_same_photo(session: Session, client: TestClient) -> None:
    first = _photo(client, "p1", longitude="109.41", latitude="24.37", taken_at="2026-11-21T10:00:00+08:00").json()  # fmt: skip
    assert _photo(client, "p1").json() == first
    kept = session.scalars(select(Photo)).one()
    assert (kept.longitude, kept.latitude) == (109.41, 24.37)
    assert first["items"][0]["taken_at"] == "2026-11-21T10:00:00+08:00"


def test_a_photo_that_was_swept_is_taken_again(session: Session, client: TestClient) -> None:
    first = _photo(client, "p1").json()["items"][0]["id"]
    session.execute(delete(Photo))
    session.expire_all()
    second = _photo(client, "p1").json()["items"][0]["id"]
    assert second != first
    assert session.scalars(select(Photo)).one()


def test_a_report_with_photos_whose_answer_was_lost_is_answered_again(
    session: Session, client: TestClient
) -> None:
    photo = _photo(client, "p1").json()["items"][0]["id"]
    longitude, latitude = spot()
    body = {
        "description": "井盖不见了",
        "longitude": longitude,
        "latitude": latitude,
        "photos": [photo],
    }
    first = client.post("/api/v1/cases", json=body, headers=KEY)
    again = client.post("/api/v1/cases", json=body, headers=KEY)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["id"] == first.json()["id"]
    assert session.scalar(select(func.count()).select_from(Case)) == 1
