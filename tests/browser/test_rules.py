"""The administrator changes a rule after a dry run, and the next report goes where the rule now says."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.cases.model import Case, CaseAssignment
from dispatch.cases.states import Stage
from dispatch.kit import clock, db
from dispatch.routing.model import RoutingRule
from tests.browser.conftest import Sit
from tests.factories.cases import add_case
from tests.factories.city import City, add_names
from tests.factories.servers import wait_until

pytestmark = pytest.mark.browser

_ID = re.compile(r"/report/done/(\d{8}-\d+)")


@pytest.fixture(scope="module", autouse=True)
def _names(city: City) -> None:
    """The names that a citizen can tell a place by; they are there before the processes start."""
    with db.open_session() as session:
        add_names(session)


def _report(page: Page, words: str) -> str:
    """A citizen's report on the plain form, the place told in words; the case's id."""
    page.goto("/report")
    page.fill("#description", words)
    page.fill("#address", "龙潭医院")
    page.locator("form[data-report] [type=submit]").last.click()
    page.wait_for_url(_ID)
    found = _ID.search(page.url)
    assert found
    return found[1]


def _case(public_id: str) -> Case:
    with db.open_session() as session:
        return session.scalars(select(Case).where(Case.public_id == public_id)).one()


def _dispatched(public_id: str) -> Case:
    wait_until(lambda: _case(public_id).stage == Stage.DISPATCHED, seconds=30, step=0.2)
    return _case(public_id)


def test_rule_is_tried_put_in_force_and_the_next_report_follows_it(
    sit: Sit, session: Session, city: City
) -> None:
    before = add_case(session, city, Stage.DISPATCHED, at=clock.now() - timedelta(days=2))
    rule = session.scalars(
        select(RoutingRule).where(RoutingRule.category_id == city.manhole.id)
    ).one()
    session.commit()
    citizen = sit(size="phone", java_script_enabled=False)
    assert _dispatched(_report(citizen, "这里的井盖不见了")).department_id == city.works.id

    admin = sit("admin")
    admin.goto("/admin/rules/routing?q=井盖")
    row = admin.locator("tbody tr", has_text="雨水井盖")
    expect(row).to_contain_text("市政维护处")
    row.locator("a").first.click()
    admin.wait_for_url(f"**/admin/rules/routing/{rule.id}")
    expect(admin.locator("button[value=save]")).to_have_count(0)
    admin.select_option("#f-department", label="柳南区环卫所")
    admin.fill("#f-why", "井盖移交区环卫所管养")
    admin.fill("#f-reason", "会议纪要 12 号")
    admin.locator("button[value=try]").click()

    moves = admin.locator("#dry-run tbody tr")
    expect(moves).to_have_count(1)
    expect(moves).to_contain_text("市政维护处")
    expect(moves.locator("strong")).to_have_text("柳南区环卫所")
    expect(moves.locator(".right")).to_have_text("2")
    expect(moves.locator("a", has_text=before.public_id)).to_be_visible()
    expect(admin.locator("#f-reason")).to_have_value("会议纪要 12 号")
    assert _case(before.public_id).department_id == city.works.id

    admin.locator("button[value=save]").click()
    admin.wait_for_url("**said=saved")
    expect(admin.locator("[role=status]").first).to_be_visible()
    expect(admin.locator("main")).to_contain_text("会议纪要 12 号")

    routed = _dispatched(_report(citizen, "又一个井盖不见了"))
    assert routed.department_id == city.cleaners.id
    assert _case(before.public_id).department_id == city.works.id, "what was decided stays"
    stranger = sit("stranger")
    stranger.goto(f"/department/cases/{routed.public_id}")
    expect(stranger.locator("main")).to_contain_text("井盖移交区环卫所管养")
    link = session.scalars(select(CaseAssignment).where(CaseAssignment.case_id == routed.id)).one()
    assert link.department_id == city.cleaners.id
