"""What every answer and every body is held to: headers that protect the browser, and limits of size."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dispatch.kit.basemap import base_map
from dispatch.kit.config import settings
from dispatch.kit.http import problem

#: Only what this server itself sends runs; MapLibre starts its worker from a blob, images may be too.
#: `{base}`: where a city's own base map comes from, and nothing else.
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:{base}",
        "font-src 'self'",
        "connect-src 'self'{base}",
        "worker-src 'self' blob:",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)


def content_policy() -> str:
    """The Content-Security-Policy of every page."""
    own = base_map()
    return _POLICY.format(base="".join(f" {each}" for each in own.origins) if own else "")


_ALWAYS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "permissions-policy": "geolocation=(self), camera=(self), microphone=(), payment=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
_WITH_TLS = {"strict-transport-security": "max-age=31536000; includeSubDomains"}


def protective_headers() -> list[tuple[bytes, bytes]]:
    """The headers that every answer carries, raw."""
    wanted = {"content-security-policy": content_policy(), **_ALWAYS}
    wanted |= _WITH_TLS if settings().cookie_secure else {}
    return [(name.encode(), value.encode()) for name, value in wanted.items()]


@dataclass(frozen=True)
class Room:
    """How many bytes the bodies sent to some addresses may have."""

    path: re.Pattern[str]
    bytes: int


def room(path: str, *, megabytes: int) -> Room:
    """Room for bodies at the addresses that this regular expression matches from their beginning."""
    return Room(re.compile(path), megabytes * 1024 * 1024)


class BodyLimit:
    """Middleware that refuses bodies that are too long, before they are read where they say so."""

    def __init__(self, app: ASGIApp, *, rooms: Sequence[Room], otherwise: Room) -> None:
        self.app = app
        self.rooms = tuple(rooms)
        self.otherwise = otherwise

    def _most(self, path: str) -> int:
        for each in self.rooms:
            if each.path.match(path):
                return each.bytes
        return self.otherwise.bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in {"GET", "HEAD", "OPTIONS", "DELETE"}:
            await self.app(scope, receive, send)
            return
        most = self._most(scope["path"])
        announced = Headers(scope=scope).get("content-length", "")
        if not announced.isdigit():
            await self.app(scope, _counting(receive, most), send)
        elif int(announced) <= most:
            await self.app(scope, receive, send)
        else:
            await _too_large(most)(scope, receive, send)


def _too_large(most: int) -> ASGIApp:
    size = most // (1024 * 1024)
    return problem(
        413,
        "too_large",
        f"提交的内容超过 {size} MB,请减少或压缩后再提交 / More than {size} MB; send less",
        extra={"limit_bytes": most},
        headers={"Connection": "close"},
    )


def _counting(receive: Receive, most: int) -> Receive:
    """A chunked body tells no length: count while it comes in."""
    taken = 0

    async def counted() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > most:
            raise HTTPException(413)
        return message

    return counted
