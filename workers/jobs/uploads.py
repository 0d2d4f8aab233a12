"""The job for an uploaded file: a process of its own reads it, beside the queue."""

import os
import subprocess
import sys
from functools import partial

from dispatch.kit import clock
from dispatch.kit.db import open_session
from dispatch.uploads.queries import abandoned
from workers.beside import READERS
from workers.jobs.once import once

#: Longer than the process may take of the processor.
SECONDS = 1_800
#: Nothing in a file leads a reader over the network.
ENVIRONMENT = {
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".none",
    "GDAL_HTTP_TIMEOUT": "1",
    "OMP_NUM_THREADS": "1",
    "DISPATCH_DATABASE_POOL_SIZE": "3",
}


def work_on(*, event_id: int, job: str, upload_id: int) -> None:
    """Have the file read; should the process die, the clock finds the file and has it read again."""
    with once(event_id, job) as session:
        is_first = session is not None
    if is_first:
        call(upload_id)


def call(upload_id: int) -> None:
    """Start the process for a file, unless one is on the way here."""
    READERS.start(f"upload-{upload_id}", partial(_read, upload_id))


def pick_up() -> None:
    """Go on with files at which nobody has been heard of for a while."""
    with open_session() as session:
        waiting = abandoned(session, at=clock.now())
    for upload_id in waiting:
        call(upload_id)


def _read(upload_id: int) -> None:
    program = "from dispatch.cli import app; app()"
    subprocess.run(  # noqa: S603 - our own program and a number
        [sys.executable, "-c", program, "uploads", "run", str(upload_id)],
        env={**os.environ, **ENVIRONMENT},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        timeout=SECONDS,
        check=True,
    )
