"""Reference data that processes hold in memory: a version for each set, and a cache that follows it.

Triggers in the database raise a set's version when its tables change (see
`migrations/reference_triggers.py`), so a change is seen by every process within `CHECK_SECONDS`,
and an ordinary request pays nothing for it.
"""

import threading
import time
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import LargeBinary, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from dispatch.kit.db import Base, Json

CHECK_SECONDS = 2.0
T = TypeVar("T")


class ReferenceSet(Base):
    """A set of reference data; `blob` is a compact form that a process can load (the grid)."""

    __tablename__ = "reference_sets"

    name: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(server_default="1")
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now())
    blob: Mapped[bytes | None] = mapped_column(LargeBinary)
    info: Mapped[Json] = mapped_column(server_default="{}")


class _Versions:
    """The versions as last read by this process; one small query serves all caches."""

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}
        self._read_at = float("-inf")
        self._lock = threading.Lock()

    def of(self, session: Session, name: str) -> int:
        if self._is_old():
            with self._lock:
                if self._is_old():  # nobody read them while this thread waited
                    rows = session.execute(select(ReferenceSet.name, ReferenceSet.version))
                    self._seen = {row.name: row.version for row in rows}
                    self._read_at = time.monotonic()
        return self._seen.get(name, 0)

    def _is_old(self) -> bool:
        return time.monotonic() - self._read_at > CHECK_SECONDS

    def forget(self) -> None:
        self._read_at = float("-inf")


_versions = _Versions()


_all: list["Cached[Any]"] = []


class Cached(Generic[T]):
    """A value made from a set of reference data, made again when the set's version has changed."""

    def __init__(self, name: str, load: Callable[[Session], T]) -> None:
        self.name = name
        self._load = load
        self._lock = threading.Lock()
        self._held: tuple[int, T] | None = None
        _all.append(self)

    def get(self, session: Session) -> T:
        """The value for the present version; loads it when needed, once per process."""
        version = _versions.of(session, self.name)
        held = self._held
        if held is not None and held[0] == version:
            return held[1]
        with self._lock:
            held = self._held
            if held is None or held[0] != version:
                held = (version, self._load(session))
                self._held = held
            return held[1]

    def forget(self) -> None:
        """Drop what is held."""
        self._held = None


def load(session: Session, names: AbstractSet[str]) -> None:
    """Read the caches of these sets now, so that nobody waits for them later."""
    for cache in _all:
        if cache.name in names:
            cache.get(session)


def look_again() -> None:
    """Ask for the versions at the next look: for a job that follows a change at once."""
    _versions.forget()


def forget_all() -> None:
    """Drop every cache of this process (tests that change reference data in a transaction)."""
    _versions.forget()
    for cache in _all:
        cache.forget()
