"""Several workers under one parent, which starts again whichever dies."""

import gc
import logging
import multiprocessing
import multiprocessing.connection
import threading
import time
from collections.abc import Callable
from multiprocessing.process import BaseProcess

log = logging.getLogger(__name__)

#: What has lived shorter than this (s) is not started again at once.
SHORT_LIFE = 2.0
#: How long children may take to end (s).
FAREWELL = 20.0


class Crew:
    """So many children that all do the same. They share the memory of what the parent has loaded."""

    def __init__(self, work: Callable[[], None], *, count: int, name: str) -> None:
        self._fork = multiprocessing.get_context("fork")
        self._work = work
        self._count = count
        self._name = name
        self._born: dict[BaseProcess, float] = {}

    def run(self, stop: threading.Event) -> None:
        """Keep the children alive until told to stop, then let them finish."""
        gc.freeze()
        for _ in range(self._count):
            self._start()
        while not stop.is_set():
            ended = multiprocessing.connection.wait(
                [child.sentinel for child in self._born], timeout=0.5
            )
            for child in [child for child in self._born if child.sentinel in ended]:
                self._replace(child, stop)
        self._dismiss()

    def _start(self) -> None:
        child = self._fork.Process(target=self._work, name=self._name)
        child.start()
        self._born[child] = time.monotonic()

    def _replace(self, child: BaseProcess, stop: threading.Event) -> None:
        child.join()
        lived = time.monotonic() - self._born.pop(child)
        if stop.is_set():
            return
        log.error("%s %s ended with %s, starting another", self._name, child.pid, child.exitcode)
        if lived < SHORT_LIFE:
            stop.wait(SHORT_LIFE)
        self._start()

    def _dismiss(self) -> None:
        for child in self._born:
            child.terminate()
        until = time.monotonic() + FAREWELL
        for child in self._born:
            child.join(max(0.0, until - time.monotonic()))
            if child.is_alive():
                log.error("%s %s did not end in time", self._name, child.pid)
                child.kill()
                child.join()
