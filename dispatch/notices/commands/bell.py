"""What each person does with their bell: mark as read, say what they do not want to hear of."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from dispatch.kit.errors import invalid
from dispatch.notices.events import TELLINGS
from dispatch.notices.model import NoticePreference, StaffNotice
from dispatch.people.policy import Person


def mark_read(
    session: Session, person: Person, *, at: datetime, ids: Collection[int] | None = None
) -> int:
    """Mark these notices of one's own as read, or all; how many were not before."""
    asked = (
        update(StaffNotice)
        .where(StaffNotice.user_id == person.id, StaffNotice.read_at.is_(None))
        .values(read_at=at)
        .returning(StaffNotice.id)
        .execution_options(synchronize_session=False)
    )
    if ids is not None:
        asked = asked.where(StaffNotice.id.in_(ids))
    return len(session.execute(asked).all())


def open_notice(
    session: Session, person: Person, notice_id: int, *, at: datetime
) -> StaffNotice | None:
    """One of one's own notices, read from now on."""
    found = session.scalar(
        select(StaffNotice).where(StaffNotice.id == notice_id, StaffNotice.user_id == person.id)
    )
    if found is not None and found.read_at is None:
        found.read_at = at
        session.flush()
    return found


def set_preferences(session: Session, person: Person, *, muted: Collection[str]) -> None:
    """What this person does not want behind the bell from now on; everything else they do."""
    if unknown := sorted(set(muted) - set(TELLINGS)):
        raise invalid(
            "muted", f"没有这种通知:{unknown[0]}", f"There is no such notice: {unknown[0]}"
        )
    session.execute(delete(NoticePreference).where(NoticePreference.user_id == person.id))
    if muted:
        session.execute(
            insert(NoticePreference).values(
                [{"user_id": person.id, "event": event} for event in sorted(set(muted))]
            )
        )
    session.flush()
