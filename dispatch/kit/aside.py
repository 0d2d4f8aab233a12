"""Sessions beside the request's own: for answers that stream, and for many transactions in one request.

They have a small pool of their own. A request that waits for one of them holds a connection of the
common pool, but whoever holds one of these never waits for the common pool: nobody waits in a circle.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import lru_cache
from typing import Annotated, Final

from fastapi import Depends
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from dispatch.kit import db
from dispatch.kit.config import settings

#: As many as these stream or work through a pile at once in a process; the next waits, then is told so.
POOL: Final = 2

Sessions = Callable[[], AbstractContextManager[Session]]


@lru_cache
def engine() -> Engine:
    """The engine of these sessions."""
    return db.build_engine(settings().sqlalchemy_url, pool_size=POOL)


@contextmanager
def open_session() -> Iterator[Session]:
    """One transaction: commit on success, roll back on any error."""
    with Session(engine(), expire_on_commit=False) as session, session.begin():
        yield session


def sessions() -> Sessions:
    """How a handler opens such sessions."""
    return open_session


#: Opens sessions beside the request's own.
Aside = Annotated[Sessions, Depends(sessions)]
