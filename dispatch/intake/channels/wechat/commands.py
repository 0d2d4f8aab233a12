"""Take in a message of the official account: logged once, answered once, however often it comes."""

from datetime import datetime

from sqlalchemy.orm import Session

from dispatch.cases.model import Channel
from dispatch.intake.channels import log
from dispatch.intake.channels.wechat import words
from dispatch.intake.channels.wechat.account import account
from dispatch.intake.channels.wechat.envelope import opened
from dispatch.intake.channels.wechat.gathering import Hearing
from dispatch.intake.channels.wechat.hearing import hear
from dispatch.intake.channels.wechat.messages import Message, elements, read
from dispatch.intake.model import IntakeMessage, IntakeStatus
from dispatch.kit.config import settings
from dispatch.kit.errors import DomainError


def take(
    session: Session, app_id: str, message: Message, xml: bytes, *, at: datetime
) -> str | None:
    """The words to answer with (None: silence). A retry gets the same again and changes nothing.

    `xml` is the message as it was inside its envelope; it is kept whole.
    """
    entry, is_new = log.keep(
        session,
        channel=Channel.WECHAT,
        source=app_id,
        key=message.key,
        raw=xml,
        payload=message.fields,
        at=at,
    )
    if is_new:
        work(session, entry, message, at=at)
    answer = entry.answer or {}
    return answer.get("text")


def work(session: Session, entry: IntakeMessage, message: Message, *, at: datetime) -> None:
    """Do what the message asks for and write the outcome to its row."""
    hearing = Hearing(session, app_id=entry.source, message=message, at=at)
    heard = log.attempt(session, entry, lambda: hear(hearing))
    if isinstance(heard, DomainError):
        entry.answer = {"text": words.KEPT_FOR_LATER}
    else:
        _written(entry, hearing, heard)
    session.flush()


def keep_unreadable(
    session: Session, app_id: str, body: bytes, error: DomainError, *, at: datetime
) -> None:
    """Keep a signed body that could not be read, with the reason; it can be played again."""
    entry, _ = log.keep(
        session,
        channel=Channel.WECHAT,
        source=app_id,
        key=None,
        raw=body,
        payload=None,
        at=at,
    )
    log.failed(entry, error)
    session.flush()


def play_again(session: Session, entry: IntakeMessage, at: datetime) -> list[IntakeMessage]:
    """Hear a kept message anew, opened with the present keys if it is still closed."""
    found = elements(entry.raw or b"")
    xml = entry.raw or b""
    if "Encrypt" in found and "MsgType" not in found:
        xml = opened(account(settings()), xml, found["Encrypt"].strip()).xml
    message = read(xml)
    again, _ = log.keep(
        session,
        channel=entry.channel,
        source=entry.source,
        key=None,
        raw=xml,
        payload=message.fields,
        at=at,
        replay_of=entry.id,
    )
    hearing = Hearing(session, app_id=entry.source, message=message, at=at)
    heard = hear(hearing)
    _written(again, hearing, heard)
    session.flush()
    return [again]


def _written(entry: IntakeMessage, hearing: Hearing, heard: str | None) -> None:
    status = IntakeStatus.IGNORED if hearing.ignored else IntakeStatus.DONE
    log.done(entry, case_id=hearing.case_id, answer={"text": heard}, status=status)
