"""The jobs of the agents' desk: draw who is called back, take the next rows of a list in."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from dispatch.hotline.commands.callbacks import plan_callbacks
from dispatch.hotline.commands.imports import take_rows
from dispatch.kit import clock
from workers.jobs.once import Item, once, together_once


def plan_calls(*, items: Sequence[Item], job: str) -> None:
    """See whether the reporters of closed cases are to be called."""
    together_once(items, job, _plan_calls)


def _plan_calls(session: Session, items: Sequence[Item]) -> tuple[()]:
    plan_callbacks(session, {each["case_id"] for each in items}, at=clock.now())
    return ()


def take_import(*, event_id: int, job: str, batch_id: int) -> None:
    """Take rows of an imported list in; the rest follows by an event of its own."""
    with once(event_id, job) as session:
        if session is not None:
            take_rows(session, batch_id, at=clock.now())
