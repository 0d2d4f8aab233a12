"""The making of a bulletin, in a process of its own: counted, put into words, and as files into the media store."""

import hashlib
import secrets
from collections.abc import Callable
from typing import Any, Final

from dispatch.bulletins.commands import publish as commands
from dispatch.bulletins.commands.write import write
from dispatch.bulletins.files.excel import excel_of
from dispatch.bulletins.files.pdf import pdf_of
from dispatch.bulletins.files.word import word_of
from dispatch.bulletins.queries import listing
from dispatch.kit import clock
from dispatch.kit.db import Json, open_session
from dispatch.kit.files import media

MAKERS: Final[dict[str, Callable[..., bytes]]] = {
    "pdf": pdf_of,
    "docx": word_of,
    "xlsx": excel_of,
}


def run(bulletin_id: int) -> bool:
    """Write a bulletin that was asked for, and make its files; False when there is nothing to make."""
    try:
        with open_session() as session:
            write(session, bulletin_id, at=clock.now())
        return _make_files(bulletin_id)
    except Exception as error:
        with open_session() as session:
            commands.files_failed(session, bulletin_id, why=f"{type(error).__name__}: {error}")
        raise


def _make_files(bulletin_id: int) -> bool:
    with open_session() as session:
        found = listing.bulletin_by_id(session, bulletin_id)
        if found.files:
            return False
        title, content = found.title, found.content
    files = {kind: _made(kind, bulletin_id, title, content) for kind in MAKERS}
    with open_session() as session:
        left = commands.keep_files(session, bulletin_id, files, words=content["blocks"])
    media().delete(left)
    return True


def _made(kind: str, bulletin_id: int, title: str, content: Json) -> dict[str, Any]:
    data = MAKERS[kind](title, content["blocks"], issuer=content["issuer"])
    key = f"bulletins/{bulletin_id}-{secrets.token_hex(6)}.{kind}"
    media().put(key, data)
    return {"key": key, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
