"""Turning a conversation into a report: because it is whole, because it was asked for, or after silence."""

import logging
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.cases.model import Channel
from dispatch.intake.channels.wechat import conversations
from dispatch.intake.channels.wechat.draft import Draft, draft_of
from dispatch.intake.commands import receive
from dispatch.intake.model import WechatConversation
from dispatch.intake.schemas import Receipt, Report
from dispatch.people.policy import Person
from geo.crs import Crs

log = logging.getLogger(__name__)
#: How many silent conversations one call of the clock takes.
BATCH = 200


def finish(
    session: Session,
    conversation: WechatConversation,
    draft: Draft,
    *,
    at: datetime,
    by: Person | None = None,
    same_as: str | None = None,
    stands_alone: bool = False,
) -> Receipt:
    """Report what was gathered and close the conversation; photos still on their way follow later.

    `by` is the agent who decided so; `same_as` and `stands_alone` are what they saw, as in `Report`.
    """
    place = draft.place or {}
    receipt = receive(
        session,
        Report(
            channel=Channel.WECHAT,
            description=draft.description,
            longitude=place.get("longitude"),
            latitude=place.get("latitude"),
            crs=Crs(place.get("crs", Crs.WGS84)),
            address=place.get("label") or None,
            openid=conversation.openid,
            photos=tuple(map(UUID, conversations.fetched_photos(session, conversation))),
            source=conversation.app_id,
            dedupe_key=f"conversation:{conversation.id}",
            payload={"conversation": conversation.id, "texts": list(draft.texts), "place": place},
            reported_by=by,
            same_as=same_as,
            stands_alone=stands_alone,
        ),
        at=at,
    )
    conversation.finished_at = at
    conversation.case_id = receipt.case_id
    session.flush()
    return receipt


def drop(session: Session, conversation: WechatConversation, *, at: datetime) -> None:
    """Close the conversation without a report; its messages stay in the intake log."""
    conversation.finished_at = at
    session.flush()


def finish_idle_conversations(session: Session, *, at: datetime) -> int:
    """Report every conversation that has been silent for the city's quiet time; how many there were.

    What lacks a description or a place goes to an agent with that reason: `receive` says which.
    One that cannot be reported stays open and is tried again.
    """
    before = at - conversations.quiet_time(session)
    waiting = session.execute(
        select(WechatConversation.app_id, WechatConversation.openid)
        .where(WechatConversation.finished_at.is_(None), WechatConversation.last_at <= before)
        .order_by(WechatConversation.last_at)
        .limit(BATCH)
    )
    finished = 0
    for app_id, openid in waiting.all():
        try:
            with session.begin_nested():
                finished += _finish_if_silent(session, app_id, openid, before=before, at=at)
        except Exception:
            log.exception("a conversation of account %s could not be reported", app_id)
    return finished


def _finish_if_silent(
    session: Session, app_id: str, openid: str, *, before: datetime, at: datetime
) -> bool:
    if not conversations.try_lock_follower(session, app_id=app_id, openid=openid):
        return False
    found = conversations.open_conversation(session, app_id=app_id, openid=openid)
    if found is None or found.last_at > before:
        return False
    return close_silent(session, found, at=at)


def close_silent(session: Session, conversation: WechatConversation, *, at: datetime) -> bool:
    """Report a conversation that was broken off; whether there was anything to report.

    It counts as finished when its quiet time ended, however late that is seen.
    """
    draft = draft_of(session, conversation)
    ended = conversation.last_at + conversations.quiet_time(session)
    if draft.is_empty:
        drop(session, conversation, at=ended)
        return False
    finish(session, conversation, draft, at=at)
    conversation.finished_at = ended
    return True
