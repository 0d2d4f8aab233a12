"""A supervisor's month: followed live on the wall, an overdue case urged, the month closed, published, and checked."""

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

import docx
import httpx2
import pypdfium2
import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import text
from sqlalchemy.orm import Session

from dispatch.bulletins.model import BulletinRule
from dispatch.cases.commands import act
from dispatch.cases.model import Case
from dispatch.cases.states import Stage, Verb
from dispatch.kit import clock, reference
from dispatch.kit.clock import CITY_ZONE, city_date
from dispatch.ladders.commands import climb
from dispatch.ladders.model import LadderStep
from dispatch.notices.model import NoticeTemplate
from dispatch.people.model import Role
from dispatch.people.queries import person_of
from dispatch.seed.evaluation import seed_rules
from dispatch.seed.keys import is_empty
from dispatch.seed.publishing import seed_bulletin_rules
from dispatch.supervision.model import EvaluationRule
from tests.browser.conftest import Sit
from tests.chaos.stack import Stack
from tests.dispatch.supervision.test_scores import BY_HAND
from tests.factories.cases import add_case
from tests.factories.city import City, spot
from tests.factories.people import add_department, add_user
from tests.factories.servers import wait_until
from tests.house.tree import ROOT

pytestmark = pytest.mark.browser
POST = "manager of roads"
TODAY = text(
    "SELECT count(*) FROM cases WHERE (created_at AT TIME ZONE 'Asia/Shanghai')::date"
    " = (now() AT TIME ZONE 'Asia/Shanghai')::date"
)
OF_MONTH = text(
    "SELECT count(*), count(*) FILTER (WHERE EXISTS (SELECT FROM case_history h"
    " WHERE h.case_id = c.id AND h.verb = 'file')), count(*) FILTER (WHERE c.stage = 'closed')"
    " FROM cases c WHERE created_at >= :since AND created_at < :until"
)


@pytest.fixture
def roads(session: Session, city: City) -> Iterator[City]:
    """The same city as a unit of its own sees it, with a manager and cases that nobody else has."""
    unit = add_department(session, name="道路养护所")
    manager = add_user(session, Role.MANAGER, department_id=unit.id)
    step = LadderStep(ladder="ordinary", clock="handle", level=2, light="red", audience="managers")
    told = NoticeTemplate(
        event="case.escalated",
        audience="managers",
        way="in_app",
        language="zh",
        subject="第 {level} 级督办：{number}",
        body="{clock}{due}到期",
    )
    session.add_all([step, told])
    if is_empty(session, EvaluationRule):
        seed_rules(session, ROOT / "data")
    if is_empty(session, BulletinRule):
        seed_bulletin_rules(session, ROOT / "data")
    session.commit()
    reference.forget_all()
    city.users[POST] = manager
    people = {**city.people, "manager": person_of(manager)}
    yield replace(city, works=unit, missing=city.broken, people=people)
    session.delete(step)
    session.delete(told)
    session.commit()


def _last_month() -> tuple[date, date]:
    until = city_date(clock.now()).replace(day=1)
    return (until - timedelta(days=1)).replace(day=1), until


def _live(session: Session, roads: City, first: date) -> Case:
    """A month of the unit's life, by deeds alone; returns the case that it never handled."""
    done = {"result": "已修补"}

    def on(day: int) -> datetime:
        return datetime.combine(first + timedelta(days=day - 1), time(10), CITY_ZONE)

    for day in (4, 6):
        add_case(session, roads, Stage.CLOSED, at=on(day))
    late = add_case(session, roads, Stage.DISPATCHED, at=on(2))
    again = add_case(session, roads, Stage.HANDLED, at=on(8))
    fail = {"passed": False, "reason": "没有修好"}
    act(session, again.id, Verb.CHECK, by=roads["inspector"], at=on(8), body=fail)
    for case, at in ((late, on(20)), (again, on(8))):
        act(session, case.id, Verb.REPORT_DONE, by=roads["manager"], at=at, body=done)
        act(session, case.id, Verb.CHECK, by=roads["inspector"], at=at, body={"passed": True})
        end = {"outcome": "fixed"}
        act(session, case.id, Verb.CLOSE, by=roads["shift_leader"], at=at, body=end)
    never = add_case(
        session, roads, Stage.DISPATCHED, at=on(12), description="路面上的井盖破了没人修"
    )
    session.commit()
    return never


