"""The jobs of bulletins: what is due is begun, figures are counted here, files are made by a process of their own."""

import os
import subprocess
import sys
from functools import partial

from dispatch.bulletins.commands.write import plan_due, write
from dispatch.bulletins.queries.listing import without_files
from dispatch.kit import clock
from dispatch.kit.db import open_session
from workers.beside import READERS
from workers.jobs.once import once

SECONDS = 300
ENVIRONMENT = {"OMP_NUM_THREADS": "1", "DISPATCH_DATABASE_POOL_SIZE": "3"}


def plan() -> None:
    """Begin what the rules say is due, and ask again for files that did not come."""
    with open_session() as session:
        plan_due(session, at=clock.now())
    with open_session() as session:
        waiting = without_files(session, at=clock.now())
    for bulletin_id in waiting:
        call(bulletin_id)


def compose(*, event_id: int, job: str, bulletin_id: int) -> None:
    """Count and word a bulletin."""
    with once(event_id, job) as session:
        if session is not None:
            write(session, bulletin_id, at=clock.now())


def print_out(*, event_id: int, job: str, bulletin_id: int) -> None:
    """Have PDF, Word and Excel made; should the process die, the clock asks again."""
    with once(event_id, job) as session:
        is_first = session is not None
    if is_first:
        call(bulletin_id)


def call(bulletin_id: int) -> None:
    """Start the process for a bulletin, unless one is on the way here."""
    READERS.start(f"bulletin-{bulletin_id}", partial(_print, bulletin_id))


def _print(bulletin_id: int) -> None:
    program = "from dispatch.cli import app; app()"
    subprocess.run(  # noqa: S603 - our own program and a number
        [sys.executable, "-c", program, "bulletin", "files", str(bulletin_id)],
        env={**os.environ, **ENVIRONMENT},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        timeout=SECONDS,
        check=True,
    )
