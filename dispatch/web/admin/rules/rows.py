"""The pages of every table of rules: its list, a row, a new one, its end; whatever the table."""

import re
from collections.abc import Mapping
from datetime import date, time
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from dispatch.catalogue import commands as catalogue_commands
from dispatch.catalogue.commands import SETTINGS
from dispatch.catalogue.model import Condition
from dispatch.catalogue.reference import catalogue
from dispatch.kit import audit, clock, ruling
from dispatch.kit.db import Base
from dispatch.kit.errors import Conflict, NotFound, invalid
from dispatch.kit.http import Db
from dispatch.kit.routes import Router
from dispatch.people.http import CurrentLogin, require
from dispatch.people.permissions import Permission
from dispatch.people.policy import Person
from dispatch.people.queries import Login
from dispatch.web.admin.frame import (
    PAGE,
    Filled,
    a_day,
    a_number,
    a_reason,
    a_time,
    admin_page,
    asked,
    attempt,
    filled,
    listing,
    maybe_id,
    seen_in,
)
from dispatch.web.admin.rules.table import Column, Table
from dispatch.web.admin.rules.tables import TABLES
from dispatch.web.parts.forms import Form, Posted
from dispatch.web.parts.page import go

router = Router(include_in_schema=False)
Editor = Annotated[Person, Depends(require(Permission.RULES_EDIT))]
#: The longest text that a row is tried on.
LONGEST = 500


def _table(key: str, session: Db, _person: Editor) -> Table:
    found = TABLES.get(key)
    if found is None:
        raise NotFound("no_such_rules", "没有这类规则", "There are no such rules")
    return found.offering(session)


@router.get("/admin/rules/{key}")
def show_list(
    table: Annotated[Table, Depends(_table)],
    session: Db,
    request: Request,
    _person: Editor,
    login: CurrentLogin,
) -> Response:
    """The rows of a table."""
    wanted = asked(request, "q")
    cursor = wanted.after(str)
    rows = ruling.listed(
        session,
        table.model,
        identity=table.identity,
        text=wanted["q"],
        search=table.search,
        after=_after(table, cursor),
        limit=PAGE + 1,
    )
    return admin_page(
        request,
        session,
        login,
        "admin/rules/rows.html",
        current=None if table.family == "rules" else table.family,
        table=table,
        listing=listing(wanted, rows, key=table.key_of),
        categories=catalogue(session).by_id,
        conditions=catalogue(session).conditions,
        settings=SETTINGS,
    )


def _after(table: Table, cursor: str | None) -> list[Any] | None:
    key = table.key_in(cursor) if cursor else None
    return None if key is None else list(key) if isinstance(key, tuple) else [key]


@router.get("/admin/rules/{key}/new")
def ask_new(
    table: Annotated[Table, Depends(_table)],
    session: Db,
    request: Request,
    _person: Editor,
    login: CurrentLogin,
) -> Response:
    """The empty form."""
    _refuse_new(table)
    start = {each.name: each.start for each in table.columns if each.start}
    start |= {
        each.name: request.query_params[each.name][: each.longest]
        for each in table.columns
        if each.name in request.query_params
    }
    return _form(session, request, login, table, filled(start))


@router.post("/admin/rules/{key}/new")
def add(
    table: Annotated[Table, Depends(_table)],
    session: Db,
    request: Request,
    person: Editor,
    login: CurrentLogin,
    posted: Form,
) -> Response:
    """Add a row."""
    _refuse_new(table)
    if _is_trial(table, posted):
        return _try(session, request, login, table, posted)

    def deed() -> Base:
        values = _values(session, table, posted, now=None)
        if table.model is Condition:
            values["ordinal"] = catalogue_commands.next_ordinal(session, values["category_id"])
        if table.identity != ("id",):
            key = tuple(values[name] for name in table.identity)
            if session.get(table.model, key if len(key) > 1 else key[0]) is not None:
                raise Conflict("row_exists", "已有这一条,请直接修改它", "There is one; change it")
        row = table.model(**values)
        reason = ruling.checked(_why(table, posted))
        session.add(row)
        session.flush()
        subject = table.subject_of(table.key_of(row))
        ruling.write(session, row, values, subject=subject, by=person, reason=reason, is_new=True)
        _follow(session, table, person, reason)
        return row

    tried = attempt(session, deed)
    if tried.done is None:
        return _form(session, request, login, table, tried.again(posted), status=tried.status)
    return go(f"/admin/rules/{table.key}/{table.key_of(tried.done)}?said=added")


@router.get("/admin/rules/{key}/{row_key}")
def show_one(
    table: Annotated[Table, Depends(_table)],
    row_key: str,
    session: Db,
    request: Request,
    _person: Editor,
    login: CurrentLogin,
) -> Response:
    """A row."""
    row = _found(session, table, row_key)
    seen = audit.version_of(session, table.subject_of(row_key))
    preview = _preview(session, table, _held(table, row), "") if table.preview_at_once else None
    form = filled(_as_typed(table, row), seen=seen)
    return _form(session, request, login, table, form, row=row, preview=preview)


