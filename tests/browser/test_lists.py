"""A list worked with: narrowed, saved, rows chosen with shift, one deed for all of them, found by typing."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.cases.model import Case
from dispatch.cases.states import Stage
from dispatch.kit import clock
from tests.browser.conftest import Sit
from tests.factories.cases import add_case
from tests.factories.city import City

pytestmark = pytest.mark.browser


def test_a_list_is_narrowed_saved_and_worked_off_at_once(
    sit: Sit, city: City, session: Session
) -> None:
    cases = [add_case(session, city, Stage.DISPATCHED, at=clock.now()) for _ in range(4)]
    session.commit()
    page = sit("dispatcher")
    page.goto("/cases?queue=handle")
    page.keyboard.press("f")
    page.locator("select[name=channel]").select_option("web")
    page.get_by_role("button", name="按条件列出").click()
    expect(page.locator(".chip-set")).to_contain_text("渠道:网站")

    page.locator(".list-tools summary", has_text="保存").click()
    page.fill("#list-name", "网上来的")
    page.locator(".list-card button", has_text="保存").click()
    expect(page.locator("h1")).to_have_text("网上来的")

    boxes = page.locator("tbody [name=case]")
    boxes.nth(0).click()
    boxes.nth(3).click(modifiers=["Shift"])
    expect(page.locator("[data-bulk-count]")).to_have_text("已选 4 件")
    page.keyboard.press("x")
    page.locator("summary", has_text="督办").click()
    page.locator("#urge-text").fill("请今天处理完")
    page.get_by_role("button", name="对 4 件：督办").click()
    expect(page.locator("main")).to_contain_text("已办 4 件")
    ids = [case.id for case in cases]
    session.expire_all()
    urged = session.scalars(select(Case.urge_count).where(Case.id.in_(ids))).all()
    assert urged == [1, 1, 1, 1]

    page.keyboard.press("/")
    page.keyboard.type("井盖不见")
    expect(page.locator("#suggest [role=option]").first).to_contain_text("处理中")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{page.url.split('/cases')[0]}/cases/{cases[-1].public_id}")
