"""The job for a new report: take it as far as policy allows."""

from dispatch.intake.commands import triage as take_on
from dispatch.kit import clock
from workers.jobs.once import once


def triage(*, event_id: int, job: str, case_id: int) -> None:
    """Accept, file, route and dispatch the case, or leave it to a person."""
    with once(event_id, job) as session:
        if session is not None:
            take_on(session, case_id, at=clock.now())
