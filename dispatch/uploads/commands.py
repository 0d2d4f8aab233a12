"""Deeds on uploaded files: take one, begin the work on it, write down what came of it, apply, put away."""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from dispatch.catalogue.reference import city_setting
from dispatch.kit import audit, outbox
from dispatch.kit.db import Json
from dispatch.kit.errors import Conflict, TooLarge, invalid
from dispatch.kit.files import media
from dispatch.people.policy import SYSTEM, Person
from dispatch.uploads import events, queries
from dispatch.uploads.model import Upload, UploadKind
from dispatch.uploads.states import BEGINS, DISCARDABLE, UNDER_WAY, UploadStatus

MEGABYTE: Final = 1024 * 1024
MOST_BYTES: Final = 100 * MEGABYTE
#: Days that a file waits for somebody to decide, where the city sets none.
KEEP_DAYS: Final = 30
SWEEP_AT_ONCE: Final = 100
#: A file that was begun so often without an end is not begun again.
MOST_ATTEMPTS: Final = 3
#: What a kind of upload may be, by the end of its name.
SUFFIXES: Final[dict[UploadKind, tuple[str, ...]]] = {
    UploadKind.GRID: (".geojson", ".json", ".gpkg", ".zip"),
    UploadKind.PARTS: (".geojson", ".json", ".gpkg", ".zip", ".csv"),
    UploadKind.FACILITIES: (".geojson", ".json", ".gpkg", ".zip", ".csv"),
    UploadKind.PLACES: (".geojson", ".json", ".gpkg", ".zip"),
    UploadKind.PEOPLE: (".csv", ".xlsx"),
    UploadKind.CAMERAS: (".csv", ".xlsx", ".geojson", ".json", ".gpkg", ".zip"),
}
#: How files of a kind begin, where their first bytes tell.
_BEGINNINGS: Final[dict[str, bytes]] = {
    ".zip": b"PK\x03\x04",
    ".xlsx": b"PK\x03\x04",
    ".gpkg": b"SQLite format 3\x00",
}
_PLAIN: Final = re.compile(r"[^\w.\-]+")


@dataclass(frozen=True)
class Given:
    """A file as it came."""

    name: str
    data: bytes


def take(
    session: Session, kind: UploadKind, file: Given, *, options: Json, by: Person, at: datetime
) -> Upload:
    """Keep a file and ask for its check. Raises InvalidInput and TooLarge for what is none of ours."""
    suffix = _suffix(kind, file)
    key = f"uploads/{at:%Y/%m}/{secrets.token_hex(12)}{suffix}"
    media().put(key, file.data)
    made = Upload(
        kind=kind,
        status=UploadStatus.WAITING,
        file_key=key,
        file_name=_PLAIN.sub("_", PurePosixPath(file.name.replace("\\", "/")).name)[-100:],
        file_bytes=len(file.data),
        options=options,
        by_id=by.id,
        by_name=by.name,
        created_at=at,
    )
    session.add(made)
    session.flush()
    _record(session, "upload_asked", made, by=by)
    outbox.publish(session, events.asked(made.id))
    return made


def apply(session: Session, upload_id: int, *, by: Person) -> Upload:
    """Have a checked file taken in. Raises Conflict for one that was not found usable."""
    found = queries.upload_by_id(session, upload_id, lock=True)
    if found.status != UploadStatus.CHECKED:
        raise Conflict(
            "not_checked",
            "只有检查通过、尚未导入的文件才能导入",
            "Only a file that passed its check and was not imported yet can be",
        )
    found.status, found.percent, found.step = UploadStatus.TO_APPLY, 0, ""
    found.attempts, found.beat_at = 0, None
    _record(session, "upload_applied", found, by=by)
    outbox.publish(session, events.asked(found.id))
    session.flush()
    return found


def discard(session: Session, upload_id: int, *, by: Person, at: datetime) -> Upload:
    """Put a file away: it is deleted, what the check said stays."""
    found = queries.upload_by_id(session, upload_id, lock=True)
    if found.status not in DISCARDABLE:
        raise Conflict(
            "not_discardable",
            "这个文件正在处理或已经导入,不能作废",
            "This file is being worked on or was imported: it cannot be put away",
        )
    found.status, found.finished_at = UploadStatus.DISCARDED, at
    _record(session, "upload_discarded", found, by=by)
    media().delete([found.file_key])
    session.flush()
    return found


