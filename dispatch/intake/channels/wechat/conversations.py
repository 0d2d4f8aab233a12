"""Finding a follower's conversation: the open one, or the one that has just become a case."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.cases.model import Case
from dispatch.cases.states import FINAL, Stage
from dispatch.catalogue.reference import city_setting
from dispatch.intake.model import WechatConversation, WechatMedia
from dispatch.kit.db import Json

QUIET_MINUTES = ("wechat_quiet_minutes", 15)
FOLLOW_UP_MINUTES = ("wechat_follow_up_minutes", 10)


def quiet_time(session: Session) -> timedelta:
    """How long a follower may be silent before an unfinished report goes to an agent."""
    return timedelta(minutes=city_setting(session, *QUIET_MINUTES))


def follow_up_minutes(session: Session) -> int:
    """For how many minutes after a report what comes is added to its case."""
    return int(city_setting(session, *FOLLOW_UP_MINUTES))


def lock_follower(session: Session, *, app_id: str, openid: str) -> None:
    """Let one message of a follower be heard after the other, until the transaction ends."""
    key = func.hashtextextended(f"wechat:{app_id}:{openid}", 0)
    session.execute(select(func.pg_advisory_xact_lock(key)))


def try_lock_follower(session: Session, *, app_id: str, openid: str) -> bool:
    """The same without waiting; whether it worked."""
    key = func.hashtextextended(f"wechat:{app_id}:{openid}", 0)
    return bool(session.scalar(select(func.pg_try_advisory_xact_lock(key))))


def open_conversation(session: Session, *, app_id: str, openid: str) -> WechatConversation | None:
    """The follower's unfinished report."""
    return session.scalar(
        select(WechatConversation)
        .where(
            WechatConversation.app_id == app_id,
            WechatConversation.openid == openid,
            WechatConversation.finished_at.is_(None),
        )
        .execution_options(populate_existing=True)
    )


def just_finished(
    session: Session, *, app_id: str, openid: str, at: datetime
) -> tuple[WechatConversation, Case] | None:
    """The follower's latest report with its case, while additions to it are still taken."""
    since = at - timedelta(minutes=follow_up_minutes(session))
    row = session.execute(
        select(WechatConversation, Case)
        .join(Case, Case.id == WechatConversation.case_id)
        .where(
            WechatConversation.app_id == app_id,
            WechatConversation.openid == openid,
            WechatConversation.finished_at >= since,
        )
        .order_by(WechatConversation.id.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    ).first()
    if row is None or (row[1].stage in FINAL and row[1].stage != Stage.DUPLICATE):
        return None
    return row[0], row[1]


def start(session: Session, *, app_id: str, openid: str, at: datetime) -> WechatConversation:
    """Open a conversation."""
    made = WechatConversation(
        app_id=app_id, openid=openid, texts=[], places=[], media=[], started_at=at, last_at=at
    )
    session.add(made)
    session.flush()
    return made


def fetched_photos(session: Session, conversation: WechatConversation) -> list[str]:
    """The ids of the photos that have been fetched and not given to a case."""
    return [
        photo
        for photo in session.scalars(
            select(WechatMedia.photo_id)
            .where(WechatMedia.conversation_id == conversation.id)
            .order_by(WechatMedia.id)
        )
        if photo is not None
    ]


def added(items: list[Json], **item: str | float) -> list[Json]:
    """The list with one more; a new list, so that the change is seen."""
    return [*items, dict(item)]
