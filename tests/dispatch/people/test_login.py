"""Logging in and out over HTTP: cookie and bearer token, forgery, the end of a session, the audit."""

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.kit import clock, ratelimit
from dispatch.kit.audit import AuditEntry
from dispatch.kit.redis import client as redis
from dispatch.people import commands, queries
from dispatch.people.model import Role, User, UserSession
from dispatch.people.policy import SYSTEM
from tests.factories.people import PASSWORD, add_department, add_user, client_as, whole_app


@pytest.fixture(autouse=True)
def fresh_counts() -> None:
    """No guess of another test is counted."""
    redis().flushdb()
    ratelimit.limiter.cache_clear()


@pytest.fixture
def user(session: Session) -> User:
    """An agent."""
    return add_user(session, Role.AGENT, username="agent01")


@pytest.fixture
def client(session: Session) -> TestClient:
    """A browser that talks to the whole application."""
    return TestClient(whole_app(session), base_url="https://testserver")


def _log_in(
    client: TestClient, password: str = PASSWORD, username: str = "agent01"
) -> tuple[int, dict[str, object]]:
    answer = client.post("/api/v1/session", json={"username": username, "password": password})
    return answer.status_code, answer.json()


def _audited(session: Session) -> list[str]:
    return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def test_right_password_opens_a_session_for_cookie_and_token(
    session: Session, client: TestClient, user: User
) -> None:
    answer = client.post("/api/v1/session", json={"username": "agent01", "password": PASSWORD})
    said = answer.json()
    assert answer.status_code == 200
    assert said["person"]["roles"] == ["agent"]
    assert said["csrf_token"] != said["token"]
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-dispatch_session=")
    for word in ("HttpOnly", "Secure", "SameSite=lax", "Path=/"):
        assert word in cookie
    assert client.get("/api/v1/me").json()["username"] == "agent01"
    client.cookies.clear()
    nobody = client.get("/api/v1/me")
    assert (nobody.status_code, nobody.headers["www-authenticate"]) == (
        401,
        'Bearer realm="dispatch"',
    )
    by_token = client.get("/api/v1/me", headers={"Authorization": f"Bearer {said['token']}"})
    assert by_token.json()["id"] == user.id
    assert _audited(session) == ["login"]


def test_only_the_hash_of_the_secret_is_kept(
    session: Session, client: TestClient, user: User
) -> None:
    said = client.post("/api/v1/session", json={"username": "agent01", "password": PASSWORD}).json()
    row = session.scalars(select(UserSession)).one()
    assert row.secret_hash == queries.hash_secret(said["token"])
    assert said["token"].encode() not in row.secret_hash


@pytest.mark.parametrize("username", ["agent01", "nobody"])
def test_wrong_password_and_unknown_name_get_the_same_answer(
    session: Session, client: TestClient, user: User, username: str
) -> None:
    status, said = _log_in(client, "wrong wrong wrong", username)
    assert status == 401
    assert said == {
        "type": "about:blank",
        "title": "用户名或密码不正确 / Wrong name or password",
        "status": 401,
        "code": "wrong_credentials",
    }
    assert _audited(session) == ["login_failed"]
    assert session.scalar(select(AuditEntry.actor)) in {"agent01", "unknown"}


def test_deactivated_user_cannot_log_in(session: Session, client: TestClient) -> None:
    add_user(session, Role.AGENT, username="gone", active=False)
    assert _log_in(client, username="gone")[0] == 401


def test_many_wrong_guesses_must_wait_even_with_the_right_password(
    client: TestClient, user: User
) -> None:
    for _ in range(10):
        assert _log_in(client, "wrong wrong wrong")[0] == 401
    answer = client.post("/api/v1/session", json={"username": "agent01", "password": PASSWORD})
    assert answer.status_code == 429
    assert answer.headers["content-type"] == "application/problem+json"
    assert 0 < int(answer.headers["retry-after"]) <= 900


def test_right_password_forgets_earlier_slips(client: TestClient, user: User) -> None:
    for _ in range(3):
        for _ in range(6):
            _log_in(client, "wrong wrong wrong")
        assert _log_in(client)[0] == 200


