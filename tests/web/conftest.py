"""The small city, and browsers that ask for pages: nobody's, or somebody's with a post."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy.orm import Session

from dispatch.people.http import cookie_name
from tests.factories.city import City, add_city
from tests.factories.people import open_login, whole_app

As = Callable[[str], TestClient]


def field(page: str, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, f"no field {name}"
    return found[1]


@pytest.fixture
def city(session: Session) -> City:
    return add_city(session)


@pytest.fixture
def app(session: Session) -> FastAPI:
    return whole_app(session)


def _browser(app: FastAPI) -> TestClient:
    client = TestClient(app, base_url="https://testserver", follow_redirects=False)
    client.headers.update({"Accept": "text/html", "Accept-Language": "zh-CN"})
    return client


@pytest.fixture
def visitor(app: FastAPI, city: City) -> TestClient:
    """A browser of somebody who is not logged in."""
    return _browser(app)


@pytest.fixture
def as_(session: Session, app: FastAPI, city: City) -> As:
    """A browser of the person at this post."""

    def make(post: str) -> TestClient:
        client = _browser(app)
        client.cookies.set(cookie_name(), open_login(session, city.users[post]).secret)
        return client

    return make


def put_in_effect(client: TestClient, page: str, given: dict[str, Any]) -> Response:
    """Try what a form says, as nothing takes effect untried, and then let it take effect."""
    tried = client.post(page, data={**given, "do": "preview"})
    if tried.status_code != 200:
        return tried
    return client.post(page, data={**given, "do": "save", "tried": field(tried.text, "tried")})
