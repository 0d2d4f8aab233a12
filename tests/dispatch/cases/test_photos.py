"""Photos of cases: kept whole or not at all, taken by a case or swept away."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.cases.model import Photo, PhotoKind
from dispatch.cases.photos import store_photo, store_photos, sweep_photos
from dispatch.kit import clock
from dispatch.kit.config import settings
from dispatch.kit.errors import InvalidInput
from dispatch.kit.files import MediaStore, media
from dispatch.kit.images import Upload
from tests.factories.people import add_person
from tests.factories.photos import picture


@pytest.fixture
def store(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, session: Session
) -> Iterator[MediaStore]:
    """An empty media store of this test's own."""
    monkeypatch.setenv("DISPATCH_MEDIA_URL", (tmp_path / "media").as_uri())
    settings.cache_clear()
    yield media()
    session.rollback()
    monkeypatch.undo()
    settings.cache_clear()


def _files(store: MediaStore) -> list[str]:
    return [file.key for file in store.listed("photos")]


def test_a_photo_is_kept_with_its_thumbnail_and_tells_its_place(
    session: Session, store: MediaStore
) -> None:
    person = add_person(session)

    kept = store_photo(session, picture(gps=True), kind=PhotoKind.AFTER, by=person, at=clock.now())

    assert kept.gps == pytest.approx((109.405, 24.305))
    photo = session.get_one(Photo, kept.photo.id)
    assert (photo.kind, photo.by_id, photo.case_id) == ("after", person.id, None)
    assert (photo.width, photo.height) == (64, 48)
    assert len(store.get(photo.key)) == photo.size
    assert store.exists(photo.thumbnail_key)


def test_one_bad_file_keeps_all_of_them_out(session: Session, store: MediaStore) -> None:
    uploads = [Upload("好.jpg", picture()), Upload("坏.jpg", b"<html>")]

    with pytest.raises(InvalidInput, match=r"坏\.jpg"):
        store_photos(session, uploads, kind=PhotoKind.BEFORE, by=None, at=clock.now())

    assert _files(store) == []
    assert session.scalar(select(func.count()).select_from(Photo)) == 0


def test_a_seventh_photo_keeps_all_of_them_out(session: Session, store: MediaStore) -> None:
    with pytest.raises(InvalidInput):
        store_photos(
            session,
            [Upload("x.jpg", picture())] * 7,
            kind=PhotoKind.BEFORE,
            by=None,
            at=clock.now(),
        )

    assert _files(store) == []


def test_a_transaction_rolled_back_takes_its_files_along(
    session: Session, store: MediaStore
) -> None:
    store_photo(session, picture(), kind=PhotoKind.BEFORE, by=None, at=clock.now())
    assert len(_files(store)) == 2

    session.rollback()

    assert _files(store) == []


def test_what_was_committed_outlives_a_later_rollback(session: Session, store: MediaStore) -> None:
    store_photo(session, picture(), kind=PhotoKind.BEFORE, by=None, at=clock.now())
    session.commit()
    store_photo(session, picture(), kind=PhotoKind.BEFORE, by=None, at=clock.now())

    session.rollback()

    assert len(_files(store)) == 2


def test_a_photo_that_no_case_took_is_swept_after_a_day(
    session: Session, store: MediaStore
) -> None:
    now = clock.now()
    old = store_photo(
        session, picture(), kind=PhotoKind.BEFORE, by=None, at=now - timedelta(hours=25)
    ).photo
    fresh = store_photo(
        session, picture(), kind=PhotoKind.BEFORE, by=None, at=now - timedelta(hours=23)
    ).photo

    swept = sweep_photos(session, at=now)

    assert swept == 1
    assert session.scalars(select(Photo.id)).all() == [fresh.id]
    assert not store.exists(old.key)
    assert not store.exists(old.thumbnail_key)
    assert store.exists(fresh.key)


def test_a_file_without_a_row_is_swept_and_one_with_a_row_stays(
    session: Session, store: MediaStore
) -> None:
    now = clock.now()
    kept = store_photo(session, picture(), kind=PhotoKind.BEFORE, by=None, at=now).photo
    folder = kept.key.rpartition("/")[0]
    stray = f"{folder}/0c9f9f6e-7a52-4b1f-9a55-2f6f3f0f7b11.jpg"
    store.put(stray, b"left behind by a killed process")

    # two days on: `kept` is claimed by then
    swept = _sweep_with_claimed(session, kept, days=2)

    assert swept == 1
    assert not store.exists(stray)
    assert store.exists(kept.key)


def _sweep_with_claimed(session: Session, photo: Photo, *, days: int) -> int:
    photo.at += timedelta(days=days)  # not unclaimed long enough: stands for one that a case took
    session.flush()
    return sweep_photos(session, at=clock.now() + timedelta(days=days))
