"""Lamps: how a case stands against its time, as a colour, a shape and a word together."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from dispatch.cases.deadlines import Light
from dispatch.cases.states import Stage

#: Light → shape and words. Colour-blind readers have the shape, screen readers the word.
LAMPS: Final[dict[Light, tuple[str, tuple[str, str]]]] = {
    Light.GREEN: ("●", ("按时", "in time")),
    Light.YELLOW: ("▲", ("将超时", "due soon")),
    Light.RED: ("■", ("超时", "overdue")),
    Light.PAUSED: ("‖", ("暂停", "paused")),
    Light.DONE: ("✓", ("办结", "done")),
    Light.NONE: ("○", ("未计时", "no limit yet")),
}


@dataclass(frozen=True)
class Lamp:
    """What a lamp shows, and the time that it is measured against."""

    light: Light
    shape: str
    word: tuple[str, str]
    due_at: datetime | None
    warn_at: datetime | None = None

    @property
    def runs(self) -> bool:
        """Whether time alone changes it."""
        return self.due_at is not None and self.light in (Light.GREEN, Light.YELLOW, Light.RED)


def lamp_of(light: Light, *, due_at: datetime | None, warn_at: datetime | None = None) -> Lamp:
    """The lamp of a light."""
    shape, word = LAMPS[light]
    return Lamp(light, shape, word, due_at, warn_at)


class Timed(Protocol):
    """What a lamp must know of a case."""

    @property
    def light(self) -> Light: ...
    @property
    def stage(self) -> Stage: ...
    @property
    def due_at(self) -> datetime | None: ...
    @property
    def warn_at(self) -> datetime | None: ...
    @property
    def stage_due_at(self) -> datetime | None: ...
    @property
    def stage_warned_at(self) -> datetime | None: ...


def lamp(case: Timed, *, at: datetime) -> Lamp:
    """The lamp of a case: of its handling limit while a unit has it, of the stage's own limit otherwise."""
    if case.light is Light.DONE:
        return lamp_of(Light.DONE, due_at=None)
    if case.stage is Stage.DISPATCHED or case.light is Light.PAUSED:
        return lamp_of(case.light, due_at=case.due_at, warn_at=case.warn_at)
    if case.stage_due_at is None:
        return lamp_of(Light.NONE, due_at=None)
    near = Light.GREEN if case.stage_warned_at is None else Light.YELLOW
    late = at >= case.stage_due_at
    return lamp_of(Light.RED if late else near, due_at=case.stage_due_at)
