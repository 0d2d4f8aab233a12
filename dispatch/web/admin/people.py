"""People and roles: who may log in, as what, for which unit and which working grids."""

from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from dispatch.departments.reference import departments
from dispatch.jurisdiction.model import AreaKind
from dispatch.jurisdiction.queries import areas_named
from dispatch.kit import audit, clock
from dispatch.kit.errors import NotFound
from dispatch.kit.http import Db
from dispatch.kit.routes import Router
from dispatch.people import commands, queries
from dispatch.people.commands import UserChange
from dispatch.people.http import CurrentLogin, require
from dispatch.people.model import Role, User
from dispatch.people.permissions import Permission
from dispatch.people.policy import Person
from dispatch.people.queries import Login, UserFilter
from dispatch.web.admin.frame import (
    PAGE,
    Filled,
    a_number,
    admin_page,
    asked,
    attempt,
    filled,
    listing,
    maybe_id,
    require_fields,
    seen_in,
)
from dispatch.web.parts.forms import Form, Posted
from dispatch.web.parts.labels import ROLES
from dispatch.web.parts.page import go

router = Router(include_in_schema=False)
Manager = Annotated[Person, Depends(require(Permission.PEOPLE_MANAGE))]
#: The roles as the form offers them.
OFFERED = [(role.value, ROLES[role.value]) for role in Role]


@router.get("/admin/people")
def show_list(session: Db, request: Request, _person: Manager, login: CurrentLogin) -> Response:
    """Everybody, by user name."""
    wanted = asked(request, "q", "role", "department", "state")
    role = wanted["role"]
    rows = queries.users_found(
        session,
        UserFilter(
            text=wanted["q"],
            role=Role(role) if role in set(Role) else None,
            department_id=int(wanted["department"]) if wanted["department"].isdigit() else None,
            active={"on": True, "off": False}.get(wanted["state"]),
        ),
        after=wanted.after(str) or "",
        limit=PAGE + 1,
    )
    return admin_page(
        request,
        session,
        login,
        "admin/people.html",
        listing=listing(wanted, rows, key=lambda user: user.username),
        units=departments(session),
        roles=OFFERED,
    )


@router.get("/admin/people/new")
def ask_new(session: Db, request: Request, _person: Manager, login: CurrentLogin) -> Response:
    """The empty form."""
    return _form(session, request, login, filled({}))


@router.post("/admin/people/new")
def add(
    session: Db, request: Request, person: Manager, login: CurrentLogin, posted: Form
) -> Response:
    """Add somebody; their first password is shown once and has to be changed."""

    def deed() -> tuple[User, str]:
        require_fields(
            posted, {"username": ("用户名", "user name"), "display_name": ("姓名", "name")}
        )
        commands.check_username(posted.get("username"))
        change = _change(posted)
        commands.check_details(change.display_name, change.phone)
        user = commands.add_user(
            session,
            username=posted.get("username"),
            display_name=change.display_name,
            roles=change.roles,
            phone=change.phone,
            department_id=change.department_id,
            district_code=change.district_code,
            working_grids=change.grids or (),
            by=person,
            at=clock.now(),
        )
        return user, commands.reset_password(session, user, by=person)

    tried = attempt(session, deed)
    if tried.done is None:
        return _form(session, request, login, tried.again(posted), status=tried.status)
    user, password = tried.done
    return _once(request, session, login, user, password=password, is_new=True)


@router.get("/admin/people/{user_id}")
def show_one(
    user_id: int, session: Db, request: Request, _person: Manager, login: CurrentLogin
) -> Response:
    """One person: the form, their log-ins, and what was changed."""
    user = _found(session, user_id)
    return _form(session, request, login, _as_filled(session, user), user=user)


@router.post("/admin/people/{user_id}")
def save(
    user_id: int,
    session: Db,
    request: Request,
    person: Manager,
    login: CurrentLogin,
    posted: Form,
) -> Response:
    """Change somebody."""

    def deed() -> User:
        require_fields(posted, {"display_name": ("姓名", "name")})
        return commands.edit_user(
            session, user_id, _change(posted), by=person, at=clock.now(), seen=seen_in(posted)
        )

    tried = attempt(session, deed)
    if tried.done is None:
        user = _found(session, user_id)
        form = tried.again(posted)
        return _form(session, request, login, form, user=user, status=tried.status)
    return go(f"/admin/people/{user_id}?said=saved")


