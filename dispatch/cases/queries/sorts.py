"""The orders of a list, and what lies behind a row in one: pages by key, never by counting."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, literal, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from dispatch.cases.model import Case
from dispatch.kit import paging
from dispatch.kit.errors import invalid


@dataclass(frozen=True)
class Sort:
    """An order of a list: a column and a direction; equal values follow the id, none come last.

    `everywhere`: an index keeps this order over all years; the others are for what is in work.
    """

    column: InstrumentedAttribute[Any]
    descending: bool
    kind: type = datetime
    everywhere: bool = False

    @property
    def has_gaps(self) -> bool:
        """Whether some cases have no value."""
        return bool(self.column.nullable)

    @property
    def key(self) -> Any:
        """The value as it is ordered by.

        Codes and counts are written so that no index seems to serve: the few cases in work are
        sorted, and the planner is not led to walk over all years unit by unit.
        """
        if self.everywhere or self.kind is datetime:
            return self.column
        return self.column + ("" if self.kind is str else 0)

    def ordered(self) -> tuple[ColumnElement[Any], ColumnElement[int]]:
        """For ORDER BY, among the cases that have a value."""
        if self.descending:
            return self.key.desc(), Case.id.desc()
        return self.key.asc(), Case.id.asc()

    def beyond(self, value: object, row_id: int) -> ColumnElement[bool]:
        """The rows behind the one with this value and id, as a range of the index."""
        here = tuple_(literal(value, self.column.type), literal(row_id, Case.id.type))
        key = tuple_(self.key, Case.id)
        return key < here if self.descending else key > here

    def beyond_id(self, row_id: int) -> ColumnElement[bool]:
        """The rows behind this one among those without a value."""
        return Case.id < row_id if self.descending else Case.id > row_id

    def read(self, after: Sequence[object]) -> tuple[object, int]:
        """The value and the id in a cursor. InvalidInput if no page gave it out."""
        given, row_id = after
        if not isinstance(row_id, int) or (given is None and not self.has_gaps):
            raise paging.bad_cursor()
        if given is None or (self.kind is not datetime and isinstance(given, self.kind)):
            return given, row_id
        if self.kind is not datetime:
            raise paging.bad_cursor()
        return _moment(given), row_id

    def key_of(self, row: Any) -> tuple[object, int]:
        """The value and the id of a row, for a cursor."""
        return getattr(row, self.column.key), row.id


def _moment(given: object) -> datetime:
    try:
        found = datetime.fromisoformat(str(given))
    except ValueError:
        raise paging.bad_cursor() from None
    if found.tzinfo is None:
        raise paging.bad_cursor()
    return found


def _both(name: str, column: InstrumentedAttribute[Any], **more: Any) -> dict[str, Sort]:
    return {
        name: Sort(column, descending=False, **more),
        f"-{name}": Sort(column, descending=True, **more),
    }


SORTS: Final[dict[str, Sort]] = {
    **_both("created_at", Case.created_at, everywhere=True),
    **_both("updated_at", Case.updated_at, everywhere=True),
    **_both("due_at", Case.due_at),
    **_both("stage_due_at", Case.stage_due_at),
    **_both("stage_since", Case.stage_since),
    **_both("stage", Case.stage, kind=str),
    **_both("category", Case.category_id, kind=int),
    **_both("department", Case.department_id, kind=int),
    **_both("street", Case.street_code, kind=str),
    **_both("channel", Case.channel, kind=str),
    **_both("reporters", Case.reporters_count, kind=int),
    **_both("urges", Case.urge_count, kind=int),
}
#: The order of a list that asks for none.
USUAL: Final = "-created_at"


def sort_named(name: str) -> Sort:
    """An order by its public name."""
    found = SORTS.get(name)
    if found is None:
        known = ", ".join(SORTS)
        raise invalid("sort", f"排序应为 {known} 之一", f"sort is one of {known}")
    return found
