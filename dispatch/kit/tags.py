"""Answers that a browser may keep: the tag of their content, and 304 where it has them already."""

import hashlib

from fastapi import Request, Response


def etag_of(content: bytes) -> str:
    """A strong tag for these bytes."""
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'


def tagged(request: Request, content: bytes, *, etag: str, media_type: str, cache: str) -> Response:
    """The content, or 304 when the caller has it; `cache` is the Cache-Control of either."""
    headers = {"ETag": etag, "Cache-Control": cache}
    held = request.headers.get("if-none-match", "")
    # a proxy that compresses may have made the tag a weak one
    if etag in {tag.strip().removeprefix("W/") for tag in held.split(",")}:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=media_type, headers=headers)
