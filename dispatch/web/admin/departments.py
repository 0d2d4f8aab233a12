"""Departments: the tree, a unit with its names, duties and contacts, and how its life ends."""

from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from dispatch.cases.queries.held import count_open_of
from dispatch.departments import commands, queries
from dispatch.departments.commands import Contact, DepartmentChange, Duty
from dispatch.departments.model import Department, DepartmentKind
from dispatch.departments.reference import departments
from dispatch.jurisdiction.model import AreaKind
from dispatch.jurisdiction.queries import areas_named
from dispatch.kit import audit, clock
from dispatch.kit.clock import CITY_ZONE
from dispatch.kit.errors import NotFound
from dispatch.kit.http import Db
from dispatch.kit.routes import Router
from dispatch.people.http import CurrentLogin, require
from dispatch.people.permissions import Permission
from dispatch.people.policy import Person
from dispatch.people.queries import Login, UserFilter, counts_by_department, users_found
from dispatch.routing.queries import count_rules_by_department
from dispatch.web.admin import words
from dispatch.web.admin.frame import (
    Filled,
    Tried,
    a_day,
    admin_page,
    asked,
    attempt,
    filled,
    maybe_id,
    require_fields,
    seen_in,
)
from dispatch.web.parts.forms import Form, Posted
from dispatch.web.parts.page import go

router = Router(include_in_schema=False)
Editor = Annotated[Person, Depends(require(Permission.DEPARTMENTS_EDIT))]
KINDS = [(kind.value, words.KINDS[kind.value]) for kind in DepartmentKind]


@router.get("/admin/departments")
def show_tree(session: Db, request: Request, _person: Editor, login: CurrentLogin) -> Response:
    """The tree, or what of it fits the search."""
    wanted = asked(request, "q", "kind", "lack")
    today = clock.now().astimezone(CITY_ZONE).date()
    people, rules = counts_by_department(session), count_rules_by_department(session, on=today)
    branches = [
        each
        for each in queries.tree(session)
        if _fits(each.department, wanted.given, people=people, rules=rules)
    ]
    return admin_page(
        request,
        session,
        login,
        "admin/departments.html",
        branches=branches,
        asked=wanted,
        people=people,
        rules=rules,
        endpoints=queries.endpoints(session),
        kinds=KINDS,
        districts=dict(areas_named(session, AreaKind.DISTRICT)),
    )


@router.get("/admin/departments/new")
def ask_new(session: Db, request: Request, _person: Editor, login: CurrentLogin) -> Response:
    """The empty form."""
    return _form(session, request, login, filled({"kind": DepartmentKind.BUREAU.value}))


@router.post("/admin/departments/new")
def add(
    session: Db, request: Request, person: Editor, login: CurrentLogin, posted: Form
) -> Response:
    """Add a unit."""

    def deed() -> Department:
        require_fields(posted, {"code": ("编码", "code"), "name": ("名称", "name")})
        today = clock.now().astimezone(CITY_ZONE).date()
        return commands.add_department(
            session,
            code=posted.get("code"),
            name=posted.get("name"),
            change=_change(posted),
            day=today,
            by=person,
        )

    tried = attempt(session, deed)
    if tried.done is None:
        return _form(session, request, login, tried.again(posted), status=tried.status)
    return go(f"/admin/departments/{tried.done.id}?said=added")


@router.get("/admin/departments/{department_id}")
def show_one(
    department_id: int, session: Db, request: Request, _person: Editor, login: CurrentLogin
) -> Response:
    """One unit."""
    row = _found(session, department_id)
    return _form(session, request, login, _as_filled(session, row), row=row)


@router.post("/admin/departments/{department_id}")
def save(
    department_id: int,
    session: Db,
    request: Request,
    person: Editor,
    login: CurrentLogin,
    posted: Form,
) -> Response:
    """Change a unit."""
    tried = attempt(
        session,
        lambda: commands.edit_department(
            session, department_id, _change(posted), by=person, seen=seen_in(posted)
        ),
    )
    if tried.done is None:
        row = _found(session, department_id)
        form = tried.again(posted)
        return _form(session, request, login, form, row=row, status=tried.status)
    return go(f"/admin/departments/{department_id}?said=saved")


@router.post("/admin/departments/{department_id}/name")
def rename(
    department_id: int,
    session: Db,
    request: Request,
    person: Editor,
    login: CurrentLogin,
    posted: Form,
) -> Response:
    """Give a unit another name from a day on."""

    def deed() -> Department:
        require_fields(posted, {"name": ("新名称", "new name")})
        return commands.rename(
            session,
            department_id,
            posted.get("name"),
            name_en=posted.get("name_en"),
            since=a_day(posted, "since"),
            today=clock.now().astimezone(CITY_ZONE).date(),
            by=person,
            seen=seen_in(posted),
        )

    tried = attempt(session, deed)
    said = "renamed"
    return _after(session, request, login, posted, department_id, tried, said=said, part="renaming")


