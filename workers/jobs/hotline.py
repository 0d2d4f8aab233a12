"""The jobs of the agents' desk: draw who is called back, take the next rows of a list in."""

from dispatch.hotline.commands.callbacks import plan_callbacks
from dispatch.hotline.commands.imports import take_rows
from dispatch.kit import clock
from workers.jobs.once import once


def plan_calls(*, event_id: int, job: str, case_id: int) -> None:
    """See whether the reporters of a closed case are to be called."""
    with once(event_id, job) as session:
        if session is not None:
            plan_callbacks(session, case_id, at=clock.now())


def take_import(*, event_id: int, job: str, batch_id: int) -> None:
    """Take rows of an imported list in; the rest follows by an event of its own."""
    with once(event_id, job) as session:
        if session is not None:
            take_rows(session, batch_id, at=clock.now())
