"""The small city, and caches that forget what a rolled-back test put into them."""

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from dispatch.kit import reference
from tests.factories.jurisdiction import store_small_city


@pytest.fixture(autouse=True)
def _fresh_caches() -> Iterator[None]:
    reference.forget_all()
    yield
    reference.forget_all()


@pytest.fixture
def city(session: Session) -> Session:
    """A session in which the small city is stored."""
    store_small_city(session)
    return session
