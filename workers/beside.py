"""Threads for what waits on other systems' servers, so that no queue waits with it.

A job that starts such work has already put into the database what is to be done and until when
somebody is at it; should this process die, the clock finds it and asks again.
"""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

log = logging.getLogger(__name__)


class Beside:
    """A pool of threads with at most one task of a key at a time."""

    def __init__(self, *, threads: int) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="beside")
        self._running: set[str] = set()
        self._lock = threading.Lock()
        self.stopping = threading.Event()

    def start(self, key: str, work: Callable[[], None]) -> bool:
        """Do `work` in a thread; False if work of this key is under way here or the process ends."""
        with self._lock:
            if key in self._running or self.stopping.is_set():
                return False
            self._running.add(key)
        self._pool.submit(work).add_done_callback(lambda done: self._finished(key, done))
        return True

    def stop(self) -> None:
        """Take no more, and wait for what is under way."""
        self.stopping.set()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _finished(self, key: str, done: Future[None]) -> None:
        with self._lock:
            self._running.discard(key)
        if not done.cancelled() and (error := done.exception()) is not None:
            log.error("work beside the queue failed: %s", key, exc_info=error)


#: As many departments' servers may hang at once as there are threads here.
COURIERS = Beside(threads=48)
#: Photos from WeChat; a few at a time, each holds a transaction.
FETCHERS = Beside(threads=4)
#: Notices: one thread a way.
SENDERS = Beside(threads=5)
#: Uploaded files are read by processes of their own; two at once are enough for a machine.
READERS = Beside(threads=2)


def stop_all() -> None:
    """Let everything beside the queues come to its end."""
    for each in (COURIERS, FETCHERS, SENDERS, READERS):
        each.stop()
