"""The whole application for the tests of a module, lent to each test in its own transaction."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from sqlalchemy.orm import Session

from tests.factories.people import lend, lent_app


@pytest.fixture(scope="module")
def shared() -> Iterator[FastAPI]:
    """The application, built once for a module."""
    with lent_app() as made:
        yield made


@pytest.fixture
def app(shared: FastAPI, session: Session) -> FastAPI:
    """The whole application in this test's transaction."""
    return lend(shared, session)
