"""Who is asking: the dependencies by which routes name the person they serve and the right they need."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated

from fastapi import Depends, Request, Response

from dispatch.kit import clock
from dispatch.kit.config import settings
from dispatch.kit.errors import NotAllowed, NotLoggedIn
from dispatch.kit.http import Db, asked_of
from dispatch.people import queries
from dispatch.people.commands import Opened
from dispatch.people.model import Role
from dispatch.people.permissions import BEFORE_NEW_PASSWORD, Permission, roles_for
from dispatch.people.policy import Person
from dispatch.people.queries import Login

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
CSRF_HEADER = "x-csrf-token"
CSRF_FIELD = "csrf_token"
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def cookie_name() -> str:
    """The session cookie; with TLS its prefix ties it to this host and path."""
    return "__Host-dispatch_session" if settings().cookie_secure else "dispatch_session"


def set_session_cookie(response: Response, opened: Opened) -> None:
    """Give the browser the session just opened."""
    response.set_cookie(
        cookie_name(),
        opened.secret,
        expires=opened.login.expires_at,
        path="/",
        secure=settings().cookie_secure,
        httponly=True,
        samesite="lax",
    )


def drop_session_cookie(response: Response) -> None:
    """Have the browser forget the session."""
    response.delete_cookie(
        cookie_name(), path="/", secure=settings().cookie_secure, httponly=True, samesite="lax"
    )


@dataclass(frozen=True)
class Credentials:
    """What a request shows: a secret, and where a cookie carries it, the token against forgery."""

    secret: str
    by_cookie: bool
    csrf_token: str


async def _csrf_token(request: Request) -> str:
    if header := request.headers.get(CSRF_HEADER):
        return header
    if not request.headers.get("content-type", "").startswith(FORMS):
        return ""
    given = (await request.form()).get(CSRF_FIELD)
    return given if isinstance(given, str) else ""


async def credentials(request: Request) -> Credentials | None:
    """The secret in the `Authorization: Bearer` header or in the cookie, if there is one."""
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and bearer:
        return Credentials(bearer.strip(), by_cookie=False, csrf_token="")
    secret = request.cookies.get(cookie_name())
    if not secret:
        return None
    unsafe = request.method not in SAFE_METHODS
    return Credentials(
        secret, by_cookie=True, csrf_token=await _csrf_token(request) if unsafe else ""
    )


Shown = Annotated[Credentials | None, Depends(credentials)]


def _known(shown: Shown, session: Db) -> Login | None:
    if shown is None:
        return None
    return queries.login_by_secret(session, shown.secret, at=clock.now())


Known = Annotated[Login | None, Depends(_known)]


def _is_forged(request: Request, shown: Credentials, login: Login) -> bool:
    if not shown.by_cookie or request.method in SAFE_METHODS:
        return False
    return not secrets.compare_digest(shown.csrf_token.encode(), login.csrf_token.encode())


async def maybe_login(request: Request, shown: Shown, login: Known) -> Login | None:
    """The log-in behind the request; a cookie without its token counts as nobody."""
    if shown is None or login is None or _is_forged(request, shown, login):
        return None
    return login


def _required(shown: Credentials | None) -> Credentials:
    if shown is None:
        raise NotLoggedIn("not_logged_in", "请先登录", "Log in first")
    return shown


def _checked(request: Request, shown: Credentials, login: Login | None) -> Login:
    if login is None:
        raise NotLoggedIn(
            "session_ended", "登录已失效,请重新登录", "The session has ended; log in again"
        )
    if _is_forged(request, shown, login):
        raise NotAllowed(
            "csrf_failed",
            "页面已过期,请刷新后重试",
            "The page has expired: reload it, or send the session's X-CSRF-Token header",
        )
    return login


async def current_login(request: Request, shown: Shown, login: Known) -> Login:
    """The log-in behind the request, or a refusal that says what is missing."""
    return _checked(request, _required(shown), login)


#: The log-in with its token for forms, for pages. Nobody: None / 401.
MaybeLogin = Annotated[Login | None, Depends(maybe_login)]
CurrentLogin = Annotated[Login, Depends(current_login)]


async def _maybe_person(login: MaybeLogin) -> Person | None:
    return login.person if login else None


#: For public addresses that answer more to people who are logged in.
MaybePerson = Annotated[Person | None, Depends(_maybe_person)]


class Requirement:
    """A dependency that admits the holders of a permission or a role, and names what it needs."""

    def __init__(self, *needs: Permission | Role) -> None:
        self.needs = needs
        self.roles = roles_for(*needs)

    async def __call__(self, login: CurrentLogin) -> Person:
        return self.admit(login)

    @cached_property
    def later(self) -> "AskedLater":
        """The same for a handler that looks the log-in up in its own call, see `kit.routes`."""
        return AskedLater(self)

    def admit(self, login: Login) -> Person:
        """The person, or a refusal that says what is missing."""
        if login.person.roles.isdisjoint(self.roles):
            raise NotAllowed(
                "missing_permission",
                "您的岗位没有此项权限,请联系管理员",
                "Your post does not have this right; ask an administrator",
                extra={"needs": [need.value for need in self.needs]},
            )
        if login.must_change_password and BEFORE_NEW_PASSWORD.isdisjoint(self.needs):
            raise NotAllowed(
                "password_change_needed",
                "请先修改初始密码",
                "Choose a password of your own first",
            )
        return login.person


class AskedLater:
    """A requirement as a question. Whoever shows nothing at all is refused at once."""

    def __init__(self, requirement: Requirement) -> None:
        self.requirement = requirement

    async def __call__(self, request: Request, shown: Shown, session: Db) -> Callable[[], Person]:
        shows = _required(shown)

        def ask() -> Person:
            asked.clear()
            return self.requirement.admit(_checked(request, shows, _known(shows, session)))

        asked = asked_of(request)
        asked.append((session, ask))
        return ask


def require(*needs: Permission | Role) -> Requirement:
    """Admit who holds one of these permissions or roles; nobody when none is named."""
    return Requirement(*needs)


#: Anybody who is logged in; 401 otherwise. A right is better named with `require(...)`.
CurrentPerson = Annotated[Person, Depends(require(Permission.SIGNED_IN))]
