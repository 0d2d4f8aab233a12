"""A city with its real processes, and people who sit in front of browsers."""

import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import delete
from sqlalchemy.orm import Session

from dispatch.intake.model import DuplicateRule
from dispatch.kit import db, reference
from tests.browser.chromium import SIZES, chromium
from tests.chaos.stack import Stack
from tests.factories.city import City, add_city
from tests.factories.people import PASSWORD
from tests.factories.pristine import Pristine
from tests.factories.servers import RedisServer, own_database, using_database

Sit = Callable[..., Page]
#: On a busy machine a page takes longer than the five seconds that Playwright waits by itself.
expect.set_options(timeout=20_000)


@pytest.fixture(scope="session")
def _pristine() -> Iterator[tuple[City, Pristine]]:
    """The small city, committed, where no two reports are taken for one."""
    with own_database("browser") as url, using_database(url):
        with db.open_session() as session:
            made = add_city(session)
            session.execute(delete(DuplicateRule))
        yield made, Pristine(url)


@pytest.fixture(scope="module")
def city(_pristine: tuple[City, Pristine]) -> City:
    """The city as every file of tests finds it, whatever the one before did in it."""
    made, pristine = _pristine
    pristine.restore()
    reference.forget_all()
    return made


@pytest.fixture
def session(city: City) -> Iterator[Session]:
    with Session(db.engine(), expire_on_commit=False) as made:
        yield made


@pytest.fixture(scope="session")
def stack(_pristine: tuple[City, Pristine]) -> Iterator[Stack]:
    """Web, relay and worker; without TLS on this machine."""
    redis = RedisServer()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DISPATCH_COOKIE_SECURE", "false")
        url = db.engine().url.render_as_string(hide_password=False)
        made = Stack(database_url=url, redis=redis)
    made.start("web", "relay", "worker")
    made.wait_for_web()
    yield made
    made.close()
    redis.close()


@pytest.fixture(scope="module")
def _seen(city: City, stack: Stack) -> None:
    """Every process has looked at the reference data since this file's tests made them."""
    time.sleep(reference.CHECK_SECONDS)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture
def sit(stack: Stack, city: City, browser: Browser, _seen: None) -> Iterator[Sit]:
    """Sit down: a page of somebody's own; with a post, logged in. What a page complains of fails the test."""
    opened: list[BrowserContext] = []
    complaints: list[str] = []

    def make(
        post: str = "", *, language: str = "zh-CN", size: str = "desk", **more: object
    ) -> Page:
        width, height = SIZES[size]
        context = browser.new_context(
            base_url=stack.base_url,
            viewport={"width": width, "height": height},
            locale=language,
            **more,  # type: ignore[arg-type]
        )
        opened.append(context)
        context.set_default_timeout(20_000)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda said: complaints.append(said.text) if "Content Security" in said.text else None,
        )
        if post:
            page.goto("/login")
            page.fill("#username", city.users[post].username)
            page.fill("#password", PASSWORD)
            page.press("#password", "Enter")
            page.wait_for_url(lambda address: "/login" not in address)
        return page

    yield make
    for context in opened:
        context.close()
    assert complaints == []