def test_log_out_ends_the_session_and_takes_the_cookie_back(
    session: Session, client: TestClient, user: User
) -> None:
    said = client.post("/api/v1/session", json={"username": "agent01", "password": PASSWORD}).json()
    answer = client.delete("/api/v1/session", headers={"X-CSRF-Token": said["csrf_token"]})
    assert answer.status_code == 204
    assert "Max-Age=0" in answer.headers["set-cookie"]
    bearer = {"Authorization": f"Bearer {said['token']}"}
    assert client.get("/api/v1/me", headers=bearer).json()["code"] == "session_ended"
    assert _audited(session) == ["login", "logout"]


def test_unsafe_call_by_cookie_needs_the_token_of_the_session(
    session: Session, client: TestClient, user: User
) -> None:
    client.post("/api/v1/session", json={"username": "agent01", "password": PASSWORD})
    bare = client.delete("/api/v1/session")
    wrong = client.delete("/api/v1/session", headers={"X-CSRF-Token": "guessed"})
    assert (bare.status_code, bare.json()["code"]) == (403, "csrf_failed")
    assert wrong.status_code == 403
    assert session.scalars(select(UserSession)).one()


def test_token_against_forgery_may_come_in_a_form(client: TestClient, user: User) -> None:
    said = client.post("/api/v1/session", json={"username": "agent01", "password": PASSWORD}).json()
    form = client.request("DELETE", "/api/v1/session", data={"csrf_token": said["csrf_token"]})
    assert form.status_code == 204


def test_bearer_token_needs_no_token_against_forgery(session: Session, user: User) -> None:
    assert client_as(session, user).delete("/api/v1/session").status_code == 204


def test_session_that_has_run_out_is_refused(session: Session, user: User) -> None:
    client = client_as(session, user)
    row = session.scalars(select(UserSession)).one()
    row.expires_at = clock.now() - timedelta(seconds=1)
    session.flush()
    answer = client.get("/api/v1/me")
    assert (answer.status_code, answer.json()["code"]) == (401, "session_ended")


def test_deactivation_puts_the_user_out_at_once(session: Session, user: User) -> None:
    client = client_as(session, user)
    commands.deactivate(session, user, by=SYSTEM)
    assert client.get("/api/v1/me").status_code == 401
    assert session.scalars(select(UserSession)).all() == []


def test_own_password_is_changed_with_the_old_one_and_ends_all_sessions(
    session: Session, client: TestClient, user: User
) -> None:
    mine, elsewhere = client_as(session, user), client_as(session, user)
    wrong = mine.put("/api/v1/me/password", json={"current": "no", "new": "a new pass phrase"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "wrong_password")
    weak = mine.put("/api/v1/me/password", json={"current": PASSWORD, "new": "aaaaaaaaaa"})
    assert weak.json()["code"] == "weak_password"
    right = mine.put("/api/v1/me/password", json={"current": PASSWORD, "new": "a new pass phrase"})
    assert right.status_code == 204
    assert elsewhere.get("/api/v1/me").status_code == 401
    assert _log_in(client)[0] == 401
    assert _log_in(client, "a new pass phrase")[0] == 200


def test_me_tells_unit_scope_queues_and_deeds(session: Session) -> None:
    unit = add_department(session, "municipal", name="市政设施维护管理处")
    manager = add_user(session, Role.MANAGER, department_id=unit.id)
    me = client_as(session, manager).get("/api/v1/me").json()
    assert me["department"] == {"id": unit.id, "code": "municipal", "name": "市政设施维护管理处"}
    assert me["scope"] == {
        "city": False,
        "district_code": None,
        "department_id": unit.id,
        "working_grids": [],
    }
    assert next(queue["stage"] for queue in me["queues"]) == "dispatched"
    assert {"return", "report-done", "extend"} <= set(me["verbs"])
    assert "dispatch" not in me["verbs"]
    assert "inbox.read" in me["permissions"]
    assert me["csrf_token"]


def test_ended_sessions_are_cleared_away(session: Session, user: User) -> None:
    client_as(session, user)
    assert commands.forget_ended_sessions(session, at=clock.now()) == 0
    assert commands.forget_ended_sessions(session, at=clock.now() + timedelta(hours=13)) == 1
