"""Does the work flow: events to the queues, jobs to their end, and is every process alive?"""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from dispatch.doctor.findings import Check, Finding, broken, doubtful, well
from dispatch.kit import alive, clock
from dispatch.kit.db import engine
from dispatch.kit.outbox import OutboxRow
from dispatch.kit.redis import client

OUTBOX_SECONDS = 30
JOB_SECONDS = 300


def check_outbox() -> Finding:
    """What has happened is passed on to the queues without delay."""
    waiting, oldest = _oldest(OutboxRow.created_at, OutboxRow.sent_at.is_(None))
    if oldest > OUTBOX_SECONDS:
        return broken(
            f"{waiting} 个事件等待转发,最久的已等 {oldest:.0f} 秒",
            f"{waiting} events wait to be sent, the oldest for {oldest:.0f} s",
            do=(
                "确认转发进程(workers.main relay)在运行、Redis 可用",
                "see that the relay (workers.main relay) runs and that Redis answers",
            ),
        )
    return well(f"{waiting} 个事件等待转发", f"{waiting} events wait to be sent")


def check_jobs() -> Finding:
    """What was put into the queues is done before long."""
    waiting, oldest = _oldest(
        OutboxRow.sent_at, OutboxRow.sent_at.is_not(None) & (OutboxRow.confirmed < OutboxRow.jobs)
    )
    if oldest > JOB_SECONDS:
        return doubtful(
            f"{waiting} 个事件的工作没有做完,最久的已等 {oldest / 60:.0f} 分钟",
            f"the jobs of {waiting} events are not done, the oldest for {oldest / 60:.0f} min",
            do=(
                "确认工人进程在运行;用 dispatch outbox 查看失败的投递并重新发送",
                "see that workers run; look at failed deliveries and send them again: dispatch outbox",
            ),
        )
    return well(f"{waiting} 个事件在处理中", f"the jobs of {waiting} events are under way")


def _oldest(
    since: InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None],
    where: sa.ColumnElement[bool],
) -> tuple[int, float]:
    """How many rows wait, and for how many seconds the oldest has."""
    question = sa.select(sa.func.count(), sa.func.min(since)).where(where)
    with engine().connect() as connection:
        count, oldest = connection.execute(question).one()
    return count, (clock.now() - oldest).total_seconds() if oldest else 0.0


def check_process(process: str, zh: str) -> Check:
    def check() -> Finding:
        """The process has given a sign of life lately."""
        sign = alive.last_signs(client()).get(process)
        silent = (clock.now() - sign).total_seconds() if sign else None
        if silent is None or silent > alive.SILENCE[process]:
            since = (
                ("从未有过动静", "was never heard of")
                if silent is None
                else (
                    f"已 {silent:.0f} 秒没有动静",
                    f"has been silent for {silent:.0f} s",
                )
            )
            return broken(
                f"{zh}{since[0]}",
                f"the {process} {since[1]}",
                do=(
                    f"启动 python -m workers.main {process},并看它的日志",
                    f"start python -m workers.main {process} and look at its log",
                ),
            )
        return well(f"{silent:.0f} 秒前有动静", f"heard of {silent:.0f} s ago")

    return check
