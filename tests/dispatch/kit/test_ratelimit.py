"""Rate limits at the doors: who is counted, who is exempt, and what happens while Redis is away."""

import logging
import time
from collections.abc import Iterator
from typing import Any

import anyio
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from limits import RateLimitItemPerMinute

from dispatch.kit import config, ratelimit
from dispatch.kit import redis as kit_redis
from dispatch.kit.doors import RateLimit, Tally, door

DOORS = (door("report", "POST", r"/reports$", 3), door("look", "GET", r"/reports", 5))


def _app() -> FastAPI:
    app = FastAPI()

    @app.api_route("/reports", methods=["GET", "POST"])
    async def answer() -> dict[str, bool]:
        return {"ok": True}

    app.add_middleware(RateLimit, doors=DOORS)
    return app


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing counted yet, and settings that a test changes are read anew."""
    kit_redis.client().flushdb()
    ratelimit.limiter.cache_clear()
    config.settings.cache_clear()
    yield
    monkeypatch.undo()
    config.settings.cache_clear()
    kit_redis.client.cache_clear()
    ratelimit.limiter.cache_clear()


def _statuses(client: TestClient, times: int, method: str = "POST") -> list[int]:
    return [client.request(method, "/reports").status_code for _ in range(times)]


def test_one_too_many_is_refused_with_the_seconds_to_wait() -> None:
    client = TestClient(_app(), client=("203.0.113.7", 1))
    assert _statuses(client, 3) == [200] * 3
    refused = client.post("/reports")
    assert refused.status_code == 429
    assert refused.headers["content-type"] == "application/problem+json"
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert refused.json()["code"] == "too_many_requests"
    assert "请在" in refused.json()["title"]


def test_doors_and_addresses_are_counted_apart() -> None:
    app = _app()
    one, other = (TestClient(app, client=(f"203.0.113.{n}", 1)) for n in (1, 2))
    assert _statuses(one, 4)[-1] == 429
    assert _statuses(other, 3) == [200] * 3
    assert _statuses(one, 5, "GET") == [200] * 5


def test_settings_change_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPATCH_RATE_LIMITS", '{"report": 1}')
    client = TestClient(_app(), client=("203.0.113.8", 1))
    assert _statuses(client, 2) == [200, 429]


def test_exempt_network_is_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPATCH_RATE_EXEMPT", "198.51.100.0/24, 203.0.113.9")
    app = _app()
    assert 429 not in _statuses(TestClient(app, client=("203.0.113.9", 1)), 9)
    assert 429 in _statuses(TestClient(app, client=("203.0.113.10", 1)), 9)


def test_forwarded_address_counts_behind_a_trusted_proxy_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DISPATCH_TRUSTED_PROXIES", "10.0.0.0/8")
    app = _app()
    proxy, stranger = (TestClient(app, client=(peer, 1)) for peer in ("10.0.0.1", "203.0.113.3"))
    for number in range(4):
        forged = {"X-Forwarded-For": f"198.51.100.{number}"}
        assert proxy.post("/reports", headers=forged).status_code == 200
    last = [
        stranger.post("/reports", headers={"X-Forwarded-For": f"198.51.100.{n}"}).status_code
        for n in range(4)
    ]
    assert last == [200, 200, 200, 429]


def test_reports_are_still_taken_and_counted_here_while_redis_is_away(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("REDIS_URL", "unix:///nonexistent/redis.sock")
    config.settings.cache_clear()
    kit_redis.client.cache_clear()
    client = TestClient(_app(), client=("203.0.113.11", 1))
    with caplog.at_level(logging.WARNING):
        assert _statuses(client, 4) == [200, 200, 200, 429]
    assert len([line for line in caplog.messages if "Redis does not answer" in line]) == 1


def test_few_knocks_of_a_wide_door_need_no_word_with_redis(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DISPATCH_RATE_LIMITS", '{"report": 80}')
    asked: list[int] = []
    hit = ratelimit.Limiter.hit

    def counted(self: ratelimit.Limiter, *words: Any, cost: int = 1) -> bool:
        asked.append(cost)
        return hit(self, *words, cost=cost)

    monkeypatch.setattr(ratelimit.Limiter, "hit", counted)
    client = TestClient(_app(), client=("203.0.113.12", 1))
    statuses = _statuses(client, 120)
    assert statuses.index(429) in range(80, 90)
    assert set(statuses[statuses.index(429) :]) == {429}
    assert asked == [10] * 9


def test_refused_address_comes_in_again_when_the_window_has_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client = TestClient(_app(), client=("203.0.113.13", 1))
    assert _statuses(client, 4)[-1] == 429
    later = time.monotonic() + 61
    monkeypatch.setattr("dispatch.kit.doors.monotonic", lambda: later)
    kit_redis.client().flushdb()
    assert _statuses(client, 1) == [200]


def test_crowd_of_addresses_is_forgotten_before_it_fills_the_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("dispatch.kit.doors.MANY", 3)
    tally = Tally(RateLimitItemPerMinute(80), "report")
    for number in range(9):
        anyio.run(tally.wait, f"203.0.113.{number}")
    assert len(tally._untold) <= 4


def test_limiter_without_redis_forgets_and_tells_the_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("REDIS_URL", "unix:///nonexistent/redis.sock")
    config.settings.cache_clear()
    kit_redis.client.cache_clear()
    limiter, item = ratelimit.Limiter(), RateLimitItemPerMinute(1)
    assert limiter.is_free(item, "a")
    assert limiter.hit(item, "a")
    assert not limiter.is_free(item, "a")
    assert 1 <= limiter.retry_after(item, "a") <= 60
    limiter.clear(item, "a")
    assert limiter.hit(item, "a")
