"""A database that jobs commit to, and a Redis of one's own."""

from collections.abc import Iterator

import pytest
import redis
from sqlalchemy import text
from sqlalchemy.orm import Session

from dispatch.kit import db
from tests.factories.city import City, add_city
from tests.factories.servers import RedisServer, own_database, using_database


@pytest.fixture(scope="session")
def committed_city() -> Iterator[tuple[str, City]]:
    """A database with the small city in it; its address and the city."""
    with own_database("workers") as url:
        with using_database(url), db.open_session() as session:
            city = add_city(session)
        yield url, city


@pytest.fixture
def city(committed_city: tuple[str, City]) -> Iterator[City]:
    """The city, with an empty outbox, in the database that this process uses during the test."""
    url, city = committed_city
    with using_database(url):
        with db.open_session() as session:
            session.execute(text("TRUNCATE outbox, job_receipts, deliveries, department_endpoints"))
            # what an earlier test reported is not the same as what this one will
            session.execute(text("UPDATE cases SET created_at = created_at - interval '9 years'"))
        yield city


@pytest.fixture
def committing(city: City) -> Iterator[Session]:
    """A session whose commits last."""
    with Session(db.engine(), expire_on_commit=False) as session:
        yield session


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    server = RedisServer()
    yield server
    server.close()


@pytest.fixture
def queue_redis(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[redis.Redis]:
    """An empty Redis, which processes of this test use too."""
    monkeypatch.setenv("REDIS_URL", redis_server.url)
    with redis_server.client() as client:
        client.flushall()
        yield client
