"""`dispatch intake`: look at the messages that came in, and play again those that failed."""

from datetime import datetime
from typing import Annotated

import orjson
import typer
from sqlalchemy.orm import Session

from dispatch.cases.model import Channel
from dispatch.intake import queries
from dispatch.intake.channels.replay import replay
from dispatch.intake.model import IntakeMessage
from dispatch.kit import clock
from dispatch.kit.clock import CITY_ZONE
from dispatch.kit.errors import NotFound
from dispatch.kit.terminal import done, transaction

app = typer.Typer(
    no_args_is_help=True,
    help="接入日志:查看失败的消息、重放 / messages as they came in: look at them, play them again",
)

Limit = Annotated[int, typer.Option(min=1, max=1000, help="最多显示几条 / how many at most")]
Ids = Annotated[list[int], typer.Argument(help="消息编号 / ids of messages")]
Again = Annotated[
    bool,
    typer.Option(
        "--again", help="已处理的也重放,可能重复 / also what was done, which may double it"
    ),
]


@app.command("failed")
def list_failed(channel: Channel | None = None, limit: Limit = 50) -> None:
    """未能处理的消息,最新的在前 / messages that could not be used, the latest first."""
    with transaction() as session:
        rows = queries.failed_messages(session, channel=channel, limit=limit)
        for row in rows:
            typer.echo(f"{_line(row)}  {row.error_code}: {row.error}")
    if not rows:
        done("没有失败的消息", "nothing has failed")


@app.command("show")
def show(message_id: int) -> None:
    """一条消息的全部内容 / everything that is kept of a message."""
    with transaction() as session:
        row = _message(session, message_id)
        typer.echo(_line(row))
        typer.echo(f"  key     {row.dedupe_key or '—'}")
        typer.echo(f"  case    {queries.case_number(session, row.case_id) or '—'}")
        typer.echo(f"  replay  {row.replay_of_id or '—'}")
        typer.echo(f"  error   {row.error or '—'}")
        typer.echo(f"  payload {_json(row.payload)}")
        typer.echo(f"  answer  {_json(row.answer)}")
        if row.raw is not None:
            typer.echo(row.raw.decode(errors="backslashreplace"))


@app.command("replay")
def play(ids: Ids, *, again: Again = False) -> None:
    """重放消息,一条一个事务 / play messages again, each in a transaction of its own."""
    refused = [message_id for message_id in ids if not _played(message_id, again=again)]
    if refused:
        raise typer.Exit(1)


def _played(message_id: int, *, again: bool) -> bool:
    """Play one; why it is refused is said, and does not hold up the others."""
    try:
        with transaction() as session:
            rows = replay(session, message_id, at=clock.now(), again=again)
            numbers = [queries.case_number(session, row.case_id) or "—" for row in rows]
    except typer.Exit:
        return False
    done(f"消息 {message_id} 已重放:{'、'.join(numbers)}", f"message {message_id} was played")
    return True


def _message(session: Session, message_id: int) -> IntakeMessage:
    found = session.get(IntakeMessage, message_id)
    if found is None:
        raise NotFound(
            "message_not_found",
            f"接入日志中没有消息 {message_id}",
            f"There is no message {message_id} in the intake log",
        )
    return found


def _line(row: IntakeMessage) -> str:
    source = f"{row.channel}/{row.source}" if row.source else row.channel
    return f"{row.id:>10}  {_shown(row.received_at)}  {source}  {row.status}"


def _shown(at: datetime) -> str:
    return at.astimezone(CITY_ZONE).strftime("%m-%d %H:%M:%S")


def _json(value: object) -> str:
    return "—" if value is None else orjson.dumps(value).decode()
