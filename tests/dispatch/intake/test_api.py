"""Reporting through the whole application: what is answered, kept and refused, with photos and without."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response
from PIL import Image
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.cases.model import (
    Case,
    CasePlace,
    CaseReporter,
    Channel,
    Photo,
)
from dispatch.intake.tokens import report_token
from dispatch.kit.config import settings
from dispatch.kit.db import Json
from geo.crs import Crs, convert
from tests.factories.city import City, add_city, add_names, spot
from tests.factories.doors import case_of, problem_in, send, told
from tests.factories.photos import picture

MIDDLE = "450204001001013"


@pytest.fixture(autouse=True)
def _own_store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setenv("DISPATCH_MEDIA_URL", (tmp_path / "media").as_uri())
    settings.cache_clear()
    yield
    monkeypatch.undo()
    settings.cache_clear()


@pytest.fixture
def city(session: Session) -> City:
    made = add_city(session)
    add_names(session)
    return made


@pytest.fixture
def anybody(app: FastAPI, city: City) -> TestClient:
    return TestClient(app, base_url="https://testserver")


# --- sending a report ----------------------------------------------------------------------------


def test_report_is_answered_with_number_token_stage_and_grid(
    session: Session, anybody: TestClient
) -> None:
    answer = send(anybody)

    assert answer.status_code == 201
    body = answer.json()
    assert body["stage"] == "reported"
    assert body["grid_code"] == MIDDLE
    assert body["duplicate_of"] is None
    assert body["token"] == report_token(body["id"])
    assert body["track_url"].endswith(f"/track/{body['id']}?token={body['token']}")
    case = case_of(session, answer)
    assert (case.number, case.channel) == (body["number"], Channel.WEB)


@pytest.mark.parametrize("crs", list(Crs))
def test_point_is_taken_in_the_system_that_is_named(anybody: TestClient, crs: Crs) -> None:
    longitude, latitude = convert(*spot(), source=Crs.CGCS2000, target=crs)

    answer = send(anybody, longitude=longitude, latitude=latitude, crs=crs.value)

    assert answer.json()["grid_code"] == MIDDLE


def test_address_is_enough(anybody: TestClient) -> None:
    answer = send(anybody, longitude=None, latitude=None, address="龙潭医院门前")

    assert (answer.status_code, answer.json()["grid_code"]) == (201, MIDDLE)


def test_report_that_nobody_can_place_is_taken_with_the_reason(anybody: TestClient) -> None:
    body = send(anybody, longitude=None, latitude=None).json()

    assert (body["stage"], body["grid_code"], body["review_reason"]) == (
        "reported",
        None,
        "no_place",
    )


def test_second_report_of_one_thing_gets_the_existing_number(anybody: TestClient) -> None:
    first = send(anybody).json()

    second = send(anybody).json()

    assert second["stage"] == "duplicate"
    assert (second["duplicate_of"], second["duplicate_of_number"]) == (first["id"], first["number"])


def test_fields_left_empty_in_a_form_say_nothing(session: Session, anybody: TestClient) -> None:
    longitude, latitude = spot()
    form = {
        "description": "  路口的井盖不见了 ",
        "longitude": str(longitude),
        "latitude": str(latitude),
        "address": "",
        "contact_name": "",
        "crs": "",
    }

    answer = anybody.post("/api/v1/reports", data=form)

    assert answer.status_code == 201
    case = case_of(session, answer)
    assert case.description == "路口的井盖不见了"
    assert session.scalar(select(func.count()).select_from(CaseReporter)) == 0


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"description": None}, "description", "必填"),
        ({"description": "   "}, "description", "太短"),
        ({"description": "长" * 2001}, "description", "太长"),
        ({"longitude": 181}, "longitude", "太大"),
        ({"latitude": -91}, "latitude", "太小"),
        ({"longitude": "nan"}, "longitude", "太大"),
        ({"latitude": None}, "latitude", "经度和纬度要一起填写"),
        ({"longitude": None}, "longitude", "经度和纬度要一起填写"),
        ({"longitude": "东经"}, "longitude", "应为数字"),
        ({"crs": "wgs72"}, "crs", "不在可选值之内"),
        ({"contact_phone": "打我电话"}, "contact_phone", "格式不对"),
        ({"address": "路" * 301}, "address", "太长"),
    ],
)
def test_each_fault_is_named_by_its_field_in_both_languages(
    session: Session, anybody: TestClient, given: Json, field: str, words: str
) -> None:
    body = problem_in(send(anybody, **given), 422, "invalid_input")

    (error,) = body["errors"]
    assert error["field"] == field
    zh, _, en = error["message"].partition(" / ")
    assert words in zh
    assert en.isascii()
    assert en
    assert session.scalar(select(func.count()).select_from(Case)) == 0


@pytest.mark.parametrize("body", [b"", b"not json", b"[1]", b'"text"', b"\xff\xfe"])
def test_body_that_is_no_object_is_refused(anybody: TestClient, body: bytes) -> None:
    answer = anybody.post(
        "/api/v1/reports", content=body, headers={"Content-Type": "application/json"}
    )

    problem_in(answer, 422, "invalid_body")


# --- the same report again -----------------------------------------------------------------------


def test_same_key_and_body_again_is_answered_200_with_the_same(anybody: TestClient) -> None:
    first = send(anybody, key="k-1")
    again = send(anybody, key="k-1")

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()


def test_same_key_with_another_body_is_409(session: Session, anybody: TestClient) -> None:
    send(anybody, key="k-1")

    problem_in(send(anybody, key="k-1", description="又来了"), 409, "idempotency_key_reused")
    assert session.scalar(select(func.count()).select_from(Case)) == 1


def with_photos(
    client: TestClient, *photos: bytes, key: str | None = None, **given: Any
) -> Response:
    form = {name: str(value) for name, value in told(**given).items()}
    files = [("photos", (f"{n}.jpg", photo, "image/jpeg")) for n, photo in enumerate(photos)]
    headers = {"Idempotency-Key": key} if key else {}
    return client.post("/api/v1/reports", data=form, files=files, headers=headers)


def test_other_photos_are_another_body(anybody: TestClient) -> None:
    first = with_photos(anybody, picture(), key="k-1")

    assert with_photos(anybody, picture(), key="k-1").json() == first.json()
    problem_in(with_photos(anybody, picture("PNG"), key="k-1"), 409, "idempotency_key_reused")


# --- photos --------------------------------------------------------------------------------------


def test_photos_are_kept_with_the_case_without_their_metadata(
    session: Session, anybody: TestClient
) -> None:
    answer = with_photos(anybody, picture(gps=True), picture("PNG"))

    assert answer.status_code == 201
    case = case_of(session, answer)
    photos = session.scalars(select(Photo).where(Photo.case_id == case.id)).all()
    assert [photo.kind for photo in photos] == ["before", "before"]
    token = answer.json()["token"]
    for photo in photos:
        shown = anybody.get(f"/media/{photo.id}", params={"token": token})
        assert shown.headers["content-type"] == "image/jpeg"
        with Image.open(BytesIO(shown.content)) as opened:
            assert not opened.getexif()
    assert case.grid_code == MIDDLE, "the point given goes before that of the photo"


def test_photo_tells_the_place_when_nobody_else_does(session: Session, anybody: TestClient) -> None:
    photo = picture(gps=True, place=spot(3, 3))

    answer = with_photos(anybody, picture(), photo, longitude=None, latitude=None)

    case = case_of(session, answer)
    assert case.grid_code == "450204001001019"
    place = session.scalars(select(CasePlace).where(CasePlace.case_id == case.id)).one()
    assert (place.source, place.crs) == ("photo", "wgs84")
    assert (place.longitude, place.latitude) == pytest.approx(spot(3, 3), abs=1e-5)


def test_too_many_photos_are_refused(session: Session, anybody: TestClient) -> None:
    problem_in(with_photos(anybody, *[picture()] * 7), 413, "too_many_photos")
    assert session.scalar(select(func.count()).select_from(Photo)) == 0


def test_what_is_no_photo_is_refused_by_name_and_nothing_is_kept(
    session: Session, anybody: TestClient
) -> None:
    body = problem_in(with_photos(anybody, b"%PDF-1.7 and so on"), 422, "not_a_photo")

    assert "0.jpg" in body["title"]
    assert session.scalar(select(func.count()).select_from(Case)) == 0