def _urge(supervisor: Page, case: Case, roads: City) -> None:
    """From the wall's figure to the case, why it is overdue, and a word to the unit."""
    row = supervisor.locator(".wall-right tr", has_text="道路养护所")
    expect(row.locator("[data-fact]")).to_have_text("1")
    assert supervisor.evaluate("window.stayed") is True  # nothing was loaded anew
    row.locator("a").click()
    supervisor.wait_for_url(f"**/cases?*department={roads.works.id}*")
    supervisor.locator(f"a[href*='{case.public_id}']").first.click()
    supervisor.locator("[data-fact=due] summary").first.click()
    lines = supervisor.locator(".reckoning-lines li")
    expect(lines.first).to_contain_text("处理时限 4 工作时")
    expect(lines.filter(has_text="因此到期时间为")).to_be_visible()
    supervisor.locator("#deed-urge summary").click()
    supervisor.fill("#deed-urge [name=text]", "已超期多日，请今天处理")
    supervisor.locator("#deed-urge button[type=submit]").last.click()
    supervisor.wait_for_url("**/*said=urge*")


def _downloaded(page: Page, name: str) -> bytes:
    with page.expect_download() as given:
        page.get_by_role("link", name=name).click()
    return Path(given.value.path()).read_bytes()


def _publish(supervisor: Page, key: str, received: int, filed: int, closed: int) -> None:
    """The bulletin of the month, written, published and taken away in two forms."""
    supervisor.goto("/supervisor/bulletins")
    supervisor.fill("#month", key)
    supervisor.locator("#month + button").click()
    supervisor.get_by_role("button", name="发布").click()
    expect(supervisor.locator(".bulletin-desk aside")).to_contain_text("已发布")
    said = f"共受理各类城市管理问题{received}件，立案{filed}件，结案{closed}件"
    pdf = pypdfium2.PdfDocument(_downloaded(supervisor, "PDF"))
    words = "".join(page.get_textpage().get_text_range() for page in pdf)
    assert len(pdf) >= 2
    assert said in words.replace("\r", "").replace("\n", "")
    word = docx.Document(io.BytesIO(_downloaded(supervisor, "Word")))
    assert any(said in each.text for each in word.paragraphs)


def test_a_month_is_followed_live_closed_published_and_checked_by_a_unit(
    session: Session, roads: City, sit: Sit, stack: Stack
) -> None:
    first, until = _last_month()
    key = f"{first:%Y-%m}"
    supervisor = sit("supervisor")
    supervisor.goto("/supervisor/wall")
    expect(supervisor.locator("[data-live]")).to_contain_text("实时")
    supervisor.evaluate("window.stayed = true")
    longitude, latitude = spot(1, 1)
    said = {"description": "路口的井盖不见了", "longitude": longitude, "latitude": latitude}
    assert httpx2.post(f"{stack.base_url}/api/v1/reports", json=said).status_code == 201
    shown = supervisor.locator("#big-reported [data-fact]")
    wait_until(lambda: int(shown.inner_text()) == session.scalar(TODAY), seconds=20, step=0.2)

    case = _live(session, roads, first)
    _urge(supervisor, case, roads)
    climb(session, at=clock.now())
    session.commit()
    supervisor.reload()
    expect(supervisor.locator(".rung-told")).to_contain_text("部门主管")

    manager = sit(POST)
    wait_until(lambda: _told(manager), seconds=40, step=0.3)
    expect(manager.locator("[data-unread]")).to_be_visible()

    supervisor.goto(f"/supervisor/evaluation?month={key}")
    supervisor.fill("#note", "经办公会审定")
    supervisor.locator(".publish button").click()
    expect(supervisor.locator(".notice")).to_contain_text("经办公会审定")
    since, end = (datetime.combine(day, time(), CITY_ZONE) for day in (first, until))
    received, filed, closed = session.execute(OF_MONTH, {"since": since, "until": end}).one()
    _publish(supervisor, key, received, filed, closed)

    rows = session.execute(BY_HAND, {"now": clock.now()}).mappings()
    by_hand = next(dict(row) for row in rows if row["unit"] == roads.works.id)
    assert (by_hand["filed"], by_hand["overdue"], by_hand["reworked"]) == (5, 2, 1)
    manager.goto(f"/supervisor/evaluation?month={key}")
    manager.locator(".scores tbody th a").click()
    score = 30 * 4 / 5 + 30 * 3 / 5 + 30 * (1 - 1 / 5)
    assert float(manager.locator(".score-big").inner_text()) >= score
    for name in ("filed", "to_handle", "done", "on_time", "overdue", "settled", "reworked"):
        shown = manager.locator(f".score-tables a[href*='of={name}&']")
        expect(shown).to_have_text(str(by_hand[name]))
    manager.locator(".score-tables a[href*='of=overdue&']").click()
    expect(manager.locator(".figure-cases tbody tr")).to_have_count(2)
    expect(manager.locator(".figure-cases")).to_contain_text(case.public_id)


def _told(manager: Page) -> bool:
    """Whether the ladder has come to the manager's notices, which only their unit's cases reach."""
    manager.goto("/notices")
    return "第 2 级督办" in manager.inner_text("#notices")
