"""The bridge to HTTP: the transaction a request runs in, and refusals as problem details (RFC 9457)."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any
from weakref import WeakKeyDictionary

from anyio import CancelScope
from fastapi import Depends, FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException

from dispatch.kit import db, errors
from dispatch.kit.config import settings

log = logging.getLogger(__name__)

STATUS: tuple[tuple[type[errors.DomainError], int], ...] = (
    (errors.InvalidInput, 422),
    (errors.NotFound, 404),
    (errors.NotLoggedIn, 401),
    (errors.NotAllowed, 403),
    (errors.Conflict, 409),
    (errors.TooMany, 429),
    (errors.TooLarge, 413),
    (errors.Unavailable, 503),
)
PLAIN = {
    401: ("not_logged_in", "请先登录", "Log in first"),
    403: ("not_allowed", "没有权限", "Not allowed"),
    404: ("not_found", "没有这个地址", "There is no such address"),
    405: ("method_not_allowed", "此地址不支持该方法", "This address does not take that method"),
    413: ("too_large", "内容过大", "Too large"),
}


class _Slots:
    """As many requests work on the database at once as there are connections, in each event loop.

    A request holds its connection between the calls that its dependencies and its handler make in
    the thread pool. Were more admitted than connections, those waiting for one could take every
    thread, and those who have one would find none to go on with.
    """

    def __init__(self) -> None:
        self._of_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = (
            WeakKeyDictionary()
        )

    def here(self) -> asyncio.Semaphore:
        """The slots of the running loop."""
        loop = asyncio.get_running_loop()
        if loop not in self._of_loop:
            self._of_loop[loop] = asyncio.Semaphore(settings().database_pool_size)
        return self._of_loop[loop]


_slots = _Slots()


async def _session() -> AsyncIterator[Session]:
    """Opening touches no database and costs no thread; ending it does both, whatever happens.

    A handler of `kit.routes` has committed already in its own thread: then nothing is left to do.
    """
    async with _slots.here():
        opened = db.open_session()
        session = opened.__enter__()
        try:
            yield session
        except BaseException as error:
            with CancelScope(shield=True):
                await run_in_threadpool(opened.__exit__, type(error), error, error.__traceback__)
            raise
        if session.in_transaction():
            await run_in_threadpool(opened.__exit__, None, None, None)
        else:
            opened.__exit__(None, None, None)


#: One transaction a request. Scope "function": it commits before the answer leaves, so that a
#: failing commit is an error to the caller and not a broken promise.
Db = Annotated[Session, Depends(_session, scope="function")]


def problem(
    status: int,
    code: str,
    title: str,
    *,
    fields: list[dict[str, str]] | None = None,
    extra: dict[str, Any] | None = None,
    headers: dict[str, str] | None = None,
) -> JSONResponse:
    """An `application/problem+json` answer; `title` holds Chinese and English."""
    body: dict[str, Any] = {"type": "about:blank", "title": title, "status": status, "code": code}
    if fields:
        body["errors"] = fields
    body.update(extra or {})
    return JSONResponse(
        body, status_code=status, headers=headers, media_type="application/problem+json"
    )


def status_of(error: errors.DomainError) -> int:
    """The HTTP status for a refusal."""
    return next(status for kind, status in STATUS if isinstance(error, kind))


def problem_of(error: errors.DomainError) -> JSONResponse:
    """The answer to a refusal; for handlers that must commit although they refuse."""
    headers = {}
    if "retry_after" in error.extra:
        headers["Retry-After"] = str(error.extra["retry_after"])
    return problem(
        status_of(error),
        error.code,
        f"{error.zh} / {error.en}",
        fields=[
            {"field": field.name, "code": error.code, "message": f"{field.zh} / {field.en}"}
            for field in error.fields
        ],
        extra=error.extra,
        headers=headers or None,
    )


def asked_of(request: Request) -> list[tuple[Session, Callable[[], Any]]]:
    """Who asks and with what right: questions whose answer the handler's own call has still to look up."""
    asked: list[tuple[Session, Callable[[], Any]]] = request.scope.setdefault("dispatch_asked", [])
    return asked


def refusal_before(request: Request) -> errors.DomainError | None:
    """The refusal that comes before a word about the input, where the handler was not reached to ask."""
    for session, ask in tuple(asked_of(request)):
        try:
            ask()
        except errors.DomainError as error:
            return error
        finally:
            session.commit()
    return None


def _domain(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, errors.DomainError)  # noqa: S101 - registered for this type only
    return problem_of(refusal_before(request) or error)


def _validation(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this type only
    if refusal := refusal_before(request):
        return problem_of(refusal)
    fields = [
        {
            "field": ".".join(str(part) for part in found["loc"][1:]) or str(found["loc"][0]),
            "code": found["type"],
            "message": _explained(found),
        }
        for found in error.errors()
    ]
    return problem(
        422,
        "invalid_input",
        "提交的内容有误,请按 errors 中的说明修改 / Some of the input cannot be used; see errors",
        fields=fields,
    )


_WORDS = {
    "missing": ("必填", "is required"),
    "string_too_short": ("太短", "is too short"),
    "string_too_long": ("太长", "is too long"),
    "float_parsing": ("应为数字", "must be a number"),
    "int_parsing": ("应为整数", "must be a whole number"),
    "enum": ("不在可选值之内", "is not one of the choices"),
    "literal_error": ("不在可选值之内", "is not one of the choices"),
    "greater_than_equal": ("太小", "is too small"),
    "less_than_equal": ("太大", "is too large"),
    "json_invalid": ("不是有效的 JSON", "is not valid JSON"),
    "extra_forbidden": ("不认识的字段", "is not a known field"),
    "string_pattern_mismatch": ("格式不对", "does not have the right form"),
    "half_point": ("经度和纬度要一起填写", "longitude and latitude come together"),
    "datetime_from_date_parsing": ("应为带时区的时间", "must be a time with zone"),
}


def _explained(found: dict[str, Any]) -> str:
    zh, _ = _WORDS.get(found["type"], ("填写有误", ""))
    return f"{zh} / {found['msg']}"


def _http(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this type only
    code, zh, en = PLAIN.get(error.status_code, ("http_error", "请求未被接受", str(error.detail)))
    return problem(
        error.status_code, code, f"{zh} / {en}", headers=dict(error.headers or {}) or None
    )


def _database(_request: Request, error: Exception) -> JSONResponse:
    log.error("the database does not answer: %s", error)
    return problem(
        503,
        "unavailable",
        "系统繁忙,内容未保存,请稍后再试 / Busy; nothing was stored, please try again",
        headers={"Retry-After": "5"},
    )


def install_error_handlers(app: FastAPI) -> None:
    """Refusals, bad input and a database that does not answer become problem details."""
    app.add_exception_handler(errors.DomainError, _domain)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(OperationalError, _database)
    app.add_exception_handler(PoolTimeout, _database)
