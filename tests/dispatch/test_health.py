"""Alive, ready and measured: each check when it passes and when it does not, in words."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, delete, insert
from sqlalchemy.orm import Session

from dispatch import health
from dispatch.kit import alive, clock, config, db
from dispatch.kit import redis as kit_redis
from dispatch.kit.outbox import OutboxRow
from dispatch.main import build_app


@pytest.fixture(autouse=True)
def quiet_platform(engine: Engine) -> Iterator[None]:
    """Nothing waits in the outbox, and every process has just given a sign of life."""
    redis = kit_redis.client()
    redis.delete(alive.KEY)
    for process in alive.SILENCE:
        alive.give_sign(redis, process, at=clock.now())
    yield
    with Session(engine) as session, session.begin():
        session.execute(delete(OutboxRow))


@pytest.fixture
def client() -> TestClient:
    """A machine of the private network that watches."""
    return TestClient(build_app(), client=("10.0.0.9", 1))


def _ready(client: TestClient) -> tuple[int, dict[str, bool], str]:
    answer = client.get("/readyz")
    said = answer.json()
    checks = {each["name"]: each["ok"] for each in said["checks"]}
    return answer.status_code, checks, json.dumps(said, ensure_ascii=False)


def test_alive_asks_nobody(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(db, "engine", lambda: pytest.fail("the database was asked"))
    assert client.get("/healthz").json() == {"status": "ok"}


def test_ready_when_everything_is(client: TestClient) -> None:
    status, checks, words = _ready(client)
    assert status == 200
    assert checks == dict.fromkeys(health.CHECKS, True)
    assert "数据库正常 / The database answers" in words


def test_event_that_waits_too_long_means_not_ready(client: TestClient, engine: Engine) -> None:
    long_ago = clock.now() - timedelta(minutes=3)
    with Session(engine) as session, session.begin():
        session.execute(
            insert(OutboxRow).values(name="case.filed", payload={}, created_at=long_ago)
        )
    status, checks, words = _ready(client)
    assert (status, checks["outbox"], checks["database"]) == (503, False, True)
    assert "relay" in words
    assert "dispatch_outbox_lag_seconds 18" in client.get("/metrics").text


def test_silent_process_is_named(client: TestClient) -> None:
    kit_redis.client().hdel(alive.KEY, "clock")
    alive.give_sign(kit_redis.client(), "relay", at=clock.now() - timedelta(minutes=5))
    status, checks, words = _ready(client)
    assert (status, checks["processes"]) == (503, False)
    assert "relay, clock" in words


def test_redis_away_means_not_ready(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "unix:///nonexistent/redis.sock")
    config.settings.cache_clear()
    kit_redis.client.cache_clear()
    status, checks, words = _ready(client)
    monkeypatch.undo()
    config.settings.cache_clear()
    kit_redis.client.cache_clear()
    assert (status, checks["redis"], checks["processes"]) == (503, False, False)
    assert "请检查 Redis" in words


def test_database_away_means_not_ready_and_measurements_go_on(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = db.build_engine("postgresql+psycopg://nobody@127.0.0.1:1/nowhere", pool_size=1)
    monkeypatch.setattr(db, "engine", lambda: nowhere)
    status, checks, words = _ready(client)
    assert (status, checks["database"], checks["outbox"]) == (503, False, False)
    assert "请检查 PostgreSQL" in words
    assert "dispatch_database_ok 0.0" in client.get("/metrics").text


def test_measurements_are_for_private_addresses_or_the_token(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = build_app()
    inside, outside = (TestClient(app, client=(peer, 1)) for peer in ("10.0.0.9", "8.8.8.8"))
    assert "dispatch_http_request_seconds_bucket" in inside.get("/metrics").text
    assert outside.get("/metrics").status_code == 403
    assert inside.get("/metrics", headers={"X-Forwarded-For": "8.8.8.8"}).status_code == 403
    monkeypatch.setenv("DISPATCH_METRICS_TOKEN", "the scraper's token")
    config.settings.cache_clear()
    allowed = outside.get("/metrics", headers={"Authorization": "Bearer the scraper's token"})
    guessed = outside.get("/metrics", headers={"Authorization": "Bearer guessed"})
    monkeypatch.undo()
    config.settings.cache_clear()
    assert (allowed.status_code, guessed.status_code) == (200, 403)
