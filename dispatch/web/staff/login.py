"""Logging in and out by a form."""

from typing import Annotated, Final

from fastapi import Depends, Query, Request
from fastapi.responses import Response

from dispatch.kit import clock
from dispatch.kit.address import client_address
from dispatch.kit.errors import TooMany
from dispatch.kit.http import Db
from dispatch.kit.routes import Router
from dispatch.people import commands
from dispatch.people.http import (
    CurrentLogin,
    MaybeLogin,
    drop_session_cookie,
    require,
    set_session_cookie,
)
from dispatch.people.permissions import Permission
from dispatch.people.policy import Person
from dispatch.web.parts.forms import TOKEN_FIELD, Form, FormToken, Token, is_ours
from dispatch.web.parts.page import go, local_address, show
from dispatch.web.parts.rail import home_of

router = Router(include_in_schema=False)

Pair = tuple[str, str]
WRONG: Final = ("用户名或密码不正确", "Wrong name or password")
STALE: Final = (
    "页面已过期或浏览器没有保存 Cookie,请再登录一次",
    "The page has expired or the browser keeps no cookies: log in once more",
)


def _form(
    request: Request,
    token: FormToken,
    *,
    username: str = "",
    back: str = "",
    problem: Pair | None = None,
    status: int = 200,
) -> Response:
    page = show(
        request,
        "staff/login.html",
        status=status,
        headers={"Cache-Control": "no-store"},
        username=username,
        back=back,
        problem=problem,
        token_field=TOKEN_FIELD,
        token=token.value,
    )
    return token.give(page)


@router.get("/login")
def ask(
    request: Request,
    token: Token,
    login: MaybeLogin,
    back: Annotated[str, Query(alias="next", max_length=2000)] = "",
) -> Response:
    """The form; whoever is logged in already goes on."""
    if login is not None:
        return go(local_address(back, otherwise=home_of(login.person)))
    return _form(request, token, back=back)


@router.post("/login")
def log_in(session: Db, request: Request, posted: Form, token: Token) -> Response:
    """Open a session and land on the queue of one's post, or where one was going."""
    username, back = posted.get("username"), posted.get("next")
    if not is_ours(posted, token):
        return _form(request, token, username=username, back=back, problem=STALE, status=403)
    try:
        opened = commands.log_in(
            session,
            username=username,
            password=posted.fields.get("password", ""),
            address=client_address(request.scope),
            agent=request.headers.get("user-agent"),
            at=clock.now(),
        )
    except TooMany as error:
        problem = (error.zh, error.en)
        return _form(request, token, username=username, back=back, problem=problem, status=429)
    if opened is None:
        return _form(request, token, username=username, back=back, problem=WRONG, status=401)
    home = home_of(opened.login.person)
    response = go(local_address(back, otherwise=home))
    set_session_cookie(response, opened)
    return response


@router.post("/logout")
def log_out(
    session: Db,
    request: Request,
    _person: Annotated[Person, Depends(require(Permission.OWN_ACCOUNT))],
    login: CurrentLogin,
) -> Response:
    """End the session."""
    commands.log_out(session, login, address=client_address(request.scope))
    response = go("/")
    drop_session_cookie(response)
    return response
