"""The small city with names that addresses can use."""

import pytest
from sqlalchemy.orm import Session

from tests.factories.city import City, add_city, add_names


@pytest.fixture
def city(session: Session) -> City:
    made = add_city(session)
    add_names(session)
    return made
