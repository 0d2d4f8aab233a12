"""Registering by staff: whose channel, which condition, whose photos, and what is there already."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.cases.model import (
    CaseReporter,
    Channel,
    Photo,
)
from dispatch.cases.states import Stage
from dispatch.intake.model import IntakeMessage
from dispatch.kit import clock
from dispatch.kit.config import settings
from dispatch.kit.db import Json
from dispatch.people.model import Role
from geo.crs import Crs, convert
from tests.factories.cases import add_case
from tests.factories.city import City, add_city, add_names, spot
from tests.factories.doors import case_of, problem_in, told
from tests.factories.people import add_user, client_as
from tests.factories.photos import picture
from tests.factories.staff import Staff


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


@pytest.fixture
def staff(session: Session, city: City, app: FastAPI) -> Staff:
    return Staff(session, city, app)


# --- staff ---------------------------------------------------------------------------------------


def register(client: TestClient, **given: Any) -> Response:
    return client.post("/api/v1/cases", json=told(**given))


def test_agent_registers_what_a_caller_says(session: Session, city: City, staff: Staff) -> None:
    agent = staff["agent"]

    answer = register(
        agent, reporter="王女士", contact_phone="0772-2800000", on_behalf_of="河西社区"
    )

    assert answer.status_code == 201
    case = case_of(session, answer)
    assert (case.channel, case.reported_by_id) == (Channel.PHONE, city["agent"].id)
    reporter = session.scalars(select(CaseReporter)).one()
    assert (reporter.name, reporter.phone, reporter.on_behalf_of) == (
        "王女士",
        "0772-2800000",
        "河西社区",
    )
    message = session.scalars(select(IntakeMessage)).one()
    assert message.source == f"user:{city['agent'].id}"


@pytest.mark.parametrize(
    ("role", "channel", "status"),
    [
        ("agent", "transfer", 201),
        ("agent", "media", 201),
        ("agent", "camera", 422),
        ("agent", "wechat", 422),
        ("shift_leader", None, 201),
        ("inspector", None, 201),
        ("inspector", "inspector", 201),
        ("inspector", "phone", 422),
        ("dispatcher", None, 403),
        ("manager", None, 403),
    ],
)
def test_each_registers_for_the_channels_that_are_theirs(
    session: Session, city: City, staff: Staff, role: str, channel: str | None, status: int
) -> None:
    answer = register(staff[role], channel=channel)

    assert answer.status_code == status, answer.text
    if status == 422:
        assert answer.json()["errors"][0]["field"] == "channel"


def test_inspector_names_the_part_and_the_condition(
    session: Session, city: City, staff: Staff
) -> None:
    inspector = staff["inspector"]

    answer = register(
        inspector,
        category="P0103",
        condition="broken",
        part_code="4502040103000001",
        description="巡查所见",
    )

    case = case_of(session, answer)
    assert (case.channel, case.condition_id) == (Channel.INSPECTOR, city.broken.id)
    assert case.part_code == "4502040103000001"


@pytest.mark.parametrize(
    "given",
    [
        {"condition": 10**9},
        {"condition": "broken"},
        {"category": "E0110", "condition": "broken"},
    ],
    ids=["unknown", "without a category", "of another category"],
)
def test_condition_that_does_not_fit_is_refused_with_the_choices(
    session: Session, city: City, staff: Staff, given: Json
) -> None:
    answer = register(staff["agent"], **given)

    body = problem_in(answer, 422, "invalid_input")
    assert body["errors"][0]["field"] == "condition"


def test_handled_on_the_spot_with_photos_before_and_after_waits_for_closing(
    session: Session, city: City, staff: Staff
) -> None:
    inspector = staff["inspector"]
    form = {name: str(value) for name, value in told(category="E0110").items()}
    files = [
        ("photos", ("a.jpg", picture(), "image/jpeg")),
        ("after_photos", ("b.png", picture("PNG"), "image/png")),
    ]

    answer = inspector.post(
        "/api/v1/cases", data={**form, "handled_on_the_spot": "true"}, files=files
    )

    assert (answer.status_code, answer.json()["stage"]) == (201, "checked")
    case = case_of(session, answer)
    kinds = session.scalars(select(Photo.kind).where(Photo.case_id == case.id)).all()
    assert sorted(kinds) == ["after", "before"]
    leader = staff["shift_leader"]
    ended = leader.post(f"/api/v1/cases/{case.public_id}/close", json={"outcome": "fixed"})
    assert ended.json()["stage"] == "closed"


def test_only_an_inspector_handles_on_the_spot(session: Session, city: City, staff: Staff) -> None:
    answer = register(staff["agent"], handled_on_the_spot=True)

    body = problem_in(answer, 422, "invalid_input")
    assert body["errors"][0]["field"] == "handled_on_the_spot"


def test_photos_given_before_are_named_by_id_and_only_one_s_own(
    session: Session, city: City, staff: Staff
) -> None:
    inspector = staff["inspector"]
    files = [("photos", ("a.jpg", picture(), "image/jpeg"))]
    given = inspector.post("/api/v1/photos", files=files).json()["items"][0]["id"]

    other = register(staff["agent"], photos=[given])
    assert problem_in(other, 422, "invalid_input")["errors"][0]["field"] == "photos"
    answer = register(inspector, photos=[given])

    case = case_of(session, answer)
    assert [str(photo.id) for photo in session.scalars(select(Photo))] == [given]
    assert session.scalars(select(Photo.case_id)).one() == case.id


def test_nobody_registers_without_a_log_in(anybody: TestClient) -> None:
    problem_in(register(anybody), 401, "not_logged_in")


# --- likely duplicates ---------------------------------------------------------------------------


def test_agent_sees_likely_duplicates_before_registering(
    session: Session, city: City, staff: Staff
) -> None:
    add_case(session, city, Stage.VOIDED, at=clock.now())
    case = add_case(session, city, Stage.DISPATCHED, at=clock.now())
    agent = staff["agent"]
    longitude, latitude = convert(*spot(), source=Crs.CGCS2000, target=Crs.GCJ02)
    asked: dict[str, Any] = {
        "category": "P0103",
        "longitude": longitude,
        "latitude": latitude,
        "crs": "gcj02",
    }

    answer = agent.get("/api/v1/duplicates", params=asked)

    (found,) = answer.json()["items"]
    assert (found["id"], found["number"], found["stage"]) == (
        case.public_id,
        case.number,
        "dispatched",
    )
    assert found["distance_m"] < 0.1
    assert agent.get("/api/v1/duplicates", params={**asked, "category": "E0110"}).json() == {
        "items": []
    }
    problem_in(
        agent.get("/api/v1/duplicates", params={**asked, "category": "X"}), 422, "invalid_input"
    )


def test_somebody_with_two_posts_registers_for_either(
    session: Session, city: City, staff: Staff
) -> None:
    user = add_user(session, Role.AGENT, Role.INSPECTOR, working_grids=["450204G001"])
    client = client_as(session, user, app=staff.app)

    assert case_of(session, register(client)).channel == Channel.PHONE
    mended = register(client, channel="inspector", handled_on_the_spot=True)
    assert case_of(session, mended).stage == Stage.CHECKED


@pytest.mark.parametrize("typed", ["ZX2026-0815", "2026112200815"])
def test_what_another_platform_calls_it_is_kept_found_and_not_taken_twice(
    city: City, staff: Staff, typed: str
) -> None:
    agent, dispatcher = staff["agent"], staff["dispatcher"]
    given = {"channel": "transfer", "foreign_number": typed}
    made = register(agent, **given)
    assert made.status_code == 201, made.text

    again = register(agent, **given)
    elsewhere = register(agent, **given, foreign_source="网络问政", description="另一件")

    assert (again.status_code, again.json()["code"]) == (409, "number_known")
    assert elsewhere.status_code == 201
    case_id = made.json()["id"]
    shown = dispatcher.get(f"/api/v1/cases/{case_id}").json()
    assert shown["foreign_numbers"] == [{"source": "12345", "number": typed}]
    found = dispatcher.get("/api/v1/cases", params={"q": typed}).json()["items"]
    assert case_id in [each["id"] for each in found]
