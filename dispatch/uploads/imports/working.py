"""The work on an uploaded file: look at it, check it, take it in. Runs in a process of its own.

Reading strangers' files takes GDAL, memory and trust: the process is bounded, ends after one file, and
what it says goes into the table.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Final

from dispatch.kit import clock, reference
from dispatch.kit.db import open_session
from dispatch.kit.errors import DomainError
from dispatch.kit.files import media
from dispatch.uploads import commands, queries
from dispatch.uploads.imports.kinds import WORKS, Checked, Progress
from dispatch.uploads.imports.looking import look_at
from dispatch.uploads.model import Upload, UploadKind
from dispatch.uploads.states import UploadStatus

#: How often the process says that it works.
BEAT_SECONDS: Final = 15.0


def run(upload_id: int) -> bool:
    """Do what a file waits for; False when there was nothing to do."""
    with open_session() as session:
        if not commands.begin(session, upload_id, at=clock.now()):
            return False
        upload = queries.upload_by_id(session, upload_id)
        applying = upload.status == UploadStatus.APPLYING
    try:
        with _beating(upload_id) as progress, _fetched(upload) as path:
            look_at(path)
            report, usable = _worked(upload, path, progress, applying=applying)
    except DomainError as error:
        _refused(upload_id, error.zh, error.en)
    except MemoryError:
        _refused(
            upload_id,
            "文件太大,内存不够;请分区导出后分别上传",
            "The file needs too much memory: export it by district",
        )
    except Exception as error:
        _refused(
            upload_id,
            f"处理时出错({type(error).__name__}),请联系技术支持",
            f"The work failed ({type(error).__name__}): ask for support",
        )
        raise
    else:
        if not applying:
            with open_session() as session:
                found = queries.upload_by_id(session, upload_id, lock=True)
                commands.finish(session, found, report, usable=usable, at=clock.now())
    return True


def _worked(upload: Upload, path: Path, progress: Progress, *, applying: bool) -> Checked:
    """Check the file, or take it in: that and the row that says so are one transaction."""
    work = WORKS[UploadKind(upload.kind)]
    with open_session() as session:
        report, usable = work(session, upload, path, progress, applying)
        if applying:
            row = queries.upload_by_id(session, upload.id, lock=True)
            commands.finish(session, row, report, usable=True, at=clock.now())
        else:
            session.rollback()
            reference.forget_all()
    return report, usable


# --- around the work -----------------------------------------------------------------------------


@contextmanager
def _beating(upload_id: int) -> Iterator[Progress]:
    """Says again and again that somebody is at it, and how far."""
    state: tuple[str, int] = ("", 0)
    over = threading.Event()

    def say() -> None:
        step, percent = state
        with open_session() as session:
            commands.tell_progress(session, upload_id, step=step, percent=percent, at=clock.now())

    def beat() -> None:
        while not over.wait(BEAT_SECONDS):
            say()

    def progress(step: str, percent: int) -> None:
        nonlocal state
        state = (step, percent)
        say()

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield progress
    finally:
        over.set()
        thread.join()


@contextmanager
def _fetched(upload: Upload) -> Iterator[Path]:
    """The file on this machine, under a name of ours."""
    with TemporaryDirectory(prefix="upload-") as folder:
        path = Path(folder) / f"upload{PurePosixPath(upload.file_key).suffix}"
        path.write_bytes(media().get(upload.file_key))
        yield path


def _refused(upload_id: int, zh: str, en: str) -> None:
    with open_session() as session:
        found = queries.upload_by_id(session, upload_id, lock=True)
        commands.refuse(session, found, zh, en, at=clock.now())
