"""After the sending: dead letters sent again, old ones cleared away, and those who want none."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from dispatch.catalogue.reference import city_setting
from dispatch.kit import audit
from dispatch.kit.errors import Conflict, NotFound
from dispatch.kit.sealing import fingerprint, masked
from dispatch.notices.events import Way
from dispatch.notices.model import Notice, NoticeOptOut, NoticeStatus, StaffNotice
from dispatch.people.policy import Person

#: For how many days the log, and what is behind the bell, is kept where the city says nothing else.
KEEP_DAYS = ("notices_keep_days", 180)


def resend(session: Session, notice_id: int, *, by: Person, at: datetime) -> Notice:
    """Send a notice again that was given up. Raises NotFound, Conflict when it was not."""
    notice = session.get(Notice, notice_id, with_for_update=True)
    if notice is None:
        raise NotFound(
            "notice_not_found", f"没有通知 {notice_id}", f"There is no notice {notice_id}"
        )
    if notice.status != NoticeStatus.DEAD or notice.address is None:
        raise Conflict(
            "not_dead",
            "只有发送失败的通知才能重发;这一条已发送、跳过,或接收地址已按规定清除",
            "Only what was given up can be sent again; this one was sent, skipped, or its address is gone",
        )
    _again(session, [notice.id], at=at)
    session.refresh(notice)
    _record(session, "notice.resent", f"notice:{notice.id}", by=by)
    return notice


def resend_dead(session: Session, *, way: Way | None, by: Person, at: datetime) -> int:
    """Send everything again that was given up, or all of a way; how many."""
    asked = select(Notice.id).where(Notice.status == NoticeStatus.DEAD, Notice.address.is_not(None))
    if way is not None:
        asked = asked.where(Notice.way == way)
    ids = session.scalars(asked.with_for_update(skip_locked=True)).all()
    _again(session, ids, at=at)
    _record(session, "notices.resent", f"notices:{way or 'all'}", by=by, count=len(ids))
    return len(ids)


def _again(session: Session, ids: Collection[int], *, at: datetime) -> None:
    session.execute(
        update(Notice)
        .where(Notice.id.in_(ids))
        .values(status=NoticeStatus.PENDING, attempts=0, next_attempt_at=at, settled_at=None)
        .execution_options(synchronize_session=False)
    )


def opt_out(
    session: Session, *, ways: Collection[Way], address: str, source: str, at: datetime
) -> None:
    """Send this address nothing more by these ways; what waits for it is dropped."""
    mark = fingerprint(address)
    opt_out_known(
        session, ways=ways, recipient_hash=mark, recipient=masked(address), source=source, at=at
    )


def opt_out_known(
    session: Session,
    *,
    ways: Collection[Way],
    recipient_hash: bytes,
    recipient: str,
    source: str,
    at: datetime,
) -> None:
    """The same for who is known by the fingerprint only."""
    for way in ways:
        session.execute(
            insert(NoticeOptOut)
            .values(
                way=way, recipient_hash=recipient_hash, recipient=recipient, source=source, at=at
            )
            .on_conflict_do_nothing()
        )
    session.execute(
        update(Notice)
        .where(
            Notice.recipient_hash == recipient_hash,
            Notice.way.in_(ways),
            Notice.status == NoticeStatus.PENDING,
            Notice.by_id.is_(None),
        )
        .values(
            status=NoticeStatus.SKIPPED,
            answer="对方已退订 / has opted out",
            address=None,
            next_attempt_at=None,
            settled_at=at,
        )
        .execution_options(synchronize_session=False)
    )


def opt_in(session: Session, *, ways: Collection[Way], recipient_hash: bytes) -> bool:
    """Take a 退订 back; whether there was one."""
    gone = session.execute(
        delete(NoticeOptOut)
        .where(NoticeOptOut.recipient_hash == recipient_hash, NoticeOptOut.way.in_(ways))
        .returning(NoticeOptOut.way)
    ).all()
    return bool(gone)


def forget_old_notices(session: Session, *, at: datetime, limit: int) -> int:
    """Clear away what was settled or rung long ago; how many rows."""
    before = at - timedelta(days=city_setting(session, *KEEP_DAYS))
    old = (
        select(Notice.id)
        .where(Notice.created_at < before, Notice.status != NoticeStatus.PENDING)
        .limit(limit)
    )
    rung = select(StaffNotice.id).where(StaffNotice.created_at < before).limit(limit)
    gone = session.execute(delete(Notice).where(Notice.id.in_(old)).returning(Notice.id)).all()
    read = session.execute(
        delete(StaffNotice).where(StaffNotice.id.in_(rung)).returning(StaffNotice.id)
    ).all()
    return len(gone) + len(read)


def _record(session: Session, action: str, subject: str, *, by: Person, **details: int) -> None:
    audit.record(
        session, action, subject=subject, actor=by.name, actor_id=by.id, details=dict(details)
    )