@router.post("/admin/departments/{department_id}/close")
def close(
    department_id: int,
    session: Db,
    request: Request,
    person: Editor,
    login: CurrentLogin,
    posted: Form,
) -> Response:
    """Close a unit or merge it into another."""
    tried = attempt(
        session,
        lambda: commands.close(
            session,
            department_id,
            into_id=maybe_id(posted, "into"),
            day=clock.now().astimezone(CITY_ZONE).date(),
            by=person,
            seen=seen_in(posted),
        ),
    )
    said = "closed"
    return _after(session, request, login, posted, department_id, tried, said=said, part="closing")


@router.post("/admin/departments/{department_id}/reopen")
def reopen(
    department_id: int,
    session: Db,
    request: Request,
    person: Editor,
    login: CurrentLogin,
    posted: Form,
) -> Response:
    """Let a closed unit work again."""
    tried = attempt(session, lambda: commands.reopen(session, department_id, by=person))
    said = "opened"
    return _after(session, request, login, posted, department_id, tried, said=said, part="closing")


def _after(
    session: Session,
    request: Request,
    login: Login,
    posted: Posted,
    department_id: int,
    tried: Tried[Department],
    *,
    said: str,
    part: str,
) -> Response:
    """On to the unit's page; where the deed was refused, its own form says why."""
    if tried.done is not None:
        return go(f"/admin/departments/{department_id}?said={said}")
    row = _found(session, department_id)
    own = {part: tried.again(posted)}
    form = _as_filled(session, row)
    return _form(session, request, login, form, row=row, status=tried.status, **own)


def _found(session: Session, department_id: int) -> Department:
    row = session.get(Department, department_id)
    if row is None:
        raise NotFound("department_not_found", "没有这个部门", "There is no such department")
    return row


def _fits(row: Department, given: Any, *, people: dict[int, int], rules: dict[int, int]) -> bool:
    text = given["q"].lower()
    lacks = {"people": people, "rules": rules}.get(given["lack"])
    return (
        (
            not text
            or any(text in said.lower() for said in (row.name, row.name_en, row.code, row.duties))
        )
        and given["kind"] in ("", row.kind)
        and (lacks is None or (row.active and not lacks.get(row.id)))
    )


def _change(posted: Posted) -> DepartmentChange:
    kind = posted.get("kind")
    contacts = _rows(posted, "contact_name", "contact_post", "contact_phone")
    duties = _rows(posted, "duty", "duty_source")
    return DepartmentChange(
        kind=DepartmentKind(kind) if kind in set(DepartmentKind) else DepartmentKind.BUREAU,
        name_en=posted.get("name_en"),
        parent_id=maybe_id(posted, "parent"),
        district_code=posted.get("district") or None,
        duties=posted.get("duties")[:2000],
        phone=posted.get("phone")[:40] or None,
        contacts=[Contact(*(each[:60] for each in row)) for row in contacts],
        duty_lines=[Duty(duty[:500], source[:200]) for duty, source in duties if duty],
    )


def _rows(posted: Posted, *names: str) -> list[tuple[str, ...]]:
    """Fields that repeat side by side, without the rows in which nothing stands."""
    columns = [posted.lists.get(name, []) for name in names]
    rows = zip(*columns, strict=False)
    return [tuple(each.strip() for each in row) for row in rows if any(map(str.strip, row))]


def _as_filled(session: Session, row: Department) -> Filled:
    contacts = queries.contacts_of(session, row.id)
    duties = queries.duties_of(session, row.id)
    return filled(
        {
            "code": row.code,
            "name": row.name,
            "name_en": row.name_en,
            "kind": row.kind,
            "parent": row.parent_id,
            "district": row.district_code,
            "duties": row.duties,
            "phone": row.phone,
        },
        lists={
            "contact_name": [each.name for each in contacts],
            "contact_post": [each.post for each in contacts],
            "contact_phone": [each.phone for each in contacts],
            "duty": [each.duty for each in duties],
            "duty_source": [each.source or "" for each in duties],
        },
        seen=audit.version_of(session, commands.subject_of(row)),
    )


def _form(
    session: Session,
    request: Request,
    login: Login,
    form_filled: Filled,
    *,
    row: Department | None = None,
    status: int = 200,
    renaming: Filled | None = None,
    closing: Filled | None = None,
) -> Response:
    today = clock.now().astimezone(CITY_ZONE).date()
    seen = form_filled.seen
    units = [each for each in departments(session).values() if each.active]
    own = row.id if row else 0
    return admin_page(
        request,
        session,
        login,
        "admin/department.html",
        subject=commands.subject_of(row) if row else None,
        status=status,
        filled=form_filled,
        renaming=renaming or filled({"since": today}, seen=seen),
        closing=closing or filled({}, seen=seen),
        row=row,
        kinds=KINDS,
        parents=[(each.id, each.words) for each in units if each.id != own],
        unit_names={each.id: each.words for each in departments(session).values()},
        districts=areas_named(session, AreaKind.DISTRICT),
        names=queries.names_of(session, own) if row else (),
        today=today,
        endpoint=queries.endpoints(session).get(own),
        users=users_found(session, UserFilter(department_id=own), after="", limit=50)
        if row
        else (),
        open_cases=count_open_of(session, own) if row else 0,
        rules=count_rules_by_department(session, on=today).get(own, 0),
    )
