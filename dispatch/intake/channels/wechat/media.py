"""Photos of a conversation: fetched in the background, tried again with growing pauses, then its case's."""

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from dispatch.cases.commands import act
from dispatch.cases.model import PhotoKind
from dispatch.cases.photos import store_photo
from dispatch.cases.states import Verb
from dispatch.intake.channels.wechat.additions import MEDIA_WAITING
from dispatch.intake.channels.wechat.client import Download, Gone, WechatClient
from dispatch.intake.channels.wechat.conversations import lock_follower
from dispatch.intake.model import WechatConversation, WechatMedia
from dispatch.kit.errors import DomainError, InvalidInput, TooLarge, Unavailable
from dispatch.kit.outbox import Event, publish
from dispatch.people.policy import SYSTEM

#: How long WeChat keeps media.
KEPT_FOR = timedelta(days=3)
#: The pause after each failure; the last one is repeated until the media are gone.
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 3, 10, 30, 60))
BATCH = 200


class Fetched(StrEnum):
    """What became of a try."""

    DONE = "done"
    ALREADY = "already"
    LATER = "later"
    GIVEN_UP = "given_up"
    NOT_WANTED = "not_wanted"


def fetch_media(
    session: Session, media_row_id: int, *, client: WechatClient, at: datetime
) -> Fetched:
    """Fetch one photo and give it to its conversation's case, if there is one already.

    Never raises for what WeChat does: a failure is written to the row together with the time of the
    next try, which `retry_waiting_media` starts. A photo of a cancelled report is not fetched.
    """
    media = session.scalar(
        select(WechatMedia)
        .where(WechatMedia.id == media_row_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if media is None or media.photo_id is not None:
        return Fetched.ALREADY
    if _is_cancelled(session, media):
        media.next_attempt_at = None
        return Fetched.NOT_WANTED
    media.attempts += 1
    try:
        with session.begin_nested():
            data = _download(client, media).data
            photo = store_photo(session, data, kind=PhotoKind.BEFORE, by=SYSTEM, at=at).photo
            media.photo_id = str(photo.id)
            _hand_over(session, media, photo.id, at=at)
    except (Gone, InvalidInput, TooLarge) as error:
        return _failed(session, media, error, next_try=None, at=at)
    except Unavailable as error:
        return _failed(session, media, error, next_try=_next_try(media, at), at=at)
    media.fetched_at = at
    media.last_error = media.next_attempt_at = None
    session.flush()
    return Fetched.DONE


def retry_waiting_media(session: Session, *, at: datetime) -> int:
    """Ask again for the photos whose pause is over; how many there were."""
    due = session.scalars(
        select(WechatMedia.id)
        .where(WechatMedia.next_attempt_at <= at)
        .order_by(WechatMedia.next_attempt_at)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    ).all()
    for media_row_id in due:
        publish(session, Event(MEDIA_WAITING, {"media_row_id": media_row_id}))
    session.execute(update(WechatMedia).where(WechatMedia.id.in_(due)).values(next_attempt_at=None))
    return len(due)


def _is_cancelled(session: Session, media: WechatMedia) -> bool:
    conversation = session.get_one(WechatConversation, media.conversation_id)
    return conversation.finished_at is not None and conversation.case_id is None


def _download(client: WechatClient, media: WechatMedia) -> Download:
    """By MediaId, as documented; by PicUrl where the account may not ask for media."""
    if media.url is None:
        return client.download_media(media.media_id)
    if media.media_id == media.url:
        return client.download_picture(media.url)
    try:
        return client.download_media(media.media_id)
    except DomainError as refused:
        try:
            return client.download_picture(media.url)
        except Gone:
            raise refused from None


def _hand_over(session: Session, media: WechatMedia, photo_id: UUID, *, at: datetime) -> None:
    """Give the photo to the case; an open conversation takes its photos along when it finishes.

    The follower's lock keeps the conversation from finishing meanwhile.
    """
    owner = session.get_one(WechatConversation, media.conversation_id)
    lock_follower(session, app_id=owner.app_id, openid=owner.openid)
    session.refresh(owner)
    if owner.case_id is not None:
        body = {"photos": [photo_id], "note": "市民发来照片"}
        act(session, owner.case_id, Verb.NOTE, by=SYSTEM, at=at, body=body)


def _next_try(media: WechatMedia, at: datetime) -> datetime | None:
    following = at + PAUSES[min(media.attempts, len(PAUSES)) - 1]
    return following if following < media.received_at + KEPT_FOR else None


def _failed(
    session: Session,
    media: WechatMedia,
    error: DomainError,
    *,
    next_try: datetime | None,
    at: datetime,
) -> Fetched:
    media.last_error = f"{error.zh} / {error.en}"
    media.next_attempt_at = next_try
    session.flush()
    if next_try is not None:
        return Fetched.LATER
    owner = session.get_one(WechatConversation, media.conversation_id)
    if owner.case_id is not None:
        note = f"市民的一张照片未能取回:{error.zh}"
        act(session, owner.case_id, Verb.NOTE, by=SYSTEM, at=at, body={"note": note})
    return Fetched.GIVEN_UP
