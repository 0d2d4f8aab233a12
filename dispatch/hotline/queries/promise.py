"""What a caller may be told of the time: when the thing will have been dealt with."""

from datetime import datetime

from sqlalchemy.orm import Session

from dispatch.cases.deadlines import calendar, handling_limit
from dispatch.cases.model import Case
from dispatch.kit.worktime import due_at


def promised_at(session: Session, case: Case, *, at: datetime) -> datetime | None:
    """The due time of a case that a unit has; before that, when its limit would end if it began now."""
    if case.due_at is not None:
        return case.due_at
    limit = handling_limit(session, case) if case.condition_id is not None else None
    return None if limit is None else due_at(at, limit, calendar(session))
