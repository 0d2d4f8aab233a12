"""`dispatch outbox`: look at what is not sent, not done or given up, and send it again."""

from datetime import datetime
from typing import Annotated

import typer

from dispatch.exchange import commands, queries
from dispatch.exchange.queries import OutboxState
from dispatch.kit import clock
from dispatch.kit.clock import CITY_ZONE
from dispatch.kit.terminal import done, transaction
from dispatch.people.policy import SYSTEM

app = typer.Typer(
    no_args_is_help=True,
    help="待发事件与推送:查看、重发 / events and messages that wait, failed, or were given up",
)

WORDS = {
    OutboxState.UNSENT: "待转发 unsent",
    OutboxState.UNCONFIRMED: "处理中 under way",
    OutboxState.DEAD: "已放弃 dead",
}

Limit = Annotated[int, typer.Option(min=1, max=1000, help="最多显示几条 / how many at most")]
Ids = Annotated[list[int] | None, typer.Argument(help="编号 / ids")]
All = Annotated[bool, typer.Option("--all", help="全部已放弃的 / everything that was given up")]


@app.command("list")
def list_events(state: OutboxState | None = None, limit: Limit = 20) -> None:
    """事件:待转发、处理中、已放弃 / events by state."""
    with transaction() as session:
        counts = queries.count_events(session)
        for each in OutboxState if state is None else [state]:
            typer.echo(f"{WORDS[each]}: {counts[each]}")
            for row in queries.events_in(session, each, limit=limit):
                subject = row.payload.get("public_id", "")
                typer.echo(
                    f"  {row.id:>10}  {_shown(row.created_at)}  {row.name} {subject}  "
                    f"{row.confirmed}/{row.jobs}  ×{row.attempts}  {row.last_error or ''}"
                )


@app.command("resend")
def resend_events(ids: Ids = None, *, everything: All = False) -> None:
    """重发事件,已完成的部分不会重做 / send events again; what is done is not done twice."""
    chosen = _chosen(ids, everything=everything)
    with transaction() as session:
        count = commands.resend_events(session, ids=chosen, by=SYSTEM)
    done(f"{count} 个事件将重新发送", f"{count} events will be sent again")


@app.command("dead")
def list_dead(department: int | None = None, limit: Limit = 20) -> None:
    """推送失败的消息 / messages to departments' systems that were given up."""
    with transaction() as session:
        rows = queries.dead_letters(session, department_id=department, before=None, limit=limit)
        for row in rows[:limit]:
            delivery = row.delivery
            typer.echo(
                f"{delivery.id:>10}  {_shown(delivery.created_at)}  {row.number}  "
                f"{row.department_code}  ×{delivery.attempts}  {delivery.last_error or ''}"
            )
    if not rows:
        done("没有失败的推送", "nothing was given up")


@app.command("redeliver")
def redeliver(ids: Ids = None, *, everything: All = False) -> None:
    """重新推送 / send messages to departments' systems again."""
    chosen = _chosen(ids, everything=everything)
    at = clock.now()
    with transaction() as session:
        if chosen is None:
            count = commands.resend_dead(session, department_id=None, by=SYSTEM, at=at)
        else:
            count = len([commands.resend(session, each, by=SYSTEM, at=at) for each in chosen])
    done(f"{count} 条消息将重新推送", f"{count} messages will be sent again")


def _chosen(ids: list[int] | None, *, everything: bool) -> list[int] | None:
    """The ids given, or None for everything; both or neither is a mistake."""
    if bool(ids) == everything:
        raise typer.BadParameter("请给出编号,或用 --all / give ids, or --all")
    return ids or None


def _shown(at: datetime) -> str:
    return at.astimezone(CITY_ZONE).strftime("%m-%d %H:%M:%S")
