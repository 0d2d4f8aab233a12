"""The media store: photos in a folder or in an S3-compatible store, behind one small face."""

import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import LocalStore, ObjectStore, S3Store

from dispatch.kit.config import Settings, settings
from dispatch.kit.errors import NotFound, Unavailable

if TYPE_CHECKING:
    from obstore.store import S3Config

CONNECT_TIMEOUT = timedelta(seconds=3)
TIMEOUT = timedelta(seconds=15)
RETRIES = 2
#: Bytes that a large file is sent in at a time.
PIECE = 256 * 1024


@dataclass(frozen=True)
class StoredFile:
    """A file as the store lists it."""

    key: str
    size: int
    changed_at: datetime


class MediaStore:
    """Files by key (`photos/2026/11/21/….jpg`). A store that does not answer raises Unavailable."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def put(self, key: str, data: bytes) -> None:
        """Keep the bytes under the key, whole or not at all; what was there is replaced."""
        with _answering():
            obstore.put(self._store, key, data)

    def get(self, key: str) -> bytes:
        """The bytes under the key; NotFound if there are none."""
        with _answering():
            return bytes(obstore.get(self._store, key).bytes())

    def put_file(self, key: str, path: Path) -> None:
        """Keep a file of this machine under the key, in pieces: it need not fit into memory."""
        with _answering():
            obstore.put(self._store, key, path)

    def pieces(self, key: str) -> Iterator[bytes]:
        """The bytes under the key in pieces of some hundred kilobytes; NotFound before the first."""
        with _answering():
            stream = obstore.get(self._store, key).stream(min_chunk_size=PIECE)
        return _pieces_of(stream)

    def exists(self, key: str) -> bool:
        """Whether there is something under the key."""
        try:
            with _answering():
                obstore.head(self._store, key)
        except NotFound:
            return False
        return True

    def delete(self, keys: Iterable[str]) -> None:
        """Remove what is under these keys; a key without anything is no fault."""
        for key in keys:
            try:
                with _answering():
                    obstore.delete(self._store, key)
            except NotFound:
                continue

    def listed(self, prefix: str) -> Iterator[StoredFile]:
        """Everything under a folder."""
        with _answering():
            for batch in obstore.list(self._store, prefix):
                for found in batch:
                    yield StoredFile(found["path"], found["size"], found["last_modified"])

    def check(self) -> None:
        """Write, read and remove a small file; Unavailable says what is wrong."""
        key, data = f"check/{uuid.uuid4().hex}", b"presence check"
        self.put(key, data)
        found = self.get(key)
        self.delete([key])
        if found != data:
            raise _unavailable("another content came back than was written")


def _pieces_of(stream: Iterable[bytes]) -> Iterator[bytes]:
    with _answering():
        for piece in stream:
            yield bytes(piece)


def media() -> MediaStore:
    """The media store of this process, at the address in the settings."""
    return _opened(settings().media_address)


@lru_cache(maxsize=4)
def _opened(address: str) -> MediaStore:
    return open_store(address, settings())


def open_store(address: str, given: Settings) -> MediaStore:
    """Open `file:///folder` (made when missing) or `s3://bucket/prefix`; Unavailable if it is neither."""
    with _answering():
        if address.startswith("s3://"):
            return MediaStore(_s3(address, given))
        if address.startswith("file://"):
            return MediaStore(LocalStore.from_url(address, mkdir=True))
    raise _unavailable(f"{address!r} is neither file:///folder nor s3://bucket/prefix")


def _s3(address: str, given: Settings) -> S3Store:
    endpoint, key = given.media_s3_endpoint, given.media_s3_access_key.get_secret_value()
    config: S3Config = {"region": given.media_s3_region, "virtual_hosted_style_request": False}
    if endpoint:
        config["endpoint"] = endpoint
    if key:  # without one, the machine's own role is used
        config["access_key_id"] = key
        config["secret_access_key"] = given.media_s3_secret_key.get_secret_value()
    return S3Store.from_url(
        address,
        config=config,
        client_options={
            "allow_http": endpoint.startswith("http://"),
            "connect_timeout": CONNECT_TIMEOUT,
            "timeout": TIMEOUT,
        },
        retry_config={"max_retries": RETRIES, "retry_timeout": TIMEOUT},
    )


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except (NotFoundError, FileNotFoundError) as error:
        raise NotFound("no_such_file", "没有这个文件", "There is no such file") from error
    except (BaseError, OSError, ValueError) as error:
        raise _unavailable(f"{type(error).__name__}") from error


def _unavailable(why: str) -> Unavailable:
    return Unavailable(
        "media_unavailable",
        "照片存储暂不可用,请稍后再试;管理员请检查 DISPATCH_MEDIA_URL 及其权限",
        f"The media store does not answer ({why}); try again later. Administrators: check "
        "DISPATCH_MEDIA_URL and its rights",
    )
