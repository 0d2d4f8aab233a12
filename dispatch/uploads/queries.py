"""Look-ups of uploaded files: in a list, one by its id, those whose worker has died."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, defer

from dispatch.kit.errors import NotFound
from dispatch.uploads.model import Upload, UploadKind
from dispatch.uploads.states import UNDER_WAY, UploadStatus

#: Whoever works on a file says so more often than this.
SILENCE: Final = timedelta(seconds=90)


def uploads_found(
    session: Session, *, kind: UploadKind | None, before: int | None, limit: int
) -> Sequence[Upload]:
    """Uploaded files, the newest first, without their reports."""
    asked = select(Upload).options(defer(Upload.report)).order_by(Upload.id.desc()).limit(limit)
    if kind is not None:
        asked = asked.where(Upload.kind == kind)
    if before is not None:
        asked = asked.where(Upload.id < before)
    return session.scalars(asked).all()


def upload_by_id(session: Session, upload_id: int, *, lock: bool = False) -> Upload:
    """One file; NotFound."""
    query = select(Upload).where(Upload.id == upload_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = session.scalar(query)
    if found is None:
        raise NotFound("no_such_upload", "没有这个文件", "There is no such file")
    return found


def abandoned(session: Session, *, at: datetime) -> Sequence[int]:
    """Files at which somebody should be, but nobody has been heard of."""
    return session.scalars(
        select(Upload.id)
        .where(
            Upload.status.in_(sorted(UNDER_WAY)),
            or_(
                Upload.beat_at < at - SILENCE,
                Upload.beat_at.is_(None) & (Upload.created_at < at - SILENCE),
            ),
        )
        .order_by(Upload.id)
        .limit(20)
    ).all()


def count_waiting(session: Session) -> int:
    """How many files were checked and wait for somebody to decide."""
    waiting = select(func.count()).where(Upload.status == UploadStatus.CHECKED)
    return session.scalar(waiting) or 0
