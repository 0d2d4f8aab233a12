"""The door for people: log in, log out, change one's password."""

from typing import Annotated

from fastapi import Depends, Request, Response, status
from fastapi.responses import JSONResponse

from dispatch.kit import clock
from dispatch.kit.address import client_address
from dispatch.kit.http import Db, problem
from dispatch.kit.routes import Router
from dispatch.people import commands
from dispatch.people.http import (
    CurrentLogin,
    drop_session_cookie,
    require,
    set_session_cookie,
)
from dispatch.people.permissions import Permission
from dispatch.people.policy import Person
from dispatch.people.schemas import LoginBody, PasswordBody, SessionOut, person_out

router = Router(prefix="/api/v1", tags=["people"])
Anybody = Annotated[Person, Depends(require(Permission.OWN_ACCOUNT))]


@router.post(
    "/session",
    response_model=SessionOut,
    summary="登录 / Log in",
)
def log_in(
    body: LoginBody, request: Request, response: Response, session: Db
) -> SessionOut | JSONResponse:
    opened = commands.log_in(
        session,
        username=body.username,
        password=body.password,
        address=client_address(request.scope),
        agent=request.headers.get("user-agent"),
        at=clock.now(),
    )
    if opened is None:  # answered, not raised: the audit line of the failure must be committed
        return problem(
            status.HTTP_401_UNAUTHORIZED,
            "wrong_credentials",
            "用户名或密码不正确 / Wrong name or password",
        )
    set_session_cookie(response, opened)
    return SessionOut(
        token=opened.secret,
        csrf_token=opened.login.csrf_token,
        expires_at=opened.login.expires_at,
        person=person_out(opened.login.person),
    )


@router.delete("/session", status_code=status.HTTP_204_NO_CONTENT, summary="退出登录 / Log out")
def log_out(
    _person: Anybody, login: CurrentLogin, request: Request, response: Response, session: Db
) -> None:
    commands.log_out(session, login, address=client_address(request.scope))
    drop_session_cookie(response)


@router.put(
    "/me/password",
    status_code=status.HTTP_204_NO_CONTENT,
    summary="修改密码 / Change one's password",
)
def change_password(
    body: PasswordBody, _person: Anybody, login: CurrentLogin, response: Response, session: Db
) -> None:
    commands.change_own_password(session, login, current=body.current, new=body.new)
    drop_session_cookie(response)
