"""The jobs of bulletins: what is due is begun; counting, wording and printing is done by a process of its own."""

import os
import subprocess
import sys
from functools import partial

from dispatch.bulletins.commands.write import plan_due
from dispatch.bulletins.queries.listing import unfinished
from dispatch.kit import clock
from dispatch.kit.db import open_session
from workers.beside import READERS
from workers.jobs.once import once

SECONDS = 300
ENVIRONMENT = {"OMP_NUM_THREADS": "1", "DISPATCH_DATABASE_POOL_SIZE": "3"}


def plan() -> None:
    """Begin what the rules say is due, and ask again for what did not come."""
    with open_session() as session:
        plan_due(session, at=clock.now())
    with open_session() as session:
        waiting = unfinished(session, at=clock.now())
    for bulletin_id in waiting:
        call(bulletin_id)


def make(*, event_id: int, job: str, bulletin_id: int) -> None:
    """Have a bulletin counted, worded and printed; should the process die, the clock asks again."""
    with once(event_id, job) as session:
        is_first = session is not None
    if is_first:
        call(bulletin_id)


def call(bulletin_id: int) -> None:
    """Start the process for a bulletin, unless one is on the way here."""
    READERS.start(f"bulletin-{bulletin_id}", partial(_make, bulletin_id))


def _make(bulletin_id: int) -> None:
    program = "from dispatch.cli import app; app()"
    subprocess.run(  # noqa: S603 - our own program and a number
        [sys.executable, "-c", program, "bulletin", "make", str(bulletin_id)],
        env={**os.environ, **ENVIRONMENT},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        timeout=SECONDS,
        check=True,
    )