@router.post("/admin/rules/{key}/{row_key}")
def save(
    table: Annotated[Table, Depends(_table)],
    row_key: str,
    session: Db,
    request: Request,
    person: Editor,
    login: CurrentLogin,
    posted: Form,
) -> Response:
    """Change a row."""
    row = _found(session, table, row_key)
    if _is_trial(table, posted):
        return _try(session, request, login, table, posted, row=row)

    def deed() -> None:
        reason = _why(table, posted)
        ruling.write(
            session,
            row,
            _values(session, table, posted, now=row),
            subject=table.subject_of(row_key),
            by=person,
            reason=reason,
            seen=seen_in(posted),
        )
        _follow(session, table, person, reason)

    tried = attempt(session, deed)
    if tried.error is not None:
        session.refresh(row)
        form = tried.again(posted)
        return _form(session, request, login, table, form, row=row, status=tried.status)
    return go(f"/admin/rules/{table.key}/{row_key}?said=saved")


@router.post("/admin/rules/{key}/{row_key}/remove")
def remove(
    table: Annotated[Table, Depends(_table)],
    row_key: str,
    session: Db,
    request: Request,
    person: Editor,
    login: CurrentLogin,
    posted: Form,
) -> Response:
    """Take a row away; what it decided stays."""
    row = _found(session, table, row_key)
    if not table.can_remove:
        raise NotFound("not_removable", "这类规则不能删除", "These are not removed")
    names = [each.name for each in table.columns]

    def deed() -> None:
        reason = _why(table, posted)
        subject = table.subject_of(row_key)
        ruling.remove(session, row, names, subject=subject, by=person, reason=reason)
        _follow(session, table, person, reason)

    tried = attempt(session, deed)
    if tried.error is not None:
        form = filled(_as_typed(table, row), seen=seen_in(posted))
        again = Filled(form.values, problems=tried.again(posted).problems, seen=form.seen)
        return _form(session, request, login, table, again, row=row, status=tried.status)
    return go(f"/admin/rules/{table.key}?said=discarded")


def _follow(session: Session, table: Table, person: Person, reason: str) -> None:
    """What else changes with a row."""
    if table.after is not None:
        table.after(session, by=person, reason=reason, at=clock.now())


def _is_trial(table: Table, posted: Posted) -> bool:
    return table.preview is not None and posted.get("do") == "preview"


def _try(
    session: Session,
    request: Request,
    login: Login,
    table: Table,
    posted: Posted,
    *,
    row: Base | None = None,
) -> Response:
    """What the row would do as it is typed; nothing is saved."""
    held = {} if row is None else _held(table, row)

    def deed() -> Any:
        values = {**held, "id": None, **_values(session, table, posted, now=row)}
        return _preview(
            session, table, {**values, "id": getattr(row, "id", None)}, posted.get("said")
        )

    tried = attempt(session, deed)
    form = tried.again(posted)
    return _form(
        session, request, login, table, form, row=row, status=tried.status, preview=tried.done
    )


def _preview(session: Session, table: Table, values: Mapping[str, Any], said: str) -> Any:
    if table.preview is None:
        return None
    return table.preview(session, values, said[:LONGEST], clock.now())


def _held(table: Table, row: Base) -> dict[str, Any]:
    """What a row holds, with its id where it has one."""
    return {"id": getattr(row, "id", None)} | {
        each.name: getattr(row, each.name) for each in table.columns
    }


def _as_typed(table: Table, row: Base) -> dict[str, Any]:
    """What a row holds as its form shows it."""
    return {each.name: _shown(each, getattr(row, each.name)) for each in table.columns}


def _why(table: Table, posted: Posted) -> str:
    """The reason for the change; where a column is called so, the form asks for it by another name."""
    has_column = any(each.name == "reason" for each in table.columns)
    return a_reason(posted, "why" if has_column else "reason")


def _refuse_new(table: Table) -> None:
    if not table.can_add:
        raise NotFound("not_addable", "这类规则不能新增", "These are not added to")


def _found(session: Session, table: Table, row_key: str) -> Base:
    key = table.key_in(row_key)
    if key is None:
        raise NotFound("row_not_found", "没有这条规则", "There is no such row")
    return ruling.found_row(session, table.model, key)


def _values(session: Session, table: Table, posted: Posted, *, now: Base | None) -> dict[str, Any]:
    """What the form says, as the columns hold it; what is fixed is read for a new row only."""
    read = {
        each.name: _read(posted, table, each, now=now)
        for each in table.columns
        if now is None or not each.fixed
    }
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
_BETWEEN = re.compile(r"[\s,，、;；]+")


#: Kinds of columns that hold an id.
_IDS = frozenset({"category", "condition", "any_condition", "among"})


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


def _form(
    session: Session,
    request: Request,
    login: Login,
    table: Table,
    form: Filled,
    *,
    row: Base | None = None,
    status: int = 200,
    preview: Any = None,
) -> Response:
    known = catalogue(session)
    row_key = table.key_of(row) if row is not None else ""
    return admin_page(
        request,
        session,
        login,
        "admin/rules/row.html",
        subject=table.subject_of(row_key) if row is not None else None,
        current=None if table.family == "rules" else table.family,
        status=status,
        table=table,
        filled=form,
        row=row,
        row_key=row_key,
        categories=known.by_id,
        conditions=known.conditions,
        setting=SETTINGS.get(row_key),
        preview=preview,
    )
