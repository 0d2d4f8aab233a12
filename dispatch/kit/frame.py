"""The frame around every request: its id, the headers that protect, how long it took, and no bare failure."""

import re
import secrets
from collections.abc import Callable
from time import perf_counter
from typing import Any

from fastapi.routing import iter_route_contexts
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dispatch.kit import metrics
from dispatch.kit.config import settings
from dispatch.kit.http import problem
from dispatch.kit.logging import request_id
from dispatch.kit.security import protective_headers

#: The page of a failure for those who read pages, by its scope and the id of the request.
Page = Callable[[Scope, str], ASGIApp | None]

_WELL_FORMED = re.compile(rb"[A-Za-z0-9._-]{8,64}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def _id_of(scope: Scope) -> bytes:
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            return value if _WELL_FORMED.fullmatch(value) else secrets.token_hex(8).encode()
    return secrets.token_hex(8).encode()


class Frame:
    """The outermost middleware."""

    def __init__(self, app: ASGIApp, *, page: Page | None = None) -> None:
        self.app = app
        self.page = page
        self.headers = protective_headers()
        self.seconds = metrics.requests_histogram(settings().var_dir.resolve() / "metrics")
        self._templates: dict[Any, str] = {}

    def _template(self, scope: Scope) -> str:
        endpoint = scope.get("endpoint")
        if endpoint is None:
            return "unknown"
        if not self._templates:
            contexts = iter_route_contexts(scope["app"].routes)
            self._templates = {each.endpoint: each.path or "" for each in contexts if each.endpoint}
        return self._templates.get(endpoint, "mounted")

    def _measure(self, scope: Scope, status: int, seconds: float) -> None:
        method = scope["method"] if scope["method"] in _METHODS else "other"
        # 499: the caller left before there was an answer
        self.seconds.labels(method, self._template(scope), str(status or 499)).observe(seconds)

    def _failure(self, scope: Scope, own_id: str) -> ASGIApp:
        page = self.page(scope, own_id) if self.page else None
        return page or _problem(own_id)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = perf_counter()
        own_id = _id_of(scope)
        request_id.set(own_id.decode())
        is_api = scope["path"].startswith("/api/")
        status, is_stream = 0, False

        async def framed(message: Message) -> None:
            nonlocal status, is_stream
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = list(message.get("headers", ()))
                present = dict(headers)
                is_stream = present.get(b"content-type", b"").startswith(b"text/event-stream")
                headers += [each for each in self.headers if each[0] not in present]
                headers.append((b"x-request-id", own_id))
                if status == 401 and b"www-authenticate" not in present:
                    headers.append((b"www-authenticate", b'Bearer realm="dispatch"'))
                if b"cache-control" not in present:
                    headers.append((b"cache-control", b"no-store" if is_api else b"no-cache"))
                message = {**message, "headers": headers}
            await send(message)

        try:
            await self.app(scope, receive, framed)
        except Exception:
            if not status:
                await self._failure(scope, own_id.decode())(scope, receive, framed)
            raise
        finally:
            if not is_stream:
                self._measure(scope, status, perf_counter() - began)


def _problem(own_id: str) -> ASGIApp:
    return problem(
        500,
        "internal_error",
        "系统内部错误,已记录;请稍后再试,或将编号告知管理员 / "
        "Something failed here and was logged; try again, or tell an administrator the id",
        extra={"request_id": own_id},
    )
