"""A story of time: an overdue case says why, is urged, and its ladder reaches the manager who answers for it."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy.orm import Session

from dispatch.cases.states import Stage
from dispatch.kit import clock, reference
from dispatch.ladders.commands import climb
from dispatch.ladders.model import LadderStep
from tests.browser.conftest import Sit
from tests.factories.cases import add_case
from tests.factories.city import City

pytestmark = pytest.mark.browser


def test_an_overdue_case_says_why_is_urged_and_reaches_the_manager(
    session: Session, city: City, sit: Sit
) -> None:
    session.add(
        LadderStep(ladder="hazard", clock="handle", level=2, light="red", audience="managers")
    )
    session.flush()
    reference.forget_all()
    case = add_case(session, city, Stage.DISPATCHED, at=clock.now() - timedelta(hours=5))
    climb(session, at=clock.now(), sweep=True)
    session.commit()

    supervisor = sit("supervisor")
    supervisor.goto(f"/cases/{case.public_id}")
    supervisor.locator("[data-fact=due] summary").first.click()
    lines = supervisor.locator(".reckoning-lines li")
    expect(lines.first).to_contain_text("处理时限 2 小时,按立案条件“丢失”")
    expect(lines.filter(has_text="因此到期时间为")).to_be_visible()
    expect(supervisor.locator(".rung-told")).to_contain_text("部门主管")
    supervisor.locator("#deed-urge summary").click()
    supervisor.fill("#deed-urge [name=text]", "市民多次来电,请立即处理")
    supervisor.locator("#deed-urge button[type=submit]").last.click()
    supervisor.wait_for_url("**/*said=urge*")

    manager = sit("manager", size="phone")
    manager.goto(f"/cases/{case.public_id}")
    expect(manager.locator(".story")).to_contain_text("请立即处理")
    manager.locator(".rung-told button").click()
    expect(manager.locator(".rung-answered")).to_contain_text("签收")
