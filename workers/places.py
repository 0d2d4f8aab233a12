"""Where the database and Redis are, read like `dispatch.kit.config` does but without Pydantic: relay and clock stay small."""

import os
import re
import socket

import psycopg
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

DATABASE_DEFAULT = "postgresql:///dispatch"
REDIS_DEFAULT = "redis://127.0.0.1:6379/0"


def database_url() -> str:
    """The address in libpq's own form."""
    given = os.environ.get("DATABASE_URL", DATABASE_DEFAULT)
    return re.sub(r"^postgres(ql)?(\+\w+)?://", "postgresql://", given)


def redis_url() -> str:
    """The address of Redis."""
    return os.environ.get("REDIS_URL", REDIS_DEFAULT)


def connect_database(process: str) -> psycopg.Connection:
    """A connection of one's own that commits each statement unless told otherwise."""
    return psycopg.connect(
        database_url(),
        autocommit=True,
        connect_timeout=5,
        application_name=f"dispatch-{process}",
        options="-c timezone=UTC -c statement_timeout=30s",
    )


def connect_redis() -> redis.Redis:
    """A client whose answers are awaited for seconds, not for ever, and asked for twice at most.

    Whoever uses it goes on trying by itself; the library's own patience would only hide an outage.
    """
    return redis.Redis.from_url(
        redis_url(),
        socket_timeout=5,
        socket_connect_timeout=2,
        retry=Retry(NoBackoff(), 1),
    )


def name_of_process(kind: str) -> str:
    """A name that no other process of the platform has."""
    return f"{kind}-{socket.gethostname()}-{os.getpid()}"
