"""The job for an assignment: into the department's inbox, and towards its own system where it has one."""

from dispatch.exchange.commands import deliver_assignment
from dispatch.kit import clock
from workers.jobs.couriers import call
from workers.jobs.once import once


def deliver(*, event_id: int, job: str, assignment_id: int) -> None:
    """Deliver once; the courier is called after the commit and is found by the clock if this dies."""
    department_id = None
    with once(event_id, job) as session:
        if session is not None:
            department_id = deliver_assignment(
                session, event_id=event_id, assignment_id=assignment_id, at=clock.now()
            )
    if department_id is not None:
        call(department_id)
