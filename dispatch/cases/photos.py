"""Photos of cases: kept clean in the media store with a row each, swept when no case took them."""

import logging
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import delete, event, select
from sqlalchemy.orm import Session

from dispatch.cases.model import Photo
from dispatch.kit import images
from dispatch.kit.clock import CITY_ZONE
from dispatch.kit.errors import Unavailable
from dispatch.kit.files import media
from dispatch.kit.images import CleanPhoto, Upload
from dispatch.people.policy import Person

log = logging.getLogger(__name__)

#: A photo that no case has taken by then was given up.
KEEP_UNCLAIMED: Final = timedelta(days=1)
#: How far back the sweep looks for files without a row (what a killed process left behind).
SWEEP_DAYS: Final = 7
SWEEP_AT_ONCE: Final = 500
FOLDER: Final = "photos"
_FRESH: Final = "photos written in this transaction"


@dataclass(frozen=True)
class StoredPhoto:
    """A photo's row, and what its metadata said: (longitude, latitude) in WGS-84, and when."""

    photo: Photo
    gps: tuple[float, float] | None
    taken_at: datetime | None


def store_photo(
    session: Session, data: bytes, *, kind: str, by: Person | None, at: datetime, name: str = "照片"
) -> StoredPhoto:
    """Clean a photo and keep it with its thumbnail, without a case until one takes it.

    Raises InvalidInput or TooLarge, which name the file, and Unavailable when the store is down.
    """
    return store_photos(session, [Upload(name, data)], kind=kind, by=by, at=at)[0]


def store_photos(
    session: Session, uploads: Sequence[Upload], *, kind: str, by: Person | None, at: datetime
) -> list[StoredPhoto]:
    """Keep several photos or none: all are looked at before the first is written."""
    images.check_count(len(uploads))
    cleaned = [images.clean(upload) for upload in uploads]
    stored = [_keep(session, each, kind=kind, by=by, at=at) for each in cleaned]
    session.flush()
    return stored


def sweep_photos(session: Session, *, at: datetime, held: Collection[UUID] = ()) -> int:
    """Remove photos that no case took within a day, and files without a row; how many of both.

    `held` are those that something else waits with.
    """
    before = at - KEEP_UNCLAIMED
    unclaimed = session.scalars(
        select(Photo)
        .where(Photo.case_id.is_(None), Photo.at < before, Photo.id.not_in(held))
        .order_by(Photo.at)
        .limit(SWEEP_AT_ONCE)
        .with_for_update(skip_locked=True)
    ).all()
    # Files go first: should the transaction fail, the rows stay and the next sweep tries again.
    media().delete(key for photo in unclaimed for key in (photo.key, photo.thumbnail_key))
    session.execute(delete(Photo).where(Photo.id.in_([photo.id for photo in unclaimed])))
    return len(unclaimed) + _sweep_files(session, before=before)


def _keep(
    session: Session, clean: CleanPhoto, *, kind: str, by: Person | None, at: datetime
) -> StoredPhoto:
    made = uuid4()
    key = f"{_folder(at)}/{made}.jpg"
    photo = Photo(
        id=made,
        kind=kind,
        key=key,
        thumbnail_key=f"{_folder(at)}/{made}.thumb.jpg",
        width=clean.width,
        height=clean.height,
        size=len(clean.jpeg),
        at=at,
        by_id=None if by is None else by.id,
        taken_at=clean.taken_at,
        longitude=clean.gps[0] if clean.gps else None,
        latitude=clean.gps[1] if clean.gps else None,
    )
    _forget_on_rollback(session, (photo.key, photo.thumbnail_key))
    store = media()
    store.put(photo.key, clean.jpeg)
    store.put(photo.thumbnail_key, clean.thumbnail)
    session.add(photo)
    return StoredPhoto(photo, clean.gps, clean.taken_at)


def _folder(at: datetime) -> str:
    return f"{FOLDER}/{at.astimezone(CITY_ZONE):%Y/%m/%d}"


def _forget_on_rollback(session: Session, keys: Iterable[str]) -> None:
    """Have these files removed when the transaction is rolled back; the sweep finds what is missed."""
    if _FRESH not in session.info:
        session.info[_FRESH] = []
        event.listen(session, "after_commit", _stays)
        event.listen(session, "after_rollback", _goes)
    session.info[_FRESH].extend(keys)


def _stays(session: Session) -> None:
    session.info[_FRESH].clear()


def _goes(session: Session) -> None:
    try:
        media().delete(session.info[_FRESH])
    except Unavailable as error:  # must not hide why the transaction failed; the sweep comes by
        log.warning("files of a transaction rolled back stay for the sweep: %s", error)
    session.info[_FRESH].clear()


def _sweep_files(session: Session, *, before: datetime) -> int:
    """Remove files of past days that no row names: their transaction never came to its end."""
    removed = 0
    for days in range(SWEEP_DAYS):
        listed = media().listed(_folder(before - timedelta(days=days)))
        files = {file.key: _id_in(file.key) for file in listed if file.changed_at < before}
        known = set(session.scalars(select(Photo.id).where(Photo.id.in_(set(files.values())))))
        stray = [key for key, photo_id in files.items() if photo_id not in known]
        media().delete(stray)
        removed += len(stray)
    return removed


def _id_in(key: str) -> UUID | None:
    """The photo's id that a key holds; None for a file that is none of ours."""
    try:
        return UUID(key.rpartition("/")[2].partition(".")[0])
    except ValueError:
        return None
