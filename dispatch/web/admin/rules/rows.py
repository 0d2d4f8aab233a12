"""The pages of every table of rules: its list, a row, a new one, its end; whatever the table."""

from collections.abc import Mapping
from dataclasses import replace
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
from dispatch.kit.errors import Conflict, NotFound
from dispatch.kit.http import Db
from dispatch.kit.routes import Router
from dispatch.people.http import CurrentLogin, require
from dispatch.people.permissions import Permission
from dispatch.people.policy import Person
from dispatch.people.queries import Login
from dispatch.web.admin.frame import (
    PAGE,
    Filled,
    a_reason,
    admin_page,
    asked,
    attempt,
    filled,
    listing,
    seen_in,
)
from dispatch.web.admin.rules.reading import as_typed, held, mark_of, values_in
from dispatch.web.admin.rules.table import REACH, Change, Table
from dispatch.web.admin.rules.tables import TABLES
from dispatch.web.admin.rules.trials import span_words
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
    if _is_trial(table, posted, ""):
        return _try(session, request, login, table, posted)

    def deed() -> Base:
        values = values_in(session, table, posted, now=None)
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
        _follow(session, table, posted, person, reason, row=row, before={})
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
    preview = _preview(session, table, held(table, row), "") if table.preview_at_once else None
    form = filled(as_typed(table, row), seen=seen)
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
    if _is_trial(table, posted, row_key):
        return _try(session, request, login, table, posted, row=row)

    def deed() -> None:
        reason, before = _why(table, posted), held(table, row)
        ruling.write(
            session,
            row,
            values_in(session, table, posted, now=row),
            subject=table.subject_of(row_key),
            by=person,
            reason=reason,
            seen=seen_in(posted),
        )
        _follow(session, table, posted, person, reason, row=row, before=before)

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
    before = held(table, row)
    if table.preview_end is not None and posted.get("tried") != f"end-{row_key}":
        run = table.preview_end(session, before, "", clock.now())
        form = replace(
            filled(as_typed(table, row), seen=seen_in(posted)),
            lists={"end": [_said_why(table, posted)]},
        )
        return _form(
            session, request, login, table, form, row=row, preview=run, tried=f"end-{row_key}"
        )

    def deed() -> None:
        reason = _why(table, posted)
        subject = table.subject_of(row_key)
        ruling.remove(session, row, names, subject=subject, by=person, reason=reason)
        _follow(session, table, posted, person, reason, row=None, before=before)

    tried = attempt(session, deed)
    if tried.error is not None:
        form = filled(as_typed(table, row), seen=seen_in(posted))
        again = Filled(form.values, problems=tried.again(posted).problems, seen=form.seen)
        return _form(session, request, login, table, again, row=row, status=tried.status)
    return go(f"/admin/rules/{table.key}?said=discarded")


def _follow(
    session: Session,
    table: Table,
    posted: Posted,
    person: Person,
    reason: str,
    *,
    row: Any,
    before: Mapping[str, Any],
) -> None:
    """What else changes with a row."""
    if table.after is not None:
        table.after(session, by=person, reason=reason, at=clock.now())
    if table.effect is not None:
        choice = posted.get(REACH)
        table.effect(session, Change(row, before, choice, person, reason, clock.now()))


def _is_trial(table: Table, posted: Posted, row_key: str) -> bool:
    """Whether it is to be tried: it was asked, or nothing takes effect that was not tried as it stands."""
    if table.preview is None:
        return False
    is_tried = not table.tried_first or posted.get("tried") == mark_of(table, posted, row_key)
    return posted.get("do") == "preview" or not is_tried


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
    known = {} if row is None else held(table, row)

    def deed() -> Any:
        values = {**known, "id": None, **values_in(session, table, posted, now=row)}
        return _preview(
            session, table, {**values, "id": getattr(row, "id", None)}, posted.get("said")
        )

    tried = attempt(session, deed)
    form = tried.again(posted)
    key = table.key_of(row) if row is not None else ""
    return _form(
        session,
        request,
        login,
        table,
        form,
        row=row,
        status=tried.status,
        preview=tried.done,
        tried="" if tried.error else mark_of(table, posted, key),
    )


def _preview(session: Session, table: Table, values: Mapping[str, Any], said: str) -> Any:
    if table.preview is None:
        return None
    return table.preview(session, values, said[:LONGEST], clock.now())


def _why(table: Table, posted: Posted) -> str:
    """The reason for the change; where a column is called so, the form asks for it by another name."""
    return a_reason(posted, _why_name(table))


def _said_why(table: Table, posted: Posted) -> str:
    return posted.get(_why_name(table))


def _why_name(table: Table) -> str:
    return "why" if any(each.name == "reason" for each in table.columns) else "reason"


def _refuse_new(table: Table) -> None:
    if not table.can_add:
        raise NotFound("not_addable", "这类规则不能新增", "These are not added to")


def _found(session: Session, table: Table, row_key: str) -> Base:
    key = table.key_in(row_key)
    if key is None:
        raise NotFound("row_not_found", "没有这条规则", "There is no such row")
    return ruling.found_row(session, table.model, key)


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
    tried: str = "",
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
        tried=tried,
        why_name=_why_name(table),
        span=span_words,
    )