@router.post("/admin/people/{user_id}/active")
def set_active(
    user_id: int,
    session: Db,
    request: Request,
    person: Manager,
    login: CurrentLogin,
    posted: Form,
) -> Response:
    """Lock somebody out, or let them in again."""
    on = posted.get("on") == "yes"

    def deed() -> User:
        user = commands.locked_user(session, user_id)
        (commands.activate if on else commands.deactivate)(session, user, by=person)
        return user

    tried = attempt(session, deed)
    if tried.done is None:
        user = _found(session, user_id)
        problems = tried.again(posted).problems
        form = _as_filled(session, user, problems=problems)
        return _form(session, request, login, form, user=user, status=tried.status)
    return go(f"/admin/people/{user_id}?said={'opened' if on else 'closed'}")


@router.post("/admin/people/{user_id}/password")
def reset_password(
    user_id: int, session: Db, request: Request, person: Manager, login: CurrentLogin
) -> Response:
    """A new password for somebody, shown this once."""
    user = commands.locked_user(session, user_id)
    password = commands.reset_password(session, user, by=person)
    return _once(request, session, login, user, password=password)


@router.post("/admin/people/{user_id}/tokens")
def give_token(
    user_id: int,
    session: Db,
    request: Request,
    person: Manager,
    login: CurrentLogin,
    posted: Form,
) -> Response:
    """A bearer token for a program, shown this once."""
    user = commands.locked_user(session, user_id)

    def deed() -> str:
        days = int(a_number(posted, "days", least=1, most=366))
        return commands.give_token(
            session, user, label=posted.get("label"), days=days, by=person, at=clock.now()
        ).secret

    tried = attempt(session, deed)
    if tried.done is None:
        form = _as_filled(session, user, problems=tried.again(posted).problems)
        return _form(session, request, login, form, user=user, status=tried.status)
    return _once(request, session, login, user, token=tried.done)


@router.post("/admin/people/{user_id}/sessions/end")
def end_sessions(
    user_id: int, session: Db, _request: Request, person: Manager, posted: Form
) -> Response:
    """End one session or token of somebody's, or all of them."""
    user = commands.locked_user(session, user_id)
    if handle := posted.get("handle"):
        commands.end_session(session, user, handle, by=person)
    else:
        commands.end_sessions(session, user, by=person)
    return go(f"/admin/people/{user_id}?said=ended")


def _found(session: Session, user_id: int) -> User:
    user = session.get(User, user_id)
    if user is None:
        raise NotFound("no_such_user", "没有这个用户", "There is no such user")
    return user


def _change(posted: Posted) -> UserChange:
    given = posted.lists.get("roles", [])
    grids = posted.get("working_grids").replace("，", ",").replace("\n", ",").split(",")
    return UserChange(
        display_name=posted.get("display_name"),
        roles=frozenset(Role(each) for each in given if each in set(Role)),
        phone=posted.get("phone") or None,
        department_id=maybe_id(posted, "department"),
        district_code=posted.get("district") or None,
        grids=frozenset(each.strip() for each in grids if each.strip()),
    )


def _as_filled(session: Session, user: User, *, problems: dict[str, Any] | Any = None) -> Filled:
    values = {
        "username": user.username,
        "display_name": user.display_name,
        "phone": user.phone,
        "department": user.department_id,
        "district": user.district_code,
        "working_grids": ", ".join(user.working_grids),
    }
    seen = audit.version_of(session, commands.subject_of(user))
    return Filled(filled(values).values, {"roles": user.roles}, problems=problems or {}, seen=seen)


def _form(
    session: Session,
    request: Request,
    login: Login,
    form_filled: Filled,
    *,
    user: User | None = None,
    status: int = 200,
) -> Response:
    at = clock.now()
    return admin_page(
        request,
        session,
        login,
        "admin/person.html",
        subject=commands.subject_of(user) if user else None,
        status=status,
        filled=form_filled,
        user=user,
        roles=OFFERED,
        units=[(each.id, each.words) for each in departments(session).values() if each.active],
        districts=areas_named(session, AreaKind.DISTRICT),
        sessions=queries.sessions_of(session, user.id, at=at) if user else (),
        assignments=queries.assignments(session, user_id=user.id) if user else (),
    )


def _once(request: Request, session: Session, login: Login, user: User, **shown: Any) -> Response:
    """The page with a secret that is told this once."""
    context = {"password": "", "token": "", "is_new": False, **shown}
    return admin_page(request, session, login, "admin/once.html", user=user, **context)
