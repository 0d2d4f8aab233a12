"""How long guesses must wait: by place, by name, and while Redis is away."""

import pytest

from dispatch.kit import ratelimit
from dispatch.kit.errors import TooMany
from dispatch.kit.redis import client as redis
from dispatch.people import throttle
from dispatch.people.throttle import Guess


@pytest.fixture(autouse=True)
def fresh_counts() -> None:
    """No guess of another test is counted."""
    redis().flushdb()
    ratelimit.limiter.cache_clear()


def _fail(guess: Guess, times: int) -> None:
    for _ in range(times):
        guess.admit()
        guess.failed()


def test_name_is_locked_at_one_place_and_open_at_another() -> None:
    _fail(Guess("agent01", "192.0.2.1"), throttle.PAIR.amount)
    with pytest.raises(TooMany) as refused:
        Guess("AGENT01", "192.0.2.1").admit()
    assert 0 < refused.value.extra["retry_after"] <= throttle.PAIR.get_expiry()
    Guess("agent01", "192.0.2.2").admit()
    Guess("agent02", "192.0.2.1").admit()


def test_place_that_tries_many_names_must_wait() -> None:
    for number in range(throttle.ADDRESS.amount):
        _fail(Guess(f"name{number}", "192.0.2.1"), 1)
    with pytest.raises(TooMany):
        Guess("another", "192.0.2.1").admit()
    Guess("another", "192.0.2.9").admit()


def test_name_tried_from_many_places_must_wait() -> None:
    for number in range(throttle.NAME.amount):
        _fail(Guess("admin", f"198.51.100.{number}"), 1)
    with pytest.raises(TooMany):
        Guess("admin", "203.0.113.5").admit()


def test_tries_that_have_not_been_answered_yet_count(monkeypatch: pytest.MonkeyPatch) -> None:
    guess = Guess("agent01", "192.0.2.1")
    for _ in range(throttle.PAIR.amount):
        guess.admit()
    with pytest.raises(TooMany):
        guess.admit()
