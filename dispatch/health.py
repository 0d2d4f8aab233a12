"""The state of the platform for machines that watch it: alive, ready, measured."""

import hmac
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Header, Request, Response
from pydantic import BaseModel
from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError

from dispatch.kit import alive, clock, db, metrics
from dispatch.kit.address import client_address, is_private
from dispatch.kit.config import settings
from dispatch.kit.errors import NotAllowed
from dispatch.kit.outbox import OutboxRow
from dispatch.kit.redis import RedisError, client
from dispatch.kit.routes import Router

router = Router(tags=["platform"])

#: An event that has waited longer than this for the relay means that nothing is handed on.
LAG_LIMIT = timedelta(seconds=60)


@dataclass(frozen=True)
class Finding:
    """What one check found, in both languages."""

    ok: bool
    zh: str
    en: str


class CheckOut(BaseModel):
    """One check."""

    name: str
    ok: bool
    message: str


class ReadyOut(BaseModel):
    """Whether the platform can do its work, check by check."""

    status: str
    checks: list[CheckOut]


class AliveOut(BaseModel):
    """The process answers."""

    status: str = "ok"


def oldest_unsent(at: datetime) -> float:
    """Seconds that the oldest event in the outbox has waited; 0 when none waits."""
    waiting = (
        select(OutboxRow.created_at)
        .where(OutboxRow.sent_at.is_(None))
        .order_by(OutboxRow.id)
        .limit(1)
    )
    with db.engine().connect() as connection:
        oldest = connection.scalar(waiting)
    return max(0.0, (at - oldest).total_seconds()) if oldest else 0.0


def check_database(_at: datetime) -> Finding:
    """PostgreSQL answers and its tables are there."""
    try:
        with db.engine().connect() as connection:
            migrated = connection.scalar(text("SELECT to_regclass('alembic_version') IS NOT NULL"))
    except SQLAlchemyError:
        return Finding(False, "数据库没有应答,请检查 PostgreSQL", "PostgreSQL does not answer")
    if not migrated:
        return Finding(
            False, "数据库尚未建表,请运行 dispatch migrate", "No tables yet: run `dispatch migrate`"
        )
    return Finding(True, "数据库正常", "The database answers")


def check_redis(_at: datetime) -> Finding:
    """Redis answers."""
    try:
        client().ping()
    except RedisError:
        return Finding(False, "Redis 没有应答,请检查 Redis", "Redis does not answer")
    return Finding(True, "Redis 正常", "Redis answers")


def check_outbox(at: datetime) -> Finding:
    """The relay keeps up."""
    try:
        lag = oldest_unsent(at)
    except SQLAlchemyError:
        return Finding(False, "无法读取待发事件", "The outbox cannot be read")
    ok = lag <= LAG_LIMIT.total_seconds()
    return Finding(
        ok,
        f"最早的待发事件已等待 {lag:.0f} 秒" + ("" if ok else ",请检查 relay 进程"),
        f"The oldest event has waited {lag:.0f} s" + ("" if ok else ": see to the relay process"),
    )


def check_processes(at: datetime) -> Finding:
    """Relay, clock and workers have given a sign of life."""
    try:
        signs = alive.last_signs(client())
    except RedisError:
        return Finding(False, "无法读取后台进程的心跳", "The signs of life cannot be read")
    silent = [
        process
        for process, seconds in alive.SILENCE.items()
        if process not in signs or (at - signs[process]).total_seconds() > seconds
    ]
    if silent:
        names = ", ".join(silent)
        return Finding(False, f"后台进程没有心跳:{names},请启动", f"No sign of life from {names}")
    return Finding(True, "后台进程正常", "Relay, clock and workers are at work")


CHECKS: dict[str, Callable[[datetime], Finding]] = {
    "database": check_database,
    "redis": check_redis,
    "outbox": check_outbox,
    "processes": check_processes,
}


@router.get("/healthz", summary="存活 / Alive")
async def show_alive() -> AliveOut:
    return AliveOut()


@router.get(
    "/readyz",
    summary="就绪 / Ready",
    responses={503: {"model": ReadyOut, "description": "未就绪 / Not ready"}},
)
def show_ready(response: Response) -> ReadyOut:
    at = clock.now()
    found = {name: check(at) for name, check in CHECKS.items()}
    ready = all(finding.ok for finding in found.values())
    response.status_code = 200 if ready else 503
    return ReadyOut(
        status="ready" if ready else "not_ready",
        checks=[
            CheckOut(name=name, ok=finding.ok, message=f"{finding.zh} / {finding.en}")
            for name, finding in found.items()
        ],
    )


def _gauges() -> Iterator[tuple[str, str, float]]:
    at = clock.now()
    for name, check in CHECKS.items():
        yield f"dispatch_{name}_ok", f"1 when the check of {name} passes", float(check(at).ok)
    try:
        yield "dispatch_outbox_lag_seconds", "Age of the oldest unsent event", oldest_unsent(at)
        with db.engine().connect() as connection:
            unsent = connection.scalar(
                select(func.count()).select_from(OutboxRow).where(OutboxRow.sent_at.is_(None))
            )
        yield "dispatch_outbox_unsent", "Events that wait for the relay", float(unsent or 0)
    except SQLAlchemyError:
        return


def _may_measure(request: Request, authorization: str) -> bool:
    token = settings().metrics_token.get_secret_value()
    given = authorization.removeprefix("Bearer ")
    if token and hmac.compare_digest(given.encode(), token.encode()):
        return True
    # A forwarded request whose proxy is not known to be ours tells nothing about where it is from.
    is_opaque = "x-forwarded-for" in request.headers and not settings().trusted_proxies
    return not is_opaque and is_private(client_address(request.scope))


@router.get("/metrics", summary="指标 / Measurements for Prometheus", response_class=Response)
def show_metrics(request: Request, authorization: Annotated[str, Header()] = "") -> Response:
    if not _may_measure(request, authorization):
        raise NotAllowed(
            "not_allowed",
            "指标只对内网地址开放,或使用 DISPATCH_METRICS_TOKEN",
            "Only for private addresses, or with the token in DISPATCH_METRICS_TOKEN",
        )
    return Response(metrics.exposition(metrics.Gauges(_gauges)), media_type=metrics.CONTENT_TYPE)
