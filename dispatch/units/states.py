"""How far a unit has got with a case, as the columns of its board, and which deed leads to which."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol

from dispatch.cases.states import Stage, Verb


class Step(StrEnum):
    """Where a case stands within a unit."""

    NEW = "new"
    TAKEN = "taken"
    ASSIGNED = "assigned"
    STARTED = "started"
    SUSPENDED = "suspended"
    HANDLED = "handled"


STEP_LABELS: Final[Mapping[Step, tuple[str, str]]] = {
    Step.NEW: ("待签收", "to acknowledge"),
    Step.TAKEN: ("待分派", "to assign"),
    Step.ASSIGNED: ("待开工", "to begin"),
    Step.STARTED: ("处理中", "in work"),
    Step.SUSPENDED: ("挂账", "suspended"),
    Step.HANDLED: ("待核查", "to be checked"),
}
#: The steps at which the unit itself has something to do.
OWN_WORK: Final = (Step.NEW, Step.TAKEN, Step.ASSIGNED, Step.STARTED)
#: By which deed a case gets to a step; one that is suspended goes on by the first.
WAYS: Final[Mapping[Step, Verb]] = {
    Step.TAKEN: Verb.ACKNOWLEDGE,
    Step.ASSIGNED: Verb.ASSIGN,
    Step.STARTED: Verb.START,
    Step.SUSPENDED: Verb.SUSPEND,
    Step.HANDLED: Verb.REPORT_DONE,
}


class Worked(Protocol):
    """What a case must tell of itself."""

    @property
    def stage(self) -> str: ...
    @property
    def acknowledged_at(self) -> datetime | None: ...
    @property
    def assigned_at(self) -> datetime | None: ...
    @property
    def started_at(self) -> datetime | None: ...


def step_of(case: Worked) -> Step | None:
    """The step of a case; None while no unit works on it."""
    if case.stage == Stage.SUSPENDED:
        return Step.SUSPENDED
    if case.stage == Stage.HANDLED:
        return Step.HANDLED
    if case.stage != Stage.DISPATCHED:
        return None
    if case.started_at is not None:
        return Step.STARTED
    if case.assigned_at is not None:
        return Step.ASSIGNED
    return Step.NEW if case.acknowledged_at is None else Step.TAKEN
