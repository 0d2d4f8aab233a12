"""The job for a picture or voice that WeChat keeps for three days: fetch it, beside the queue."""

from functools import partial

from dispatch.intake.channels.wechat.client import client
from dispatch.intake.channels.wechat.media import fetch_media as fetch
from dispatch.kit import clock
from workers.beside import FETCHERS
from workers.jobs.once import noting_failure, once


def fetch_media(*, event_id: int, job: str, media_row_id: int) -> None:
    """Start to fetch; the receipt is taken when that has ended, else the event is sent again."""
    FETCHERS.start(job + str(media_row_id), partial(_fetch, event_id, job, media_row_id))


def _fetch(event_id: int, job: str, media_row_id: int) -> None:
    with noting_failure(event_id), once(event_id, job) as session:
        if session is not None:
            fetch(session, media_row_id, client=client(), at=clock.now())
