"""Counting what a request asks the database."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Connection, event


@pytest.fixture
def count_queries(connection: Connection) -> Iterator[Callable[[], int]]:
    """How many statements were sent so far."""
    sent = 0

    def count(*_: object) -> None:
        nonlocal sent
        sent += 1

    event.listen(connection, "before_cursor_execute", count)
    yield lambda: sent
    event.remove(connection, "before_cursor_execute", count)
