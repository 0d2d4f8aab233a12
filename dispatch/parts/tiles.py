"""The tile layer of parts, for staff: what stands where, and in which state."""

from typing import Any, Final

from sqlalchemy import Select, select

from dispatch.catalogue.model import Category
from dispatch.kit.tiles import Frame, TileLayer
from dispatch.parts.model import Part


def _parts(frame: Frame) -> Select[Any]:
    return (
        select(
            frame.drawn(Part.geom),
            Part.code,
            Part.name,
            Part.condition,
            Category.group,
            Category.sign,
            Part.synthetic,
        )
        .join(Category, Category.id == Part.category_id)
        .where(frame.touches(Part.geom))
    )


#: Only where one can tell a manhole from the next.
LAYER: Final = TileLayer("parts", 15, _parts, 300)
