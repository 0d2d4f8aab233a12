"""Conversations on WeChat in an agent's hand: answer, make a case of it, link it, split it, put it away."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from dispatch.cases.commands import act
from dispatch.cases.model import Case, Photo
from dispatch.cases.states import Verb
from dispatch.hotline.model import WechatReply
from dispatch.hotline.queries.talks import talk_of
from dispatch.intake.channels.wechat.conversations import lock_follower
from dispatch.intake.channels.wechat.draft import draft_of
from dispatch.intake.channels.wechat.finishing import drop, finish
from dispatch.intake.model import WechatConversation, WechatMedia
from dispatch.intake.schemas import Receipt
from dispatch.kit.errors import Conflict, invalid
from dispatch.notices.commands.messages import send_customer_message
from dispatch.people.policy import Person

_PARTS = ("texts", "places", "media")


def _locked(session: Session, by: Person, conversation_id: int) -> WechatConversation:
    """The conversation, while no message of its follower is being heard."""
    found = talk_of(session, by, conversation_id)
    lock_follower(session, app_id=found.app_id, openid=found.openid)
    session.refresh(found)
    return found


def _open(session: Session, by: Person, conversation_id: int) -> WechatConversation:
    found = _locked(session, by, conversation_id)
    if found.finished_at is not None:
        raise Conflict(
            "talk_finished",
            "这个会话已经提交或放弃;请刷新页面查看",
            "This conversation was finished already; reload the page",
        )
    return found


def answer(
    session: Session, conversation_id: int, text: str, *, key: str, by: Person, at: datetime
) -> WechatReply:
    """Write to the follower; sent once however often the form is. An open report waits for the answer."""
    talk = _locked(session, by, conversation_id)
    notice = send_customer_message(
        session,
        openid=talk.openid,
        text=text,
        by=by,
        at=at,
        case_id=talk.case_id,
        key=f"talk-{talk.id}-{key}",
    )
    known = session.scalar(select(WechatReply).where(WechatReply.notice_id == notice.id))
    if known is not None:
        return known
    assert by.id is not None  # noqa: S101 - people alone answer
    made = WechatReply(
        conversation_id=talk.id, text=notice.body, at=at, by_id=by.id, notice_id=notice.id
    )
    session.add(made)
    if talk.finished_at is None:
        talk.last_at = at
    session.flush()
    return made


def finish_talk(
    session: Session,
    conversation_id: int,
    *,
    by: Person,
    at: datetime,
    same_as: str | None = None,
) -> Receipt:
    """Make the report now, as far as it goes; with `same_as` it is linked to that case."""
    talk = _open(session, by, conversation_id)
    draft = draft_of(session, talk)
    if draft.is_empty:
        raise Conflict(
            "talk_is_empty", "会话里还没有内容,可以放弃", "Nothing was said yet: put it away"
        )
    return finish(session, talk, draft, at=at, by=by, same_as=same_as)


def put_talk_away(session: Session, conversation_id: int, *, by: Person, at: datetime) -> None:
    """It reports nothing; the messages stay in the intake log."""
    drop(session, _open(session, by, conversation_id), at=at)


def link_talk(
    session: Session, conversation_id: int, case: str, *, by: Person, at: datetime
) -> None:
    """Tie what the follower reports to a case that is there, whether it is a case itself yet or not."""
    talk = _locked(session, by, conversation_id)
    if talk.finished_at is None:
        finish_talk(session, conversation_id, by=by, at=at, same_as=case)
    elif talk.case_id is not None:
        act(session, talk.case_id, Verb.LINK_DUPLICATE, by=by, at=at, body={"of": case})
    else:
        raise Conflict("talk_dropped", "这个会话已放弃", "This conversation was put away")


def split_talk(
    session: Session, conversation_id: int, keys: Collection[str], *, by: Person, at: datetime
) -> Receipt:
    """Make a case of its own of some messages: two problems were told in one conversation.

    The chosen messages and their pictures leave the conversation; a case that it has become says
    so in its history. Raises InvalidInput when nothing or everything was chosen.
    """
    talk = _locked(session, by, conversation_id)
    chosen = {part: [i for i in getattr(talk, part) if i["key"] in keys] for part in _PARTS}
    left = {part: [i for i in getattr(talk, part) if i["key"] not in keys] for part in _PARTS}
    if not any(chosen.values()) or not (left["texts"] or left["places"]):
        raise invalid(
            "keys",
            "请勾选属于另一个问题的消息,并给原会话留下至少一条",
            "Choose the messages of the other problem, and leave some to the first",
        )
    other = WechatConversation(
        app_id=talk.app_id,
        openid=talk.openid,
        started_at=datetime.fromisoformat(
            min(item["at"] for part in chosen.values() for item in part)
        ),
        last_at=talk.last_at,
        finished_at=at,
        **chosen,
    )
    session.add(other)
    for part, items in left.items():
        setattr(talk, part, items)
    session.flush()
    _move_pictures(session, talk, other, chosen["media"])
    receipt = finish(session, other, draft_of(session, other), at=at, by=by, stands_alone=True)
    _tell(session, talk, receipt, by=by, at=at)
    return receipt


def _move_pictures(
    session: Session,
    talk: WechatConversation,
    other: WechatConversation,
    media: list[dict[str, Any]],
) -> None:
    """Pictures go with the messages: also those that a case has taken already."""
    names = [item["media"] for item in media]
    moved = session.scalars(
        update(WechatMedia)
        .where(WechatMedia.conversation_id == talk.id, WechatMedia.media_id.in_(names))
        .values(conversation_id=other.id)
        .returning(WechatMedia.photo_id)
        .execution_options(synchronize_session=False)
    ).all()
    photos = [UUID(each) for each in moved if each is not None]
    if photos and talk.case_id is not None:
        session.execute(
            update(Photo)
            .where(Photo.id.in_(photos), Photo.case_id == talk.case_id)
            .values(case_id=None)
            .execution_options(synchronize_session=False)
        )


def _tell(
    session: Session, talk: WechatConversation, receipt: Receipt, *, by: Person, at: datetime
) -> None:
    if talk.case_id is None:
        return
    first = session.get_one(Case, talk.case_id)
    note = f"会话中的另一个问题已拆分为 {receipt.number}"
    act(session, first.id, Verb.NOTE, by=by, at=at, body={"note": note})
    second = f"由 {first.number} 的微信会话拆分"
    act(session, receipt.case_id, Verb.NOTE, by=by, at=at, body={"note": second})
