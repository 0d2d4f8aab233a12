"""The intake log: each message as it came, what was answered to it, and why it failed if it did."""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from dispatch.intake.model import IntakeMessage, IntakeStatus
from dispatch.kit.db import Json
from dispatch.kit.errors import DomainError, Unavailable

logger = logging.getLogger(__name__)
T = TypeVar("T")


def keep(
    session: Session,
    *,
    channel: str,
    source: str,
    key: str | None,
    raw: bytes,
    payload: Json | None,
    at: datetime,
    replay_of: int | None = None,
) -> tuple[IntakeMessage, bool]:
    """The row of this message, and whether it is a new one.

    The same key again waits for the transaction that has it and then gives that row, locked.
    """
    row = (
        insert(IntakeMessage)
        .values(
            channel=channel,
            source=source,
            dedupe_key=key,
            raw=raw,
            payload=payload,
            received_at=at,
            replay_of_id=replay_of,
        )
        .on_conflict_do_nothing(
            index_elements=["channel", "source", "dedupe_key"],
            index_where=text("dedupe_key IS NOT NULL"),
        )
        .returning(IntakeMessage)
    )
    made = session.scalars(row).one_or_none()
    if made is not None:
        return made, True
    found = session.scalars(
        select(IntakeMessage)
        .where(
            IntakeMessage.channel == channel,
            IntakeMessage.source == source,
            IntakeMessage.dedupe_key == key,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return found.one(), False


def done(
    entry: IntakeMessage,
    *,
    case_id: int | None,
    answer: Json | None,
    status: IntakeStatus = IntakeStatus.DONE,
) -> None:
    """Write down what came of a message; an earlier failure is over."""
    entry.status = status
    entry.case_id = case_id
    entry.answer = answer
    entry.error_code = entry.error = None


def failed(entry: IntakeMessage, error: DomainError, *, answer: Json | None = None) -> None:
    """Write down why a message could not be used; it stays to be played again."""
    entry.status = IntakeStatus.FAILED
    entry.error_code = error.code
    entry.error = f"{error.zh} / {error.en}"
    entry.answer = answer


def attempt(session: Session, entry: IntakeMessage, deed: Callable[[], T]) -> T | DomainError:
    """Do `deed` in a savepoint; a refusal undoes it, is written to the row, and is returned.

    So the row outlives the failure: the caller answers with the error and commits. A fault of the
    program is treated alike, as Unavailable. A database that does not answer is raised: then nothing
    can be kept, and the sender has to come again.
    """
    try:
        with session.begin_nested():
            return deed()
    except DomainError as error:
        refusal = error
    except (OperationalError, PoolTimeout):
        raise
    except Exception:
        logger.exception("message %s of channel %s failed", entry.id, entry.channel)
        refusal = Unavailable(
            "internal_error",
            "平台处理时出错,消息已保存,稍后会重新处理",
            "The platform failed on this message; it is kept and will be played again",
        )
    failed(entry, refusal)
    return refusal
