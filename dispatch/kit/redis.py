"""Redis for this process: one client for handlers, one for what waits asynchronously, both slow to wait."""

from functools import lru_cache

import redis
import redis.asyncio

from dispatch.kit.config import settings

Redis = redis.Redis
RedisError = redis.RedisError

#: A request never waits longer than this for Redis, in seconds.
PATIENCE = 0.5


def connect(*, timeout: float | None = PATIENCE) -> redis.Redis:
    """A client of one's own; `timeout` None for those who block on purpose."""
    return redis.Redis.from_url(
        settings().redis_url,
        socket_timeout=timeout,
        socket_connect_timeout=PATIENCE if timeout is None else timeout,
        health_check_interval=30,
    )


@lru_cache
def client() -> redis.Redis:
    """The client that this process's threads share."""
    return connect()


def connect_async() -> redis.asyncio.Redis:
    """An asynchronous client; it belongs to the event loop that uses it first."""
    return redis.asyncio.Redis.from_url(
        settings().redis_url, socket_connect_timeout=2, health_check_interval=30
    )
