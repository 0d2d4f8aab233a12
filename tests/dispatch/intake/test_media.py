"""Photos over HTTP: who sees which, what the answer forbids, and giving photos before a deed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from dispatch.cases.model import Photo, PhotoKind
from dispatch.cases.photos import store_photo
from dispatch.intake.tokens import report_token
from dispatch.kit import clock
from dispatch.kit.config import settings
from dispatch.people.model import Role
from tests.factories.cases import report
from tests.factories.city import City, add_city
from tests.factories.people import add_user, client_as, whole_app
from tests.factories.photos import picture


@pytest.fixture(autouse=True)
def _own_store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setenv("DISPATCH_MEDIA_URL", (tmp_path / "media").as_uri())
    settings.cache_clear()
    yield
    monkeypatch.undo()
    settings.cache_clear()


@pytest.fixture
def city(session: Session) -> City:
    return add_city(session)


@pytest.fixture
def reported(session: Session, city: City) -> tuple[Photo, str]:
    """A photo that came with a report, and the report's public id."""
    photo = store_photo(
        session, picture(gps=True), kind=PhotoKind.BEFORE, by=None, at=clock.now()
    ).photo
    receipt = report(session, photos=(photo.id,))
    session.refresh(photo)
    assert photo.case_id == receipt.case_id
    return photo, receipt.id


def _anybody(session: Session) -> TestClient:
    return TestClient(whole_app(session), base_url="https://testserver")


@pytest.mark.parametrize("path", ["", "/thumb"])
def test_the_reporter_sees_the_photo_with_the_token(
    session: Session, reported: tuple[Photo, str], path: str
) -> None:
    photo, public_id = reported

    answer = _anybody(session).get(
        f"/media/{photo.id}{path}", params={"token": report_token(public_id)}
    )

    assert answer.status_code == 200
    assert answer.content.startswith(b"\xff\xd8\xff")
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "immutable" in answer.headers["cache-control"]
    assert "private" in answer.headers["cache-control"]
    assert "sandbox" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("token", [None, "", "guessed", report_token("20261121-9999")])
def test_without_the_right_token_there_is_no_such_photo(
    session: Session, reported: tuple[Photo, str], token: str | None
) -> None:
    params = {} if token is None else {"token": token}

    answer = _anybody(session).get(f"/media/{reported[0].id}", params=params)

    assert answer.status_code == 404
    assert answer.json()["code"] == "no_such_photo"


def test_staff_see_the_photos_of_the_cases_they_may_see(
    session: Session, city: City, reported: tuple[Photo, str]
) -> None:
    agent = client_as(session, city.users["agent"])
    stranger = client_as(session, add_user(session, Role.HANDLER, department_id=city.cleaners.id))
    url = f"/media/{reported[0].id}"

    assert agent.get(url).status_code == 200
    assert stranger.get(url).status_code == 404


def test_a_photo_that_the_browser_has_is_not_sent_again(
    session: Session, city: City, reported: tuple[Photo, str]
) -> None:
    agent, url = client_as(session, city.users["agent"]), f"/media/{reported[0].id}"
    etag = agent.get(url).headers["etag"]

    again = agent.get(url, headers={"If-None-Match": etag})

    assert (again.status_code, again.content) == (304, b"")


def test_the_tag_alone_opens_nothing(session: Session, reported: tuple[Photo, str]) -> None:
    photo = reported[0]
    etag = f'"{photo.id}.jpg"'

    answer = _anybody(session).get(f"/media/{photo.id}", headers={"If-None-Match": etag})

    assert answer.status_code == 404


def _give(client: TestClient, *files: tuple[str, bytes], **form: Any) -> Any:
    parts = [("photos", (name, data, "image/jpeg")) for name, data in files]
    return client.post("/api/v1/photos", files=parts, data=form)


def test_staff_give_photos_and_see_their_own_before_a_deed_takes_them(
    session: Session, city: City
) -> None:
    inspector = client_as(session, city.users["inspector"])

    answer = _give(inspector, ("1.png", picture("PNG")), ("2.jpg", picture(gps=True)), kind="after")

    assert answer.status_code == 201, answer.text
    first, second = answer.json()["items"]
    assert (first["kind"], first["longitude"]) == ("after", None)
    assert (second["longitude"], second["latitude"]) == pytest.approx((109.405, 24.305))
    assert inspector.get(first["thumbnail_url"]).status_code == 200
    assert client_as(session, city.users["agent"]).get(first["url"]).status_code == 404


def test_a_bad_file_is_named_and_nothing_is_kept(
    session: Session, city: City, tmp_path: Path
) -> None:
    inspector = client_as(session, city.users["inspector"])

    answer = _give(inspector, ("good.jpg", picture()), ("恶意.jpg", b"<script>alert(1)</script>"))

    assert answer.status_code == 422
    assert "恶意.jpg" in answer.json()["title"]
    assert answer.json()["errors"][0]["field"] == "photos"
    assert [path for path in (tmp_path / "media").rglob("*") if path.is_file()] == []


def test_nobody_gives_photos_without_logging_in(session: Session) -> None:
    assert _give(_anybody(session), ("a.jpg", picture())).status_code == 401
