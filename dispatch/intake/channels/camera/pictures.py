"""Pictures that an alarm only points to: fetched in the background, from hosts that are allowed and no others."""

from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.cases.commands import act
from dispatch.cases.model import Photo, PhotoKind
from dispatch.cases.photos import store_photo
from dispatch.cases.states import Verb
from dispatch.kit.config import settings
from dispatch.kit.errors import InvalidInput, TooLarge
from dispatch.kit.images import MAX_PHOTOS
from dispatch.kit.outbox import Event, publish
from dispatch.people.policy import SYSTEM

PICTURE_WAITING = "camera.picture"


def is_allowed(url: str) -> bool:
    """Whether the operator has named the URL's host; nothing else is ever fetched."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    allowed = {each.strip().lower() for each in settings().camera_picture_hosts.split(",")}
    return parts.scheme in {"http", "https"} and bool(host) and host in allowed - {""}


def expect_picture(session: Session, case_id: int, url: str, *, at: datetime) -> None:
    """Have the picture fetched; from a host that is not allowed, note where it would be found."""
    if is_allowed(url):
        publish(session, Event(PICTURE_WAITING, {"case_id": case_id, "url": url}))
    else:
        _note(session, case_id, f"现场图片(未下载):{url}", at=at)


def fetch_picture(
    session: Session, case_id: int, url: str, *, download: Callable[[str], bytes], at: datetime
) -> bool:
    """Fetch a picture for a case; whether there is one more. Unavailable: to be tried again.

    What is no picture is noted on the case instead.
    """
    kept = session.scalar(select(func.count()).where(Photo.case_id == case_id)) or 0
    if kept >= MAX_PHOTOS or not is_allowed(url):
        return False
    try:
        with session.begin_nested():
            data = download(url)
            photo = store_photo(session, data, kind=PhotoKind.BEFORE, by=SYSTEM, at=at).photo
            body = {"note": "现场图片", "photos": [photo.id]}
            act(session, case_id, Verb.NOTE, by=SYSTEM, at=at, body=body)
    except (InvalidInput, TooLarge) as error:
        _note(session, case_id, f"现场图片未能取回({error.zh}):{url}", at=at)
        return False
    return True


def _note(session: Session, case_id: int, note: str, *, at: datetime) -> None:
    act(session, case_id, Verb.NOTE, by=SYSTEM, at=at, body={"note": note})
