"""A real PostGIS database made by the real migrations, and a transaction that every test rolls back."""

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlalchemy import Connection, Engine, make_url
from sqlalchemy.orm import Session
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

os.environ.setdefault("DISPATCH_SECRET_KEY", "a key for tests only, nothing real hangs on it")
os.environ.setdefault("DISPATCH_ENVIRONMENT", "test")
os.environ.setdefault("DATABASE_URL", "postgresql:///dispatch_test")
os.environ.setdefault("REDIS_URL", "redis://127.0.0.1:6379/15")
if _worker := os.environ.get("PYTEST_XDIST_WORKER"):
    # tests empty Redis: processes that share them count in a database of their own each
    _redis = urlsplit(os.environ["REDIS_URL"])
    _number = 1 + int(_worker.removeprefix("gw")) % 14
    os.environ["REDIS_URL"] = (
        f"unix://{_redis.path}?db={_number}"
        if _redis.scheme == "unix"
        else _redis._replace(path=f"/{_number}").geturl()
    )

from dispatch.kit import config, db, reference  # settings are read from the lines above
from tests import databases

ROOT = Path(__file__).resolve().parent.parent
#: Folders and tests whose costly set-up all of their tests share.
ONE_CITY = "tests/dispatch/seed/city/"
EVERY_PAGE = "tests/browser/test_access.py"


class _Groups(LoadScopeScheduling):
    """Where several processes share the tests, whatever shares a set-up goes to one of them.

    That is a file, the seeded city's folder as a whole, and every page in one size.
    """

    def _split_scope(self, nodeid: str) -> str:
        file, _, test = nodeid.partition("::")
        if file.startswith(ONE_CITY):
            return ONE_CITY
        return f"{file} {test.partition('[')[2].partition('-')[0]}" if file == EVERY_PAGE else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """xdist's own grouping by marks does nothing with pytest 9.2 (it writes to a private name)."""
    return _Groups(config, log)


@pytest.fixture(scope="session")
def database_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a migrated, empty database of this test process's own."""
    given = config.settings().sqlalchemy_url
    name = f"{make_url(given).database}_{os.getpid()}"
    url = databases.create(given, name)
    os.environ["DATABASE_URL"] = url
    os.environ["DISPATCH_VAR_DIR"] = str(tmp_path_factory.mktemp("var"))
    config.settings.cache_clear()
    db.engine.cache_clear()
    yield url
    db.engine().dispose()
    databases.drop(given, name)


@pytest.fixture(scope="session")
def engine(database_url: str) -> Iterator[Engine]:
    """The engine of that database."""
    made = db.engine()
    yield made
    made.dispose()


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    """A connection whose outer transaction is rolled back after the test."""
    with engine.connect() as opened:
        outer = opened.begin()
        yield opened
        outer.rollback()


@pytest.fixture
def session(connection: Connection) -> Iterator[Session]:
    """A session inside that transaction; what it commits is a savepoint."""
    reference.forget_all()
    with Session(
        connection, join_transaction_mode="create_savepoint", expire_on_commit=False
    ) as made:
        yield made
    reference.forget_all()
