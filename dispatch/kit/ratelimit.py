"""Rate limits: how often one address may knock, counted in Redis, and in this process while Redis is away."""

import logging
import math
from functools import lru_cache
from time import monotonic, time

from limits import RateLimitItem
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import FixedWindowRateLimiter

from dispatch.kit.errors import TooMany
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
        resting = monotonic() < self._resting_until
        return [self._own] if resting else [self._shared, self._own]

    def _rest(self, error: RedisError) -> None:
        self._resting_until = monotonic() + REST
        log.warning("rate limits are counted in this process, Redis does not answer: %s", error)

    def hit(self, item: RateLimitItem, *key: str, cost: int = 1) -> bool:
        """Count one, or some; whether that is still within the limit."""
        for count in self._counts():
            try:
                return count.hit(item, *key, cost=cost)
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
                return max(1, math.ceil(reset - time()))
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
