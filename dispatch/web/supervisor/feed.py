"""The state of the wall, worked out once for everybody who looks in this process, and drawn once a language."""

import threading
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from dispatch.kit import clock
from dispatch.kit.db import open_session
from dispatch.supervision.commands.rollup import refresh
from dispatch.supervision.queries.wall import Wall, last_id, wall

#: It is looked whether something has happened at most so often, and worked out again without that too:
#: lights change by time alone.
LOOK, AGAIN = 0.8, 10.0


@dataclass(frozen=True)
class Seen:
    """A state with the number under which viewers know it."""

    number: int
    wall: Wall


class Feed:
    """The last state, and who is working out the next."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: Seen | None = None
        self._looked = self._worked = float("-inf")

    def look(self) -> Seen | None:
        """The newest state; works it out if nobody else is at it and something may have changed."""
        if time.monotonic() - self._looked > LOOK and self._lock.acquire(
            blocking=self._seen is None
        ):
            try:
                with open_session() as session:
                    self._work(session, at=clock.now())
            finally:
                self._lock.release()
        return self._seen

    def _work(self, session: Session, *, at: datetime) -> None:
        now, held = time.monotonic(), self._seen
        self._looked = now
        if (
            held is not None
            and now - self._worked < AGAIN
            and last_id(session) == held.wall.last_id
        ):
            return
        refresh(session, at=at)
        state = wall(session, at=at)
        self._seen = Seen(held.number + 1 if held else 1, state)
        self._worked = time.monotonic()


FEED: Final = Feed()
