"""The clock: puts the jobs of the timer table into their queue when their time has come.

It knows no case and no database. Two clocks ask under the same job id, so the second is refused.
"""

import logging
import threading
import time

from redis import Redis, RedisError
from rq.exceptions import DuplicateJobError

from workers import places, queues
from workers.queues import CLOCK
from workers.signs import Signs
from workers.timers import TIMERS, Timer

log = logging.getLogger(__name__)

STEP = 0.2
REPORT_EVERY = 5.0


class Clock:
    """One clock; remembers the last slot of each timer that it has asked for."""

    def __init__(self, redis: Redis, timers: tuple[Timer, ...] = TIMERS) -> None:
        self._queue = queues.named(CLOCK, redis)
        self._timers = timers
        self._asked: dict[str, int] = {}

    def tick(self, at: float) -> list[str]:
        """Ask for what has come due at `at` (seconds since 1970); the names of what was asked."""
        asked = []
        for timer in self._timers:
            slot = int(at // timer.every)
            if self._asked.get(timer.name) == slot:
                continue
            if self._ask(timer, slot):
                asked.append(timer.name)
            self._asked[timer.name] = slot
        return asked

    def _ask(self, timer: Timer, slot: int) -> bool:
        lasts = max(2, int(timer.every))
        try:
            self._queue.enqueue_call(
                timer.function,
                job_id=f"{timer.name}-{slot}",
                unique=True,
                timeout=timer.time_limit,
                # Not taken in time, it is dropped: the next one asks for the same.
                ttl=2 * lasts,
                result_ttl=lasts,
                failure_ttl=3600,
                description=timer.function,
            )
        except DuplicateJobError:
            return False
        return True


def run(stop: threading.Event) -> None:
    """Tick until told to stop, through any outage of Redis."""
    redis = places.connect_redis()
    clock, signs = Clock(redis), Signs("clock", redis)
    down, next_report = False, 0.0
    while not stop.is_set():
        try:
            clock.tick(time.time())
            if time.monotonic() >= next_report:
                signs.give()
                next_report = time.monotonic() + REPORT_EVERY
            down = False
        except RedisError as error:
            if not down:
                log.error("cannot ask for what is due: %s", error)  # noqa: TRY400
            down = True
            stop.wait(1.0)
        stop.wait(STEP)
