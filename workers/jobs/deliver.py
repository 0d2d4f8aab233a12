"""The job for assignments: into the department's inbox, and towards its own system where it has one."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from dispatch.exchange.commands import deliver_assignments
from dispatch.kit import clock
from workers.jobs.couriers import call
from workers.jobs.once import Item, together_once


def deliver(*, items: Sequence[Item], job: str) -> None:
    """Deliver once; the courier is called after the commit and is found by the clock if this dies."""
    for department_id in together_once(items, job, _deliver):
        call(department_id)


def _deliver(session: Session, items: Sequence[Item]) -> set[int]:
    events = {each["assignment_id"]: each["event_id"] for each in items}
    return deliver_assignments(session, events, at=clock.now())
