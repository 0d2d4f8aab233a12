"""The job for a picture that an alarm only points to: fetch it, beside the queue."""

from functools import partial

from dispatch.intake.channels.camera.download import download
from dispatch.intake.channels.camera.pictures import fetch_picture as fetch
from dispatch.kit import clock
from workers.beside import FETCHERS
from workers.jobs.once import noting_failure, once


def fetch_picture(*, event_id: int, job: str, case_id: int, url: str) -> None:
    """Start to fetch; the receipt is taken when that has ended, else the event is sent again."""
    FETCHERS.start(f"{job}-{event_id}", partial(_fetch, event_id, job, case_id, url))


def _fetch(event_id: int, job: str, case_id: int, url: str) -> None:
    with noting_failure(event_id), once(event_id, job) as session:
        if session is not None:
            fetch(session, case_id, url, download=download, at=clock.now())
