"""A file of the media store on its way to a browser: piece by piece, under a name in its own letters."""

from typing import Any, Final
from urllib.parse import quote

from fastapi.responses import Response, StreamingResponse

from dispatch.kit.files import media

MEDIA_TYPES: Final[dict[str, str]] = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def send(file: Any, kind: str, *, title: str, public: bool, only_head: bool = False) -> Response:
    """The bytes under `file["key"]`, or only what is told of them; packed already, so nobody packs them again."""
    name = quote(f"{title}.{kind}")
    headers = {
        "Content-Disposition": f"attachment; filename=bulletin.{kind}; filename*=UTF-8''{name}",
        "Content-Encoding": "identity",
        "Content-Length": str(file["bytes"]),
        "Cache-Control": "public, max-age=300" if public else "private, no-store",
    }
    if only_head:
        return Response(media_type=MEDIA_TYPES[kind], headers=headers)
    return StreamingResponse(
        media().pieces(file["key"]), media_type=MEDIA_TYPES[kind], headers=headers
    )
