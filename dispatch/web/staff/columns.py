"""The columns that a list can show: what they are called, by what they sort, which ones are usual."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from dispatch.cases.queries import SORTS

Pair = tuple[str, str]


@dataclass(frozen=True)
class Column:
    """A column. `sort` is the order that a click on its head gives first; nothing: it sorts by none."""

    key: str
    words: Pair
    sort: str = ""

    @property
    def field(self) -> str:
        """The order without its direction."""
        return self.sort.removeprefix("-")


COLUMNS: Final[dict[str, Column]] = {
    each.key: each
    for each in (
        Column("light", ("时限", "Limit"), "due_at"),
        Column("number", ("编号", "Number"), "-created_at"),
        Column("what", ("类别与描述", "What"), "category"),
        Column("place", ("地点", "Where"), "street"),
        Column("unit", ("责任单位", "Unit"), "department"),
        Column("stage", ("环节", "Stage"), "stage_since"),
        Column("channel", ("渠道", "Channel"), "channel"),
        Column("age", ("已过", "Age"), "created_at"),
        Column("stage_due", ("环节时限", "Stage due"), "stage_due_at"),
        Column("hand", ("班组/人员", "Crew")),
        Column("grid", ("网格", "Grid")),
        Column("reporters", ("反映人数", "Reporters"), "-reporters"),
        Column("trouble", ("退返督办", "Returned, urged"), "-urges"),
        Column("updated", ("最近变化", "Changed"), "-updated_at"),
        Column("closed", ("结案", "Closed")),
        Column("rating", ("评分", "Rating")),
    )
}
USUAL: Final = ("light", "number", "what", "place", "unit", "stage", "channel", "age")
#: Without these nobody knows which case a line is.
ALWAYS: Final = ("number", "what")


def arranged_columns(keys: Iterable[str]) -> list[Column]:
    """The columns by their keys, each once, with those that are always there; none: the usual ones."""
    known = [key for key in dict.fromkeys(keys) if key in COLUMNS]
    if not known:
        return [COLUMNS[key] for key in USUAL]
    missing = [key for key in ALWAYS if key not in known]
    return [COLUMNS[key] for key in (*known, *missing)]


def sortable(column: Column, *, is_open: bool) -> bool:
    """Whether a list can be put in the order of this column: over all years, only by time."""
    return bool(column.sort) and (is_open or SORTS[column.sort].everywhere)


def left_out(shown: Sequence[Column]) -> list[Column]:
    """The columns that are not shown."""
    keys = {each.key for each in shown}
    return [each for each in COLUMNS.values() if each.key not in keys]
