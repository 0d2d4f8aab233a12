"""Rows with places, as imports take them, whatever kind of file they came from.

A row that cannot be placed stays in the list without a shape, so that an import can name it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from shapely.geometry.base import BaseGeometry

from dispatch.kit.errors import invalid

LONGITUDES: Final = ("longitude", "lon", "lng", "x", "经度")
LATITUDES: Final = ("latitude", "lat", "y", "纬度")


@dataclass(frozen=True)
class LayerRow:
    """A row: its number in the file (the first is 1), its values as text, its shape in degrees."""

    number: int
    values: Mapping[str, str]
    shape: BaseGeometry | None


@dataclass(frozen=True)
class Layer:
    """The rows of a file and the names of its fields."""

    fields: tuple[str, ...]
    rows: tuple[LayerRow, ...]

    def find(self, names: Sequence[str], *, given: str | None = None) -> str | None:
        """The field with one of these names, whatever their case; `given` goes before them.

        Raises InvalidInput when the given one is not there.
        """
        lower = {field.strip().lower(): field for field in self.fields}
        if given is not None and given.lower() not in lower:
            raise invalid(
                given,
                f"文件没有字段 {given};现有字段:{'、'.join(self.fields)}",
                f"The file has no field {given}; it has {', '.join(self.fields)}",
                code="no_such_field",
            )
        wanted = names if given is None else (given,)
        return next((lower[name.lower()] for name in wanted if name.lower() in lower), None)
