"""Play a kept message again: after a camera was registered, a key put right or a fault mended."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.cases.model import Channel
from dispatch.intake.channels.camera.commands import play_again as play_camera
from dispatch.intake.channels.wechat.commands import play_again as play_wechat
from dispatch.intake.commands.replay import play_again as play_form
from dispatch.intake.model import IntakeMessage, IntakeStatus
from dispatch.kit.errors import Conflict, NotFound

#: Raises DomainError when the message cannot be used this time either.
Player = Callable[[Session, IntakeMessage, datetime], list[IntakeMessage]]
_PLAYERS: dict[str, Player] = {
    Channel.WECHAT: play_wechat,
    Channel.CAMERA: play_camera,
}
#: What these players read is the message as it came; all others read the fields of a form.
_FROM_RAW = frozenset(_PLAYERS)


def replay(
    session: Session, message_id: int, *, at: datetime, again: bool = False
) -> list[IntakeMessage]:
    """Play the message again from its raw form; the new rows of the log, one for each alarm in it.

    `again` plays also what was done already, which may double it. Raises what refused it when it
    fails again; then nothing is changed. Raises NotFound for an unknown message and Conflict for
    one that was done already or cannot be played.
    """
    entry = session.scalar(
        select(IntakeMessage)
        .where(IntakeMessage.id == message_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if entry is None:
        raise NotFound(
            "message_not_found",
            f"接入日志中没有消息 {message_id}",
            f"There is no message {message_id} in the intake log",
        )
    if entry.status == IntakeStatus.DONE and not again:
        raise Conflict(
            "message_done",
            f"消息 {message_id} 已处理,不能重放",
            f"Message {message_id} was done; playing it again would double it",
            extra={"case_id": entry.case_id},
        )
    player = _PLAYERS.get(entry.channel, play_form)
    if entry.channel in _FROM_RAW and entry.raw is None:
        raise Conflict(
            "not_replayable",
            f"{entry.channel} 的消息不能重放,请重新上报",
            f"Messages of {entry.channel} cannot be played again: report it anew",
        )
    with session.begin_nested():
        played = player(session, entry, at)
    if entry.status != IntakeStatus.DONE:
        entry.status = IntakeStatus.DONE
        entry.case_id = played[-1].case_id
        entry.error_code = entry.error = None
        session.flush()
    return played
