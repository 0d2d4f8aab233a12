"""The whole demonstration city, seeded once for these tests and rolled back after them."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from dispatch.kit import reference
from dispatch.seed.command import Seeded, seed
from dispatch.seed.files import seed_folder


@pytest.fixture(scope="package")
def city_and_report(engine: Engine) -> Iterator[tuple[Session, Seeded]]:
    reference.forget_all()
    with engine.connect() as connection:
        outer = connection.begin()
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            yield session, seed(session, folder=seed_folder(), demo=True)
        outer.rollback()
    reference.forget_all()


@pytest.fixture
def city(city_and_report: tuple[Session, Seeded]) -> Session:
    """A session that sees the seeded city; what a test adds must be taken back."""
    return city_and_report[0]


@pytest.fixture
def report(city_and_report: tuple[Session, Seeded]) -> Seeded:
    """What the seeding said it did."""
    return city_and_report[1]
