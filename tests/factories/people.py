"""People for tests: users with a post, and log-ins of theirs."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from itertools import count

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from dispatch.departments.model import Department, DepartmentKind
from dispatch.kit import aside, clock, config, http
from dispatch.main import build_app
from dispatch.people import commands, passwords
from dispatch.people.commands import Opened
from dispatch.people.model import Role, User
from dispatch.people.policy import Person
from dispatch.people.queries import person_of

PASSWORD = "correct horse 电池"
_HASH = passwords.hash_password(PASSWORD)
_serial = count(1)


def add_department(session: Session, code: str = "", *, name: str = "市政维护处") -> Department:
    """A unit, flushed."""
    made = Department(
        code=code or f"unit-{next(_serial)}", name=name, kind=DepartmentKind.BUREAU, synthetic=True
    )
    session.add(made)
    session.flush()
    return made


def add_user(
    session: Session,
    *roles: Role,
    username: str = "",
    department_id: int | None = None,
    district_code: str | None = None,
    working_grids: Iterable[str] = (),
    active: bool = True,
) -> User:
    """A user who logs in with `PASSWORD`, flushed."""
    made = User(
        username=username or f"user{next(_serial)}",
        display_name="试用人员",
        password_hash=_HASH,
        roles=[role.value for role in roles or (Role.AGENT,)],
        department_id=department_id,
        district_code=district_code,
        working_grids=list(working_grids),
        language="zh",
        active=active,
        synthetic=True,
    )
    session.add(made)
    session.flush()
    return made


def add_person(session: Session, *roles: Role, department_id: int | None = None) -> Person:
    """The same, as the one who acts."""
    return person_of(add_user(session, *roles, department_id=department_id))


def open_login(session: Session, user: User) -> Opened:
    """A session of this user, begun now."""
    return commands.open_for(session, user, address="192.0.2.1", agent="tests", at=clock.now())


def whole_app(session: Session) -> FastAPI:
    """The whole application, whose requests run in the test's own transaction."""
    return lend(_app(), session)


@cache
def _app() -> FastAPI:
    """Built once for all tests of this process, for it takes a second; without limits of rate."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DISPATCH_RATE_LIMITS", '{"report": 100000, "follow": 100000}')
        config.settings.cache_clear()
        made = build_app()
        made.middleware_stack = made.build_middleware_stack()
    config.settings.cache_clear()
    return made


def lend(app: FastAPI, session: Session) -> FastAPI:
    """The same application, whose requests now run in this session."""
    app.dependency_overrides[http._session] = lambda: session
    app.dependency_overrides[aside.sessions] = lambda: lambda: _within(session)
    return app


@contextmanager
def _within(session: Session) -> Iterator[Session]:
    """What would be a transaction of its own is a savepoint of the test's."""
    with session.begin_nested():
        yield session


def client_as(session: Session, user: User, *, app: FastAPI | None = None) -> TestClient:
    """A client of the whole application that carries a bearer token of this user."""
    client = TestClient(app or whole_app(session), base_url="https://testserver")
    client.headers["Authorization"] = f"Bearer {open_login(session, user).secret}"
    return client
