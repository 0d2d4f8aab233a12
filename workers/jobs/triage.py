"""The job for new reports: take each as far as policy allows."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from dispatch.intake.commands import triage as take_on
from dispatch.kit import clock
from workers.jobs.once import each_once


def triage(*, items: Sequence[Mapping[str, Any]], job: str) -> None:
    """Accept, file, route and dispatch each case, or leave it to a person."""
    each_once(items, job, _take_on)


def _take_on(session: Session, item: Mapping[str, Any]) -> None:
    take_on(session, item["case_id"], at=clock.now())
