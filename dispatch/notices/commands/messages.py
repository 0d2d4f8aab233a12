"""What a person writes to one citizen: an agent's answer in a WeChat conversation, through the same log and job."""

from datetime import datetime
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.kit.errors import Unavailable, invalid
from dispatch.kit.outbox import Event, publish
from dispatch.kit.sealing import fingerprint, masked
from dispatch.notices import events
from dispatch.notices.events import Audience, Way
from dispatch.notices.model import Notice, NoticeStatus
from dispatch.notices.providers import provider_of
from dispatch.notices.reference import contents
from dispatch.notices.texts import LONGEST
from dispatch.people.policy import Person


def send_customer_message(
    session: Session,
    *,
    openid: str,
    text: str,
    by: Person,
    at: datetime,
    case_id: int | None = None,
    key: str | None = None,
) -> Notice:
    """Have a text sent to a follower at once. They wrote and wait: neither quiet hours nor 退订 hold it back.

    `key` makes a form that is sent twice one message. Raises InvalidInput for no text or too much of
    it, Unavailable where no WeChat sender is set up.
    """
    words = text.strip()
    _check(session, words)
    dedupe_key = f"agent:{by.id}:{key or uuid4().hex}"
    known = session.scalar(select(Notice).where(Notice.dedupe_key == dedupe_key))
    if known is not None:
        return known
    made = Notice(
        dedupe_key=dedupe_key,
        event=events.AGENT_MESSAGE,
        case_id=case_id,
        audience=Audience.REPORTER,
        way=Way.WECHAT_MESSAGE,
        by_id=by.id,
        recipient_hash=fingerprint(openid),
        recipient=masked(openid),
        address=openid,
        body=words,
        status=NoticeStatus.PENDING,
        urgent=True,
        next_attempt_at=at,
        created_at=at,
    )
    session.add(made)
    session.flush()
    publish(session, Event(events.WAITING, {"notice_id": made.id, "way": Way.WECHAT_MESSAGE}))
    return made


def _check(session: Session, words: str) -> None:
    if not words:
        raise invalid("text", "请填写要发送的内容", "Write what is to be sent")
    longest = LONGEST[Way.WECHAT_MESSAGE]
    if len(words) > longest:
        raise invalid(
            "text",
            f"微信客服消息最多 {longest} 字,现有 {len(words)} 字,请分条发送",
            f"A WeChat message takes {longest} characters, this has {len(words)}; send it in parts",
        )
    if not contents(session).channel(Way.WECHAT_MESSAGE).enabled:
        raise Unavailable(
            "way_disabled", "微信客服消息已停用", "WeChat customer messages are switched off"
        )
    if provider_of(Way.WECHAT_MESSAGE) is None:
        raise Unavailable(
            "no_sender",
            "没有配置微信账号的 AppSecret,不能发送;请联系管理员",
            "The WeChat account has no secret here and cannot send; ask an administrator",
        )
