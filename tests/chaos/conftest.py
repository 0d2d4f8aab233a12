"""A stack on a city in which no two reports are taken for one."""

from collections.abc import Iterator

import pytest
from sqlalchemy import delete
from sqlalchemy.orm import Session

from dispatch.intake.model import DuplicateRule
from dispatch.kit import db
from tests.chaos.stack import Stack
from tests.factories.city import City, add_city
from tests.factories.servers import RedisServer, own_database, using_database


@pytest.fixture
def redis_server() -> Iterator[RedisServer]:
    server = RedisServer()
    yield server
    server.close()


@pytest.fixture
def city() -> Iterator[City]:
    """The city, committed to a database of the test's own, which this process uses too."""
    with own_database("chaos") as url, using_database(url):
        with db.open_session() as session:
            made = add_city(session)
            session.execute(delete(DuplicateRule))
        yield made


@pytest.fixture
def session(city: City) -> Iterator[Session]:
    with Session(db.engine(), expire_on_commit=False) as made:
        yield made


@pytest.fixture
def stack(city: City, redis_server: RedisServer) -> Iterator[Stack]:
    url = db.engine().url.render_as_string(hide_password=False)
    made = Stack(database_url=url, redis=redis_server)
    yield made
    made.close()
