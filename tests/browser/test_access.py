"""Every page in both sizes and both themes: nothing serious to find for axe, nothing wider than the screen."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.cases.model import Case
from dispatch.cases.states import Stage
from dispatch.intake.model import Camera
from dispatch.intake.tokens import report_token
from dispatch.kit import clock
from tests.browser.axe import faults
from tests.browser.conftest import Sit
from tests.browser.pages import ADMIN, admin_pages
from tests.factories.cameras import add_cameras
from tests.factories.cases import add_case
from tests.factories.city import City, spot
from tests.factories.facilities import add_facility

pytestmark = pytest.mark.browser

PUBLIC = (
    "/",
    "/report",
    "/track",
    "/track?number=1",
    "/nearby",
    "/map",
    "/data",
    "/bulletins",
    "/login",
    "/not-there",
)
POSTS = ("agent", "shift_leader", "dispatcher", "manager", "handler", "inspector", "supervisor")


@pytest.fixture
def cases(session: Session, city: City) -> dict[Stage, Case]:
    """A case at every stage that has a page of its own kind, and a toilet."""
    wanted = (Stage.REPORTED, Stage.ACCEPTED, Stage.FILED, Stage.DISPATCHED, Stage.HANDLED)
    early = clock.now() - timedelta(hours=30)
    made = {stage: add_case(session, city, stage, at=early) for stage in wanted}
    made[Stage.CLOSED] = add_case(session, city, Stage.CLOSED, at=clock.now())
    if not session.info.get("toilet"):
        longitude, latitude = spot()
        code = f"T-{made[Stage.CLOSED].id}"
        add_facility(session, code, lon=longitude, lat=latitude)
    session.commit()
    return made


def _faults(page: Page, path: str) -> list[str]:
    page.goto(path)
    return faults(page, path)


@pytest.mark.parametrize(("size", "theme"), [("desk", "dark"), ("phone", "light")])
def test_the_citizen_s_pages(sit: Sit, cases: dict[Stage, Case], size: str, theme: str) -> None:
    page = sit(size=size)
    page.goto(f"/theme/{theme}")
    longitude, latitude = spot()
    tracks = [
        f"{path}/{case.public_id}?token={report_token(case.public_id)}"
        for case in (cases[Stage.DISPATCHED], cases[Stage.CLOSED])
        for path in ("/track", "/report/done")
    ]
    near = f"/nearby?longitude={longitude}&latitude={latitude}"
    found = [fault for path in (*PUBLIC, *tracks, near) for fault in _faults(page, path)]
    assert found == []


@pytest.mark.parametrize(("size", "theme"), [("desk", "dark"), ("phone", "light")])
def test_the_staff_s_pages(sit: Sit, cases: dict[Stage, Case], size: str, theme: str) -> None:
    found = []
    for post in POSTS:
        page = sit(post, size=size)
        page.goto(f"/theme/{theme}")
        own = {
            "agent": ["/cases/new", f"/cases/{cases[Stage.REPORTED].public_id}"],
            "shift_leader": [
                f"/cases/{cases[Stage.ACCEPTED].public_id}",
                "/dispatcher/file",
                "/dispatcher/disputes",
                "/dispatcher/handover",
            ],
            "dispatcher": [
                f"/cases/{cases[Stage.FILED].public_id}",
                "/dispatcher/dispatch",
                "/dispatcher/returned",
                "/dispatcher/requests",
                "/dispatcher/urging",
            ],
            "manager": [
                f"/cases/{cases[Stage.DISPATCHED].public_id}",
                f"/department/cases/{cases[Stage.DISPATCHED].public_id}",
                "/department",
                "/department/board",
                "/department/crews",
                "/department/daily",
                "/department/figures",
                "/department/figures/cases?of=received",
            ],
            "handler": ["/department/mine", "/cases?q=none", "/notices"],
            "inspector": ["/cases/new", f"/cases/{cases[Stage.HANDLED].public_id}"],
            "supervisor": [
                *(f"/cases/{cases[Stage.CLOSED].public_id}{more}" for more in ("", "/print")),
                "/supervisor/wall",
                "/supervisor/figure?of=reported&days=1",
                "/supervisor/evaluation",
                "/supervisor/bulletins",
                "/supervisor/hotspots",
            ],
        }[post]
        for path in ("/cases?queue=open", *own):
            found += _faults(page, path)
    assert found == []


@pytest.mark.parametrize(("size", "theme"), [("desk", "dark"), ("phone", "light")])
def test_the_administrator_s_pages(
    sit: Sit, session: Session, city: City, size: str, theme: str
) -> None:
    if session.scalar(select(Camera.id).limit(1)) is None:
        add_cameras(session, city)
        session.commit()
    page = sit("admin", size=size)
    page.goto(f"/theme/{theme}")
    found = {path: faults(page, path) for path in admin_pages(page)}
    assert len(found) > len(ADMIN)  # lists were opened too
    assert [each for here in found.values() for each in here] == []
