"""The jobs of open data: what is due or asked for is made by a process of its own, beside the queue."""

import os
import subprocess
import sys
from functools import partial

from dispatch.kit import clock
from dispatch.kit.db import open_session
from dispatch.opendata.queries import due
from workers.beside import READERS
from workers.jobs.once import once

#: A city's years of cases take minutes; what hangs is given up.
SECONDS = 3_000
ENVIRONMENT = {"OMP_NUM_THREADS": "1", "DISPATCH_DATABASE_POOL_SIZE": "3"}


def make(*, event_id: int, job: str, dataset: str) -> None:
    """Somebody asked for a data set; should the process die, the clock asks again."""
    with once(event_id, job) as session:
        is_first = session is not None
    if is_first:
        call(dataset)


def make_due() -> None:
    """Make the data sets whose time has come."""
    with open_session() as session:
        waiting = due(session, at=clock.now())
    for code in waiting:
        call(code)


def call(code: str) -> None:
    """Start the process for a data set, unless one is on the way here."""
    READERS.start(f"open-data-{code}", partial(_make, code))


def _make(code: str) -> None:
    program = "from dispatch.cli import app; app()"
    subprocess.run(  # noqa: S603 - our own program and a code of our own table
        [sys.executable, "-c", program, "open-data", "make", code],
        env={**os.environ, **ENVIRONMENT},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        timeout=SECONDS,
        check=True,
    )
