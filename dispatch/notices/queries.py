"""Look-ups of notices: the bell of a person, what was sent to whom, what was given up."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from dispatch.kit.sealing import fingerprint
from dispatch.notices.events import Way
from dispatch.notices.model import Notice, NoticeChannel, NoticeStatus, StaffNotice
from dispatch.people.policy import Person

#: Beyond this the bell says "99+" and nobody counts on.
MOST_UNREAD = 100


def unread_count(session: Session, person: Person) -> int:
    """How many notices behind the bell this person has not read; at most `MOST_UNREAD`."""
    if person.id is None:
        return 0
    unread = (
        select(StaffNotice.id)
        .where(StaffNotice.user_id == person.id, StaffNotice.read_at.is_(None))
        .limit(MOST_UNREAD)
    )
    return session.scalar(select(func.count()).select_from(unread.subquery())) or 0


def latest(
    session: Session, person: Person, limit: int = 10, *, before: int | None = None
) -> Sequence[StaffNotice]:
    """The newest notices of a person, read or not, newest first; from before an id on."""
    if person.id is None:
        return []
    asked = (
        select(StaffNotice)
        .where(StaffNotice.user_id == person.id)
        .order_by(StaffNotice.id.desc())
        .limit(limit)
    )
    if before is not None:
        asked = asked.where(StaffNotice.id < before)
    return session.scalars(asked).all()


def messages_to(session: Session, openid: str, *, limit: int = 50) -> Sequence[Notice]:
    """What was sent to a follower, by rule or by an agent, newest first, with how far each is."""
    return session.scalars(
        select(Notice)
        .where(
            Notice.recipient_hash == fingerprint(openid),
            Notice.way.in_((Way.WECHAT_MESSAGE, Way.WECHAT_TEMPLATE)),
        )
        .order_by(Notice.id.desc())
        .limit(limit)
    ).all()


def ways_waiting(session: Session, *, at: datetime) -> list[Way]:
    """The ways by which something is due now and whose provider is not left alone."""
    found = []
    for way in Way:
        due = select(Notice.id).where(
            Notice.way == way,
            Notice.status == NoticeStatus.PENDING,
            Notice.next_attempt_at <= at,
        )
        rests = exists().where(NoticeChannel.way == way, NoticeChannel.open_until > at)
        if session.scalar(due.where(~rests).limit(1)) is not None:
            found.append(way)
    return found
