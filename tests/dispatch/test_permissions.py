"""The matrix of rights: documented, declared by every route, and kept by every route."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from dispatch.kit import http
from dispatch.main import build_app
from dispatch.people import matrix
from dispatch.people.model import Role
from dispatch.people.permissions import GRANTS, PUBLIC, Permission, roles_for
from tests.factories.people import add_department, add_user, open_login

PAGE = Path(__file__).resolve().parents[2] / "docs" / "permissions.md"
#: Its answer never ends; `test_live.py` holds it to the same rule.
ENDLESS = {"/api/v1/live"}
REFUSED = {"not_logged_in", "session_ended", "missing_permission", "csrf_failed"}


@dataclass(frozen=True)
class Documented:
    """A row of the page: the address and who may call it."""

    method: str
    path: str
    is_public: bool
    roles: frozenset[Role]


def _documented() -> Iterator[Documented]:
    for line in PAGE.read_text().splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if len(cells) < 4 or not cells[1].startswith("`"):
            continue
        marks = zip(matrix.ROLE_NAMES, cells[3:], strict=True)
        yield Documented(
            cells[0],
            cells[1].strip("`"),
            cells[2].startswith("公开"),
            frozenset(role for role, mark in marks if mark == "✓"),
        )


@pytest.fixture(scope="module")
def app() -> FastAPI:
    """The whole application."""
    return build_app()


def test_page_is_what_the_routes_declare(app: FastAPI) -> None:
    assert PAGE.read_text() == matrix.page(app), "run: python -m tests.dispatch.test_permissions"


def test_every_route_declares_its_right_or_is_listed_as_public(app: FastAPI) -> None:
    silent = [(row.method, row.path) for row in matrix.rows(app) if row.needs is None]
    assert silent == []


def test_no_address_asks_for_a_right_and_is_listed_as_public(app: FastAPI) -> None:
    both = [
        (row.method, row.path)
        for row in matrix.rows(app)
        if row.is_public and not (row.needs or "").startswith("公开")
    ]
    assert both == []


def test_whatever_is_listed_as_public_exists(app: FastAPI) -> None:
    assert set(PUBLIC) - {(row.method, row.path) for row in matrix.rows(app)} == set()


def test_what_is_no_api_route_is_known(app: FastAPI) -> None:
    others = {
        route.path
        for route in iter_route_contexts(app.routes)
        if not hasattr(route.original_route, "dependant")
    }
    assert others <= {"/openapi.json", "/static"}


def test_every_permission_is_granted_to_somebody() -> None:
    assert set(GRANTS) == set(Permission)
    assert all(GRANTS.values())


def test_nobody_is_admitted_where_nothing_is_named() -> None:
    assert roles_for() == frozenset()
    assert roles_for(Role.ADMIN, Permission.INBOX_READ) == {
        Role.ADMIN,
        Role.MANAGER,
        Role.HANDLER,
    }


def _refusal(client: TestClient, row: Documented, headers: dict[str, str]) -> str | None:
    path = re.sub(r"\{[^}]*\}", "1", row.path)
    answer = client.request(row.method, path, headers=headers, follow_redirects=False)
    assert answer.status_code != 500, (path, answer.text)
    if answer.status_code == 303 and "/login" in answer.headers["location"]:
        return "not_logged_in"
    if answer.headers.get("content-type") != "application/problem+json":
        return None
    code = answer.json()["code"]
    return code if code in REFUSED else None


@pytest.fixture
def client(app: FastAPI, session: Session) -> Iterator[TestClient]:
    """A client of the whole application in this test's transaction."""
    app.dependency_overrides[http._session] = lambda: session
    yield TestClient(app, base_url="https://testserver", raise_server_exceptions=False)
    app.dependency_overrides.clear()


@pytest.mark.parametrize("role", [None, *Role])
def test_every_address_admits_whom_the_page_says_and_nobody_else(
    session: Session, client: TestClient, role: Role | None
) -> None:
    unit = add_department(session)
    user = add_user(session, role, department_id=unit.id) if role else None
    wrong: list[tuple[str, str, str | None]] = []
    for row in _documented():
        allowed = row.is_public or role in row.roles
        if allowed and row.path in ENDLESS:
            continue
        with session.begin_nested() as savepoint:
            token = open_login(session, user).secret if user else ""
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            refusal = _refusal(client, row, headers)
            if savepoint.is_active:
                savepoint.rollback()
        expected = None if allowed else "missing_permission" if role else "not_logged_in"
        if refusal != expected:
            wrong.append((row.method, row.path, refusal))
    assert wrong == []


if __name__ == "__main__":
    PAGE.write_text(matrix.page(build_app()))
