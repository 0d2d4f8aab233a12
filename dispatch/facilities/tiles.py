"""The tile layer of public facilities."""

from typing import Any, Final

from sqlalchemy import Select, select

from dispatch.facilities.model import Facility
from dispatch.kit.tiles import Frame, TileLayer


def _facilities(frame: Frame) -> Select[Any]:
    return select(
        frame.drawn(Facility.geom),
        Facility.code.label("id"),
        Facility.kind,
        Facility.name,
        Facility.accessible,
        Facility.spaces_total,
        Facility.spaces_free,
        Facility.synthetic,
    ).where(Facility.active, frame.touches(Facility.geom))


LAYER: Final = TileLayer("facilities", 10, _facilities, 30)
