"""The search for hot spots: once a night, by a process of its own."""

import os
import subprocess
import sys
from datetime import timedelta

from dispatch.hotspots.queries.found import is_due
from dispatch.kit import clock
from dispatch.kit.db import open_session
from workers.beside import READERS

SECONDS = 1_200
EARLIEST_HOUR = 3
ENVIRONMENT = {"OMP_NUM_THREADS": "1", "DISPATCH_DATABASE_POOL_SIZE": "3"}


def search_due() -> None:
    """Search up to yesterday, if nobody has."""
    now = clock.now()
    if now.astimezone(clock.CITY_ZONE).hour < EARLIEST_HOUR:
        return
    with open_session() as session:
        due = is_due(session, last=clock.city_date(now) - timedelta(days=1), at=now)
    if due:
        READERS.start("hotspots", _search)


def _search() -> None:
    program = "from dispatch.cli import app; app()"
    subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program, "hotspots", "search"],
        env={**os.environ, **ENVIRONMENT},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        timeout=SECONDS,
        check=True,
    )
