"""Look-ups of notices: the bell of a person, what was sent to whom, what was given up."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.notices.model import StaffNotice
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
