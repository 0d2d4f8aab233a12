"""Conversations on WeChat: which are going on, and what was said in one, by whom, in order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.cases.model import Case, Channel
from dispatch.cases.policy import visible_to
from dispatch.hotline.model import WechatReply
from dispatch.intake.model import IntakeMessage, WechatConversation, WechatMedia
from dispatch.kit.errors import NotFound
from dispatch.notices.model import Notice
from dispatch.people.model import User
from dispatch.people.policy import Person

MOST: Final = 40
COUNTED_TO: Final = 1000
#: WeChat lets an account answer for so long after the follower's last message.
ANSWERABLE: Final = timedelta(hours=48)


@dataclass(frozen=True)
class Line:
    """Something that was said: `who` is citizen, platform or agent; `key` names it within its conversation."""

    at: datetime
    who: str
    name: str = ""
    text: str = ""
    place: dict[str, Any] | None = None
    photo_id: str | None = None
    is_photo: bool = False
    key: str = ""
    status: str = ""
    answer: str = ""


@dataclass(frozen=True)
class Talk:
    """A conversation in the list: its last words, how many pictures, its case."""

    conversation: WechatConversation
    words: str
    case: Case | None


def open_talks(session: Session) -> Sequence[WechatConversation]:
    """Those that have not become a report yet, the longest waiting first."""
    return session.scalars(
        select(WechatConversation)
        .where(WechatConversation.finished_at.is_(None))
        .order_by(WechatConversation.last_at)
        .limit(MOST)
    ).all()


def recent_talks(session: Session, *, at: datetime) -> Sequence[WechatConversation]:
    """Those that became a report and can still be answered, the latest first."""
    return session.scalars(
        select(WechatConversation)
        .where(
            WechatConversation.finished_at.is_not(None),
            WechatConversation.last_at >= at - ANSWERABLE,
        )
        .order_by(WechatConversation.last_at.desc())
        .limit(MOST)
    ).all()


def count_open_talks(session: Session, _person: Person, _at: datetime) -> int:
    """How many are unfinished, counted to a thousand."""
    some = (
        select(WechatConversation.id)
        .where(WechatConversation.finished_at.is_(None))
        .limit(COUNTED_TO)
        .subquery()
    )
    return session.scalar(select(func.count()).select_from(some)) or 0


def listed(
    session: Session, person: Person, conversations: Sequence[WechatConversation]
) -> list[Talk]:
    """Conversations as a list shows them; a case is named only to who may see it."""
    ids = {each.case_id for each in conversations if each.case_id is not None}
    found = session.scalars(select(Case).where(Case.id.in_(ids), visible_to(person))) if ids else ()
    cases = {case.id: case for case in found}
    return [Talk(each, _last_words(each), cases.get(each.case_id or 0)) for each in conversations]


def _last_words(conversation: WechatConversation) -> str:
    texts = sorted(conversation.texts, key=lambda item: (item["at"], item["key"]))
    return str(texts[-1]["text"]) if texts else ""


def talk_of(session: Session, person: Person, conversation_id: int) -> WechatConversation:
    """One conversation; NotFound when there is none or its case is not this person's to see."""
    found = session.scalar(
        select(WechatConversation)
        .where(WechatConversation.id == conversation_id)
        .execution_options(populate_existing=True)
    )
    hidden = (
        found is not None
        and found.case_id is not None
        and session.scalar(select(Case.id).where(Case.id == found.case_id, visible_to(person)))
        is None
    )
    if found is None or hidden:
        raise NotFound("no_such_talk", "没有这个会话", "There is no such conversation")
    return found


def lines_of(session: Session, conversation: WechatConversation) -> list[Line]:
    """What the follower wrote and showed, what the platform answered, what agents wrote."""
    items = [
        *(_line(item, text=str(item["text"])) for item in conversation.texts),
        *(_line(item, place=item) for item in conversation.places),
        *_pictures(session, conversation),
    ]
    answers = _answers(session, conversation, [each.key for each in items])
    return sorted([*items, *answers, *_replies(session, conversation)], key=lambda each: each.at)


def _line(item: dict[str, Any], **more: Any) -> Line:
    return Line(datetime.fromisoformat(item["at"]), "citizen", key=item["key"], **more)


def _pictures(session: Session, conversation: WechatConversation) -> list[Line]:
    rows = session.execute(
        select(WechatMedia.media_id, WechatMedia.photo_id).where(
            WechatMedia.conversation_id == conversation.id
        )
    )
    photos: dict[str, str | None] = dict(rows.all())
    return [
        _line(item, is_photo=True, photo_id=photos.get(item["media"]))
        for item in conversation.media
    ]


def _answers(session: Session, conversation: WechatConversation, keys: Sequence[str]) -> list[Line]:
    """What the platform answered by itself, from the intake log."""
    rows = session.execute(
        select(IntakeMessage.received_at, IntakeMessage.answer).where(
            IntakeMessage.channel == Channel.WECHAT,
            IntakeMessage.source == conversation.app_id,
            IntakeMessage.dedupe_key.in_(keys),
        )
    )
    return [
        Line(at, "platform", text=str(answer["text"]))
        for at, answer in rows
        if answer and answer.get("text")
    ]


def _replies(session: Session, conversation: WechatConversation) -> list[Line]:
    """What agents wrote, and how far it got."""
    rows = session.execute(
        select(WechatReply, User.display_name, Notice.status, Notice.answer)
        .join(User, User.id == WechatReply.by_id)
        .outerjoin(Notice, Notice.id == WechatReply.notice_id)
        .where(WechatReply.conversation_id == conversation.id)
    )
    return [
        Line(
            reply.at, "agent", name=name, text=reply.text, status=status or "", answer=answer or ""
        )
        for reply, name, status, answer in rows
    ]