def sweep(session: Session, *, at: datetime) -> int:
    """Put away what was checked and never taken in within the city's days; how many files."""
    days = city_setting(session, "import_keep_days", KEEP_DAYS)
    found = session.scalars(
        select(Upload)
        .where(
            Upload.status.in_(sorted(DISCARDABLE)),
            Upload.created_at < at - timedelta(days=days),
        )
        .order_by(Upload.id)
        .limit(SWEEP_AT_ONCE)
        .with_for_update(skip_locked=True)
    ).all()
    for each in found:
        each.status, each.finished_at = UploadStatus.DISCARDED, at
        _record(session, "upload_swept", each, by=SYSTEM)
    media().delete([each.file_key for each in found])
    session.flush()
    return len(found)


def begin(session: Session, upload_id: int, *, at: datetime) -> bool:
    """Take the work on a file; False when there is none to do, or somebody else is at it.

    A file whose work was begun too often without an end has failed.
    """
    found = queries.upload_by_id(session, upload_id, lock=True)
    begun = BEGINS.get(UploadStatus(found.status))
    if begun is None:
        return False
    if found.beat_at is not None and at - found.beat_at < queries.SILENCE:
        return False
    if found.attempts >= MOST_ATTEMPTS:
        refuse(
            session,
            found,
            "处理多次中断,请检查文件大小和服务器内存后重新上传",
            "The work broke off several times: check the size of the file and the server's memory",
            at=at,
        )
        return False
    found.status, found.attempts, found.beat_at = begun, found.attempts + 1, at
    session.flush()
    return True


def tell_progress(
    session: Session, upload_id: int, *, step: str, percent: int, at: datetime
) -> None:
    """Say how far the work is, and that somebody is at it."""
    session.execute(
        update(Upload)
        .where(Upload.id == upload_id)
        .values(step=step, percent=percent, beat_at=at)
        .execution_options(synchronize_session=False)
    )


def finish(session: Session, upload: Upload, report: Json, *, usable: bool, at: datetime) -> None:
    """Write down what a check found, or what was taken in."""
    applied = upload.status == UploadStatus.APPLYING
    if applied:
        upload.status = UploadStatus.APPLIED
    else:
        upload.status = UploadStatus.CHECKED if usable else UploadStatus.UNUSABLE
    upload.report, upload.refusal = report, None
    upload.percent, upload.step, upload.finished_at = 100, "", at
    session.flush()


def refuse(session: Session, upload: Upload, zh: str, en: str, *, at: datetime) -> None:
    """Write down why a file could not be read or taken in."""
    upload.status = UploadStatus.FAILED
    upload.refusal = {"zh": zh, "en": en}
    upload.step, upload.finished_at = "", at
    session.flush()


def is_under_way(upload: Upload) -> bool:
    """Whether a page should look again soon."""
    return upload.status in UNDER_WAY


def subject_of(upload: Upload) -> str:
    """What the audit log calls a file."""
    return f"upload:{upload.id}"


def _suffix(kind: UploadKind, file: Given) -> str:
    suffix = PurePosixPath(file.name.lower()).suffix
    if suffix not in SUFFIXES[kind]:
        listed = " ".join(SUFFIXES[kind])
        raise invalid(
            "file",
            f"这里接受的文件类型:{listed}",
            f"Files of these kinds are taken here: {listed}",
            code="wrong_type",
        )
    if not file.data:
        raise invalid("file", "文件是空的", "The file is empty", code="empty_file")
    if len(file.data) > MOST_BYTES:
        size = MOST_BYTES // MEGABYTE
        raise TooLarge(
            "file_too_large",
            f"文件超过 {size} MB,请分区导出后分别上传",
            f"The file has more than {size} MB: export it by district",
        )
    beginning = _BEGINNINGS.get(suffix)
    if beginning is not None and not file.data.startswith(beginning):
        raise invalid(
            "file",
            f"文件内容不是 {suffix},请确认没有改过扩展名",
            f"What is in the file is no {suffix}: was it renamed?",
            code="wrong_content",
        )
    return suffix


def _record(session: Session, action: str, upload: Upload, *, by: Person) -> None:
    audit.record(
        session,
        action,
        subject=subject_of(upload),
        actor=by.username or by.name,
        actor_id=by.id,
        details={"kind": upload.kind, "file": upload.file_name, "bytes": upload.file_bytes},
    )
