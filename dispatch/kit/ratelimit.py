"""Rate limits: how often one address may knock, counted in Redis, and in this process while Redis is away."""

import logging
import math
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import anyio.to_thread
from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import FixedWindowRateLimiter
from starlette.types import ASGIApp, Receive, Scope, Send

from dispatch.kit.address import client_address, is_in
from dispatch.kit.config import settings
from dispatch.kit.errors import TooMany
from dispatch.kit.http import problem
from dispatch.kit.redis import RedisError, client

log = logging.getLogger(__name__)

#: After Redis has failed, it is left alone for so many seconds.
REST = 5.0


class Limiter:
    """Counts hits in fixed windows. It never refuses because Redis is down: it counts here then."""

    def __init__(self) -> None:
        pool = client().connection_pool
        self._shared = FixedWindowRateLimiter(RedisStorage("redis://", connection_pool=pool))
        self._own = FixedWindowRateLimiter(MemoryStorage())
        self._resting_until = 0.0

    def _counts(self) -> list[FixedWindowRateLimiter]:
        resting = time.monotonic() < self._resting_until
        return [self._own] if resting else [self._shared, self._own]

    def _rest(self, error: RedisError) -> None:
        self._resting_until = time.monotonic() + REST
        log.warning("rate limits are counted in this process, Redis does not answer: %s", error)

    def hit(self, item: RateLimitItem, *key: str) -> bool:
        """Count one; whether it is still within the limit."""
        for count in self._counts():
            try:
                return count.hit(item, *key)
            except RedisError as error:
                self._rest(error)
        return True

    def is_free(self, item: RateLimitItem, *key: str) -> bool:
        """Whether one more would be within the limit, without counting it."""
        for count in self._counts():
            try:
                return count.test(item, *key)
            except RedisError as error:
                self._rest(error)
        return True

    def clear(self, item: RateLimitItem, *key: str) -> None:
        """Forget what was counted."""
        for count in self._counts():
            try:
                count.clear(item, *key)
            except RedisError as error:
                self._rest(error)

    def retry_after(self, item: RateLimitItem, *key: str) -> int:
        """Seconds until the window ends, at least one."""
        for count in self._counts():
            try:
                reset = count.get_window_stats(item, *key).reset_time
            except RedisError as error:
                self._rest(error)
            else:
                return max(1, math.ceil(reset - time.time()))
        return item.get_expiry()


@lru_cache
def limiter() -> Limiter:
    """The limiter of this process."""
    return Limiter()


def too_many(seconds: int) -> TooMany:
    """The refusal, with the seconds to wait."""
    return TooMany(
        "too_many_requests",
        f"请求过于频繁,请在 {seconds} 秒后再试",
        f"Too many requests; try again in {seconds} seconds",
        extra={"retry_after": seconds},
    )


@dataclass(frozen=True)
class Door:
    """A group of public addresses that share one count: methods, pattern of the path, limit a minute."""

    name: str
    methods: frozenset[str]
    path: re.Pattern[str]
    per_minute: int


def door(name: str, methods: str, path: str, per_minute: int) -> Door:
    """A door; `methods` like "GET POST", `path` a regular expression for its beginning."""
    return Door(name, frozenset(methods.split()), re.compile(path), per_minute)


class RateLimit:
    """Middleware that refuses with 429 before a body is read or a thread taken."""

    def __init__(self, app: ASGIApp, *, doors: Sequence[Door]) -> None:
        self.app = app
        given = settings().rate_limits
        self.doors = tuple(
            (each, RateLimitItemPerMinute(given.get(each.name, each.per_minute))) for each in doors
        )

    def _find(self, method: str, path: str) -> tuple[Door, RateLimitItem] | None:
        for each, item in self.doors:
            if method in each.methods and each.path.match(path):
                return each, item
        return None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = self._find(scope["method"], scope["path"]) if scope["type"] == "http" else None
        if found is None:
            await self.app(scope, receive, send)
            return
        address = client_address(scope)
        exempt = settings().rate_exempt
        if exempt and is_in(address, exempt):
            await self.app(scope, receive, send)
            return
        each, item = found
        wait = await anyio.to_thread.run_sync(_wait, item, each.name, address)
        if not wait:
            await self.app(scope, receive, send)
            return
        refusal = too_many(wait)
        answer = problem(
            429,
            refusal.code,
            f"{refusal.zh} / {refusal.en}",
            extra=refusal.extra,
            headers={"Retry-After": str(wait)},
        )
        await answer(scope, receive, send)


def _wait(item: RateLimitItem, name: str, address: str) -> int:
    """Seconds this address must wait; 0: come in."""
    counts = limiter()
    if counts.hit(item, name, address):
        return 0
    return counts.retry_after(item, name, address)
