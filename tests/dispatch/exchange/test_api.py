"""The exchange's doors, as a department, a dispatcher and an administrator find them."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update
from sqlalchemy.orm import Session

from dispatch.cases.model import Case, CaseAssignment
from dispatch.departments.model import DepartmentEndpoint
from dispatch.exchange import api, commands, webhook
from dispatch.exchange.model import Delivery, DeliveryKind, DeliveryStatus
from tests.factories.city import NOW, City
from tests.factories.client import client_for
from tests.factories.people import open_login
from tests.factories.servers import Partner


@pytest.fixture
def client(session: Session) -> TestClient:
    return client_for(session, api.router)


def as_(session: Session, city: City, role: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {open_login(session, city.users[role]).secret}"}


ENDPOINT = {"url": "https://example.gov.cn/cases", "rate_per_minute": 30}


@pytest.fixture
def dead(session: Session, assignment: CaseAssignment, endpoint: DepartmentEndpoint) -> int:
    commands.deliver_assignments(session, {assignment.id: 1}, at=NOW)
    found = session.scalars(
        update(Delivery)
        .where(Delivery.kind == DeliveryKind.WEBHOOK)
        .values(status=DeliveryStatus.DEAD, attempts=8, last_error="HTTP 500")
        .returning(Delivery.id)
    ).one()
    session.expire_all()
    return found


def test_department_sees_its_inbox_and_nobody_elses(
    client: TestClient, session: Session, city: City, case: Case, assignment: CaseAssignment
) -> None:
    commands.deliver_assignments(session, {assignment.id: 1}, at=NOW)

    own = client.get("/api/v1/inbox", headers=as_(session, city, "manager"))
    other = client.get("/api/v1/inbox", headers=as_(session, city, "stranger"))

    (item,) = own.json()["items"]
    assert item["case"]["id"] == case.public_id
    assert item["leads"] is True
    assert "report-done" in item["case"]["allowed"]
    assert other.json() == {"items": [], "next_cursor": None}


def test_inbox_comes_by_the_page(
    client: TestClient, session: Session, city: City, assignment: CaseAssignment
) -> None:
    commands.deliver_assignments(session, {assignment.id: 1}, at=NOW)
    manager = as_(session, city, "manager")

    first = client.get("/api/v1/inbox", params={"limit": 1}, headers=manager).json()

    assert len(first["items"]) == 1
    assert first["next_cursor"] is None
    bad = client.get("/api/v1/inbox", params={"cursor": "no cursor"}, headers=manager)
    assert bad.json()["code"] == "invalid_cursor"


@pytest.mark.parametrize("role", ["agent", "dispatcher", "admin"])
def test_who_is_of_no_department_has_no_inbox(
    client: TestClient, session: Session, city: City, role: str
) -> None:
    assert client.get("/api/v1/inbox", headers=as_(session, city, role)).status_code == 403


def test_nobody_looks_without_logging_in(client: TestClient) -> None:
    assert client.get("/api/v1/inbox").status_code == 401
    assert client.get("/api/v1/deliveries/dead").status_code == 401


def test_dispatcher_sees_dead_letters_and_sends_one_again(
    client: TestClient, session: Session, city: City, case: Case, dead: int
) -> None:
    dispatcher = as_(session, city, "dispatcher")
    (letter,) = client.get("/api/v1/deliveries/dead", headers=dispatcher).json()["items"]
    assert (letter["id"], letter["case_number"]) == (dead, case.number)
    assert letter["last_error"] == "HTTP 500"

    answer = client.post(f"/api/v1/deliveries/{dead}/resend", headers=dispatcher)

    assert (answer.status_code, answer.json()["status"]) == (200, "pending")
    again = client.post(f"/api/v1/deliveries/{dead}/resend", headers=dispatcher)
    assert (again.status_code, again.json()["code"]) == (409, "delivery_under_way")


@pytest.mark.usefixtures("dead")
def test_all_dead_letters_of_a_department_are_sent_again(
    client: TestClient, session: Session, city: City
) -> None:
    admin = as_(session, city, "admin")
    path = "/api/v1/deliveries/dead"

    other = client.post(path, json={"department_id": city.cleaners.id}, headers=admin)
    own = client.post(path, json={}, headers=admin)

    assert (other.json(), own.json()) == ({"resent": 0}, {"resent": 1})


def test_only_the_administrator_sets_a_webhook(
    client: TestClient, session: Session, city: City
) -> None:
    path = f"/api/v1/departments/{city.works.id}/endpoint"
    admin = as_(session, city, "admin")

    assert (
        client.put(path, json=ENDPOINT, headers=as_(session, city, "dispatcher")).status_code == 403
    )
    assert client.get(path, headers=admin).json()["code"] == "no_endpoint"
    made = client.put(path, json=ENDPOINT, headers=admin).json()

    assert made["secret"] == webhook.secret_of("works", 1)
    assert made["rate_per_minute"] == 30
    assert client.get(path, headers=admin).json() == made


def test_new_secret_replaces_the_old_one(client: TestClient, session: Session, city: City) -> None:
    path = f"/api/v1/departments/{city.works.id}/endpoint"
    admin = as_(session, city, "admin")
    first = client.put(path, json=ENDPOINT, headers=admin).json()

    second = client.put(path, json={**ENDPOINT, "new_secret": True}, headers=admin).json()

    assert second["secret_version"] == 2
    assert second["secret"] != first["secret"]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"url": "http://10.0.0.1/"}, 422),
        ({"url": "gopher://example.cn/"}, 422),
        ({"timeout_s": 600}, 422),
        ({"rate_per_minute": 0}, 422),
        ({"unknown": 1}, 422),
    ],
)
def test_unfit_settings_are_refused_in_words(
    client: TestClient, session: Session, city: City, change: dict[str, Any], status: int
) -> None:
    answer = client.put(
        f"/api/v1/departments/{city.works.id}/endpoint",
        json={**ENDPOINT, **change},
        headers=as_(session, city, "admin"),
    )

    assert answer.status_code == status
    assert answer.json()["errors"][0]["field"] == next(iter(change))


def test_webhook_of_an_unknown_department_is_not_found(
    client: TestClient, session: Session, city: City
) -> None:
    answer = client.put(
        "/api/v1/departments/0/endpoint", json=ENDPOINT, headers=as_(session, city, "admin")
    )

    assert (answer.status_code, answer.json()["code"]) == (404, "department_not_found")


@pytest.mark.usefixtures("loopback_allowed")
def test_trying_a_webhook_says_what_it_met_with(
    client: TestClient,
    session: Session,
    city: City,
    partner: Partner,
    monkeypatch: pytest.MonkeyPatch,
    endpoint: DepartmentEndpoint,
) -> None:
    endpoint.url = partner.url
    session.flush()
    monkeypatch.setattr(api, "open_session", lambda: _Lent(session))
    path, admin = f"/api/v1/departments/{city.works.id}/endpoint/test", as_(session, city, "admin")

    good = client.post(path, headers=admin).json()
    partner.answer = 500
    bad = client.post(path, headers=admin).json()

    assert (good["delivered"], good["status"]) == (True, 200)
    assert (bad["delivered"], bad["error"]) == (False, "HTTP 500 ok")
    assert partner.received[0][1]["X-Dispatch-Event"] == "test"


class _Lent:
    """The test's own session where the handler opens one."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def __enter__(self) -> Session:
        return self._session

    def __exit__(self, *_error: object) -> None:
        return None
