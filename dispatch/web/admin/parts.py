"""Parts: find one, see it on the map, put its owner and condition right."""

from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from dispatch.catalogue.reference import catalogue
from dispatch.departments.reference import departments
from dispatch.kit import audit
from dispatch.kit.errors import NotFound
from dispatch.kit.http import Db
from dispatch.kit.routes import Router
from dispatch.parts.commands import PartChange, edit_part
from dispatch.parts.queries import PartFilter, part_row, parts_found
from dispatch.people.http import CurrentLogin, require
from dispatch.people.permissions import Permission
from dispatch.people.policy import Person
from dispatch.people.queries import Login
from dispatch.web.admin import words
from dispatch.web.admin.frame import (
    PAGE,
    Filled,
    admin_page,
    asked,
    attempt,
    filled,
    listing,
    maybe_id,
    require_fields,
    seen_in,
)
from dispatch.web.parts.forms import Form
from dispatch.web.parts.page import go

router = Router(include_in_schema=False)
Editor = Annotated[Person, Depends(require(Permission.PARTS_EDIT))]


@router.get("/admin/parts")
def show_list(session: Db, request: Request, _person: Editor, login: CurrentLogin) -> Response:
    """The inventory by code."""
    wanted = asked(request, "q", "category", "condition", "owner", "place")
    category, owner = wanted["category"], wanted["owner"]
    rows = parts_found(
        session,
        PartFilter(
            code=wanted["q"],
            category_id=int(category) if category.isdigit() else None,
            condition=wanted["condition"],
            owner_id=int(owner) if owner.isdigit() else None,
            outside=wanted["place"] == "none",
        ),
        after=wanted.after(str) or "",
        limit=PAGE + 1,
    )
    known = [each for each in catalogue(session).by_id.values() if each.kind == "part"]
    return admin_page(
        request,
        session,
        login,
        "admin/parts.html",
        listing=listing(wanted, rows, key=lambda row: row.part.code),
        categories=[(each.id, each.words) for each in known if each.active],
        units=departments(session),
        conditions=words.CONDITIONS.items(),
    )


@router.get("/admin/parts/{code}")
def show_one(
    code: str, session: Db, request: Request, _person: Editor, login: CurrentLogin
) -> Response:
    """One part."""
    return _form(session, request, login, code)


@router.post("/admin/parts/{code}")
def save(
    code: str,
    session: Db,
    request: Request,
    person: Editor,
    login: CurrentLogin,
    posted: Form,
) -> Response:
    """Change a part."""

    def deed() -> object:
        require_fields(posted, {"name": ("名称", "name")})
        change = PartChange(
            name=posted.get("name")[:100],
            owner_id=maybe_id(posted, "owner_id"),
            maintainer_id=maybe_id(posted, "maintainer_id"),
            governing_id=maybe_id(posted, "governing_id"),
            condition=posted.get("condition"),
        )
        return edit_part(session, code, change, by=person, seen=seen_in(posted))

    tried = attempt(session, deed)
    if tried.error is not None:
        form = tried.again(posted)
        return _form(session, request, login, code, form, status=tried.status)
    return go(f"/admin/parts/{code}?said=saved")


def _form(
    session: Session,
    request: Request,
    login: Login,
    code: str,
    form_filled: Filled | None = None,
    *,
    status: int = 200,
) -> Response:
    row = part_row(session, code)
    if row is None:
        raise NotFound("no_such_part", f"没有部件 {code}", f"There is no part {code}")
    subject = f"part:{code}"
    fields = ("name", "owner_id", "maintainer_id", "governing_id", "condition")
    held = filled(
        {name: getattr(row.part, name) for name in fields},
        seen=audit.version_of(session, subject),
    )
    return admin_page(
        request,
        session,
        login,
        "admin/part.html",
        subject=subject,
        status=status,
        row=row,
        filled=form_filled or held,
        units=[(each.id, each.words) for each in departments(session).values() if each.active],
        conditions=words.CONDITIONS.items(),
    )
