"""What a table of rules is: its columns and what each may hold, its key, its checks, its preview."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from dispatch.kit.audit import Actor
from dispatch.kit.db import Base

Pair = tuple[str, str]
#: Refuses values that cannot be; they hold the row's own `id` where it has one.
Check = Callable[[Session, Mapping[str, Any]], None]
#: The field that says whom a change reaches beside what comes after it, and what it says of open cases.
REACH: Final = "reach"
OPEN: Final = "open"


@dataclass(frozen=True)
class Change:
    """A change of a row of rules as it takes effect: the row (None: taken away), what it held, and by whom.

    `choice`: what was chosen of whom it reaches.
    """

    row: Any
    before: Mapping[str, Any]
    choice: str
    by: Actor
    reason: str
    at: datetime


#: What follows from a change, knowing the row.
Effect = Callable[[Session, Change], None]
#: What follows from a change of a row, in its transaction: by whom, why and when it was made.
After = Callable[..., object]
#: What a column offers to choose among, where that is in the database.
Among = Callable[[Session], Mapping[Any, Pair]]
#: What a row would do or say, from its values, a text to try it on, and the time.
Preview = Callable[[Session, Mapping[str, Any], str, datetime], Any]


@dataclass(frozen=True)
class Column:
    """A column and what it may hold: text, area, words, number, percent, whole, tick, day, time, choice, category, condition,
    `any_condition` (or none), `among` (an id, from what `among` offers; a choice may use it too).

    `fixed`: part of what the row is; set when it is added and never after. `start`: what a new row begins
    with. `clipped`: a list shows its beginning only.
    """

    name: str
    label: Pair
    kind: str = "text"
    need: bool = False
    fixed: bool = False
    least: float = 0
    most: float = 1e9
    choices: Mapping[str, Pair] = field(default_factory=dict)
    hidden: bool = False
    hint: Pair | None = None
    start: str = ""
    clipped: bool = False
    longest: int = 500
    among: Among | None = None
    #: The column that says the same in English, which a list in English shows instead.
    english: str = ""

    def offering(self, session: Session) -> "Column":
        """The column with what it offers to choose now."""
        return self if self.among is None else replace(self, choices=self.among(session))


@dataclass(frozen=True)
class Table:
    """A table of rules. `identity`: its key; `search`: columns that a text is looked for in.

    `preview` tells what a row would do or say; the template of the same key under
    `admin/rules/previews/` shows it.
    """

    key: str
    name: Pair
    about: Pair
    model: type[Base]
    columns: tuple[Column, ...]
    identity: tuple[str, ...] = ("id",)
    search: tuple[str, ...] = ()
    check: Check | None = None
    can_add: bool = True
    can_remove: bool = True
    preview: Preview | None = None
    #: What a preview may be tried on, where it can.
    trial: Pair | None = None
    #: Whether it costs so little that a row's page shows it when opened.
    preview_at_once: bool = True
    #: What would be otherwise without the row.
    preview_end: Preview | None = None
    #: Nothing takes effect that has not been tried as it stands.
    tried_first: bool = False
    #: Whom a change reaches beside what comes after it: what may be chosen, the first by default; and
    #: the column that keeps whether it is open cases.
    reaches: tuple[tuple[str, Pair], ...] = ()
    reach_column: str | None = None
    effect: Effect | None = None
    #: What follows from every change of its rows.
    after: After | None = None
    #: The tabs that its pages stand among.
    family: str = "rules"

    def offering(self, session: Session) -> "Table":
        """The table with what its columns offer to choose now."""
        return replace(self, columns=tuple(each.offering(session) for each in self.columns))

    def subject_of(self, key: str) -> str:
        """What the audit log calls a row."""
        return f"rule-{self.key}:{key}"

    def key_of(self, row: Any) -> str:
        """A row's key as an address holds it."""
        return "~".join(str(getattr(row, name)) for name in self.identity)

    def key_in(self, text: str) -> Any:
        """The key that an address holds, as the table has it; None when it is none."""
        parts: list[Any] = text.split("~")
        if len(parts) != len(self.identity):
            return None
        if self.identity == ("id",):
            return int(text) if text.isdigit() else None
        for at, name in enumerate(self.identity):
            if self.column(name).kind == "day":
                try:
                    parts[at] = date.fromisoformat(parts[at])
                except ValueError:
                    return None
        return parts[0] if len(parts) == 1 else tuple(parts)

    def column(self, name: str) -> Column:
        """A column by its name."""
        return next(each for each in self.columns if each.name == name)

    @property
    def shown(self) -> list[Column]:
        """The columns of its list."""
        return [each for each in self.columns if not each.hidden]
