"""The whole application, lent to each test in its own transaction."""

import pytest
from fastapi import FastAPI
from sqlalchemy.orm import Session

from tests.factories.people import whole_app


@pytest.fixture
def app(session: Session) -> FastAPI:
    """The whole application in this test's transaction."""
    return whole_app(session)
