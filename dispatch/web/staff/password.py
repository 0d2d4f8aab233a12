"""Choosing a password of one's own: whenever one likes, and before anything else after a reset."""

from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.responses import Response

from dispatch.kit.errors import InvalidInput, invalid
from dispatch.kit.http import Db, status_of
from dispatch.kit.routes import Router
from dispatch.people import commands
from dispatch.people.http import CurrentLogin, drop_session_cookie, require
from dispatch.people.permissions import Permission
from dispatch.people.policy import Person
from dispatch.people.queries import Login
from dispatch.web.parts.forms import Form
from dispatch.web.parts.page import go, show

router = Router(include_in_schema=False)
Anybody = Annotated[Person, Depends(require(Permission.OWN_ACCOUNT))]
Pair = tuple[str, str]
UNEQUAL: Final = ("两次填写的新密码不一样", "The new password was not typed alike twice")


def _form(
    request: Request, login: Login, problems: dict[str, Pair] | None = None, *, status: int = 200
) -> Response:
    return show(
        request,
        "staff/password.html",
        login=login,
        status=status,
        must=login.must_change_password,
        problems=problems or {},
    )


@router.get("/password")
def ask(request: Request, _person: Anybody, login: CurrentLogin) -> Response:
    """The form."""
    return _form(request, login)


@router.post("/password")
def change(
    session: Db, request: Request, _person: Anybody, login: CurrentLogin, posted: Form
) -> Response:
    """Change it; every session ends, and one logs in with the new one."""
    new = posted.fields.get("password", "")
    try:
        with session.begin_nested():
            if new != posted.fields.get("again", ""):
                raise invalid("again", *UNEQUAL)
            commands.change_own_password(
                session, login, current=posted.fields.get("current", ""), new=new
            )
    except InvalidInput as error:
        problems = {each.name: (each.zh, each.en) for each in error.fields}
        return _form(request, login, problems, status=status_of(error))
    response = go("/login")
    drop_session_cookie(response)
    return response
