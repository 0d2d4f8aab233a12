"""What the form of a table of rules says, as its columns hold it, and what a row holds, as its form shows it."""

import hashlib
import re
from datetime import date, time
from typing import Any, Final

from sqlalchemy.orm import Session

from dispatch.catalogue import commands as catalogue_commands
from dispatch.kit.db import Base
from dispatch.kit.errors import invalid
from dispatch.web.admin.frame import a_day, a_number, a_time, maybe_id
from dispatch.web.admin.rules.table import OPEN, REACH, Column, Table
from dispatch.web.parts.forms import Posted


def mark_of(table: Table, posted: Posted, row_key: str) -> str:
    """By this a form shows that just what it says has been tried."""
    said = [(each.name, posted.get(each.name)) for each in table.columns]
    return hashlib.sha256(repr((table.key, row_key, said)).encode()).hexdigest()[:20]


def held(table: Table, row: Base) -> dict[str, Any]:
    """What a row holds, with its id where it has one."""
    return {"id": getattr(row, "id", None)} | {
        each.name: getattr(row, each.name) for each in table.columns
    }


def as_typed(table: Table, row: Base) -> dict[str, Any]:
    """What a row holds as its form shows it."""
    return {each.name: _shown(each, getattr(row, each.name)) for each in table.columns}


def values_in(
    session: Session, table: Table, posted: Posted, *, now: Base | None
) -> dict[str, Any]:
    """What the form says, as the columns hold it; what is fixed is read for a new row only."""
    read = {
        each.name: _read(posted, table, each, now=now)
        for each in table.columns
        if now is None or not each.fixed
    }
    if table.reach_column is not None:
        read[table.reach_column] = posted.get(REACH) == OPEN
    if table.check is not None:
        known = {each.name: getattr(now, each.name, None) for each in table.columns}
        table.check(session, {"id": getattr(now, "id", None), **known, **read})
    return read


def _read(posted: Posted, table: Table, column: Column, *, now: Base | None) -> Any:
    given = posted.get(column.name)
    if column.kind == "tick":
        return given == "yes"
    if column.kind == "words":
        return list(dict.fromkeys(_BETWEEN.split(given.strip()))) if given.strip() else []
    if column.kind == "setting":
        name, value = getattr(now, "name", ""), getattr(now, "value", None)
        return catalogue_commands.setting_value(name, given, now=value)
    if not given:
        if column.need:
            zh, en = column.label
            raise invalid(column.name, f"请填写{zh}", f"Fill in: {en}")
        return None if table.model.__table__.c[column.name].nullable else ""
    return _one(posted, column, given)


#: What stands between words in a field that holds several.
_BETWEEN: Final = re.compile(r"[\s,，、;；]+")


#: Kinds of columns that hold an id.
_IDS: Final = frozenset({"category", "condition", "any_condition", "among"})


def _one(posted: Posted, column: Column, given: str) -> Any:
    if column.kind in ("number", "whole", "percent"):
        number = a_number(posted, column.name, least=column.least, most=column.most)
        if column.kind == "percent":
            return round(number / 100, 4)
        return int(number) if column.kind == "whole" else number
    if column.kind == "day":
        return a_day(posted, column.name)
    if column.kind == "time":
        return a_time(posted, column.name)
    found = maybe_id(posted, column.name) if column.kind in _IDS else given
    if column.kind in ("choice", "among") and found not in column.choices:
        raise invalid(column.name, "请从列表中选择", "Choose from the list")
    return given[: column.longest] if column.kind not in _IDS else found


def _shown(column: Column, value: Any) -> Any:
    if column.kind == "percent":
        return round(value * 100, 2)
    if column.kind == "words":
        return " ".join(value)
    if isinstance(value, time):
        return f"{value:%H:%M}"
    return value.isoformat() if isinstance(value, date) else value
