"""One running stack a checkout: a lock that the kernel lets go of when its holder dies."""

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from typing import IO

from stack.places import VAR
from stack.report import Failure

FILE = VAR / "dev.lock"


@contextlib.contextmanager
def only_one(address: str) -> Iterator[None]:
    """Hold the lock, or say who holds it and how to stop that."""
    with FILE.open("a+", encoding="utf-8") as book:
        try:
            fcntl.flock(book, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _already_running(book) from None
        _write(book, address)
        try:
            yield
        finally:
            book.truncate(0)


def _write(book: IO[str], address: str) -> None:
    book.truncate(0)
    json.dump({"pid": os.getpid(), "address": address}, book)
    book.flush()


def _already_running(book: IO[str]) -> Failure:
    book.seek(0)
    text = book.read()
    holder = json.loads(text) if text else {"pid": "?", "address": "?"}
    return Failure(
        f"已经在运行 / already running: {holder['address']} (pid {holder['pid']})",
        advice=f"在那个终端按 Ctrl-C,或 / Press Ctrl-C in its terminal, or: kill {holder['pid']}",
    )
