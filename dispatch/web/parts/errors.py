"""Refusals as pages: what a browser gets where a program gets problem details."""

import inspect
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Scope

from dispatch.kit import errors
from dispatch.kit.http import PLAIN, asked_of, problem_of, refusal_before, status_of
from dispatch.web.parts.page import go, show

Answer = Callable[[Request, Exception], Response | Awaitable[Response]]
Said = tuple[int, tuple[str, str]]

log = logging.getLogger(__name__)

#: Below these addresses nobody is a browser with a reader in front of it.
PROGRAMS: Final = ("/api/", "/tiles/", "/channels/", "/media/", "/static/", "/VIID/")
_BUSY: Final = ("系统繁忙，内容未保存，请稍后再试", "Busy; nothing was stored, please try again")
_FAILED: Final = (
    "系统出了错，已经记录；请退回上一页再试，填写的内容一般还在",
    "Something failed here and was logged. Go back and try again; what you typed is usually still there",
)
_OTHER: Final = ("请求未被接受", "The request was not accepted")


def wants_page(request: Request) -> bool:
    """Whether the one who asks reads HTML."""
    is_read = "text/html" in request.headers.get("accept", "")
    return is_read and not request.url.path.startswith(PROGRAMS)


def _said(error: Exception) -> Said:
    if isinstance(error, errors.DomainError):
        return status_of(error), (error.zh, error.en)
    if isinstance(error, HTTPException):
        _, zh, en = PLAIN.get(error.status_code, ("", *_OTHER))
        return error.status_code, (zh, en)
    if isinstance(error, OperationalError | PoolTimeout):
        log.error("the database does not answer: %s", error)
        return 503, _BUSY
    return 422, (
        "地址或表单中有不能识别的内容",
        "Something in the address or form is not understood",
    )


def page_of(request: Request, error: Exception) -> Response:
    """The page that says what is wrong; whoever must log in first is taken there."""
    if isinstance(error, errors.NotLoggedIn):
        back = request.url.path if request.method == "GET" else "/cases"
        query = f"?{request.url.query}" if request.method == "GET" and request.url.query else ""
        return go(f"/login?next={quote(back + query)}")
    if isinstance(error, errors.NotAllowed) and error.code == "password_change_needed":
        return go("/password")
    status, words = _said(error)
    return show(request, "parts/error.html", status=status, said=words, code=status, number="")


def failure_page(scope: Scope, request_id: str) -> ASGIApp | None:
    """The page of something that failed here, with the number by which the log knows it."""
    request = Request(scope)
    if not wants_page(request):
        return None
    return show(
        request,
        "parts/error.html",
        status=500,
        said=_FAILED,
        code=500,
        number=request_id,
        headers={"Cache-Control": "no-store"},
    )


def refusal(scope: Scope, error: errors.DomainError) -> ASGIApp:
    """The answer to a request that came no further than the door: a page for whoever reads one."""
    request = Request(scope)
    if not wants_page(request):
        return problem_of(error)
    page = page_of(request, error)
    page.headers["Retry-After"] = str(error.extra.get("retry_after", 60))
    return page


def _or_page(otherwise: Answer) -> Answer:
    async def answer(request: Request, error: Exception) -> Response:
        if wants_page(request):
            if asked_of(request):
                refusal = await run_in_threadpool(refusal_before, request)
                error = refusal or error
            return page_of(request, error)
        if inspect.iscoroutinefunction(otherwise):
            return await otherwise(request, error)  # type: ignore[no-any-return]
        return await run_in_threadpool(otherwise, request, error)  # type: ignore[arg-type]

    return answer


def install_pages(app: FastAPI) -> None:
    """Put a page before each answer that programs get to a refusal."""
    for kind in (
        errors.DomainError,
        RequestValidationError,
        HTTPException,
        OperationalError,
        PoolTimeout,
    ):
        known: Any = app.exception_handlers[kind]
        app.add_exception_handler(kind, _or_page(known))
