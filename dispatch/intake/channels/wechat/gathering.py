"""One message being heard, and what adds to a report: a text, a place or a photo."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from dispatch.cases.model import Case
from dispatch.intake.channels.wechat import additions, conversations, words
from dispatch.intake.channels.wechat.draft import Draft, draft_of
from dispatch.intake.channels.wechat.finishing import close_silent, finish
from dispatch.intake.channels.wechat.messages import Message
from dispatch.intake.model import WechatConversation
from dispatch.kit.db import Json
from dispatch.kit.images import MAX_PHOTOS


@dataclass
class Hearing:
    """One message being heard. `case_id` and `ignored` are for the intake log."""

    session: Session
    app_id: str
    message: Message
    at: datetime
    case_id: int | None = None
    ignored: bool = False

    @property
    def openid(self) -> str:
        """Whose message it is."""
        return self.message.openid

    @property
    def stamp(self) -> Json:
        """Which message of which moment, so that order of arrival does not matter."""
        return {"at": self.message.created_at.isoformat(), "key": self.message.key}


def current(hearing: Hearing) -> WechatConversation | None:
    """The open conversation, unless it fell silent so long ago that it is a report of its own."""
    found = conversations.open_conversation(
        hearing.session, app_id=hearing.app_id, openid=hearing.openid
    )
    if found and found.last_at <= hearing.at - conversations.quiet_time(hearing.session):
        close_silent(hearing.session, found, at=hearing.at)
        return None
    return found


def just_finished(hearing: Hearing) -> tuple[WechatConversation, Case] | None:
    """The report of a few minutes ago, which is still added to."""
    return conversations.just_finished(
        hearing.session, app_id=hearing.app_id, openid=hearing.openid, at=hearing.at
    )


def start(hearing: Hearing) -> WechatConversation:
    """Begin a report."""
    return conversations.start(
        hearing.session, app_id=hearing.app_id, openid=hearing.openid, at=hearing.at
    )


def gather(hearing: Hearing, item: Json, *, had: str) -> str:
    """Add a text, a place or a photo: to the open report, to the case just made, or to a new report."""
    conversation = current(hearing)
    if conversation is None:
        recent = just_finished(hearing)
        if recent and not additions.is_another_problem(hearing.session, *recent, item):
            return _supplement(hearing, *recent, item, had=had)
        conversation = start(hearing)
    conversation.last_at = hearing.at
    kept = additions.add(hearing.session, conversation, item | hearing.stamp, at=hearing.at)
    if not kept:
        return words.too_many_photos(MAX_PHOTOS)
    draft = draft_of(hearing.session, conversation)
    if draft.missing:
        return words.still_missing(draft.missing, photos=draft.photos, had=had)
    return complete(hearing, conversation, draft)


def _supplement(
    hearing: Hearing, conversation: WechatConversation, case: Case, item: Json, *, had: str
) -> str:
    hearing.case_id = case.id
    kept = additions.add(hearing.session, conversation, item | hearing.stamp, at=hearing.at)
    if not kept:
        return words.too_many_photos(MAX_PHOTOS)
    additions.note_on_case(hearing.session, case, item, at=hearing.at)
    return words.supplemented(had, case.number)


def complete(hearing: Hearing, conversation: WechatConversation, draft: Draft) -> str:
    """Report what was gathered; the receipt in words."""
    receipt = finish(hearing.session, conversation, draft, at=hearing.at)
    hearing.case_id = receipt.case_id
    return words.completed(
        number=receipt.number,
        url=receipt.track_url,
        missing=draft.missing,
        existing=receipt.duplicate_of_number,
        minutes=conversations.follow_up_minutes(hearing.session),
    )


def reminder(hearing: Hearing) -> str | None:
    """What the open report still lacks; None when there is none or nothing in it."""
    found = current(hearing)
    draft = draft_of(hearing.session, found) if found else None
    if draft is None or draft.is_empty:
        return None
    return words.still_missing(draft.missing, photos=draft.photos, had="上报内容")
