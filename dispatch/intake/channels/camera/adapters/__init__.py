"""The vendors' forms of an alarm: one file each, a pure function from a body to alarms."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dispatch.intake.channels.camera.adapters import gat1400, generic, hikvision
from dispatch.intake.channels.camera.alarm import Alarm


@dataclass(frozen=True)
class Adapter:
    """`alarms` reads a body; `apart` cuts it into bodies of one alarm each, in the vendor's own form.

    Both raise InvalidInput for what is not of that form.
    """

    alarms: Callable[[Any], list[Alarm]]
    apart: Callable[[Any], list[Any]]


ADAPTERS: dict[str, Adapter] = {
    "generic": Adapter(generic.alarms, generic.apart),
    "hikvision": Adapter(hikvision.alarms, hikvision.apart),
    "gat1400": Adapter(gat1400.alarms, gat1400.apart),
}
