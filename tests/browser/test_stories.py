"""Whole stories: a citizen's report until its rating, in both languages, with everybody at their own browser."""

import re

import pytest
from playwright.sync_api import FilePayload, Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.cases.model import Case
from dispatch.cases.states import Stage
from dispatch.kit import clock, db
from tests.browser.conftest import Sit
from tests.factories.cases import add_case, report
from tests.factories.city import City, spot
from tests.factories.photos import picture
from tests.factories.servers import wait_until

pytestmark = pytest.mark.browser

PHOTO = FilePayload(
    name="manhole.jpg", mimeType="image/jpeg", buffer=picture(width=640, height=480)
)
_ID = re.compile(r"/report/done/(\d{8}-\d+)")


def _stage(public_id: str) -> str:
    with db.open_session() as session:
        return session.scalars(select(Case.stage).where(Case.public_id == public_id)).one()


def _report_step_by_step(page: Page, words: str, *, column: int) -> str:
    """Through the four screens of the form, the place by the device; the case's id."""
    longitude, latitude = spot(column, 1)
    page.context.grant_permissions(["geolocation"])
    page.context.set_geolocation({"longitude": longitude, "latitude": latitude, "accuracy": 12})
    page.goto("/")
    page.locator("main a[href='/report']").click()
    page.locator("[data-next]").click()
    expect(page.locator("#description-problem")).to_be_visible()
    page.fill("#description", words)
    page.set_input_files("#photos", [PHOTO])
    expect(page.locator("#photos-previews img")).to_have_count(1)
    page.locator("[data-next]").click()
    page.locator("[data-locate]").click()
    expect(page.locator("[data-map-said]")).to_contain_text("航一社区")
    page.locator("[data-next]").click()
    expect(page.locator("[name=asked]")).to_be_attached()
    page.locator("[data-next]").click()
    page.fill("#contact_phone", "13800001234")
    for _ in range(3):
        page.go_back()
    expect(page.locator("#description")).to_have_value(words)
    for _ in range(3):
        page.locator("[data-next]").click()
    expect(page.locator("[data-summary-of=description]")).to_have_text(words)
    page.locator("form[data-report] [type=submit]").click()
    page.wait_for_url(_ID)
    found = _ID.search(page.url)
    assert found
    return found[1]


def _do(page: Page, public_id: str, verb: str, **typed: str) -> None:
    """Open the case, fill in the form of a deed and send it."""
    page.goto(f"/cases/{public_id}")
    deed = page.locator(f"#deed-{verb}")
    if deed.get_attribute("open") is None:
        deed.locator("summary").click()
    for name, value in typed.items():
        control = deed.locator(f"[name={name}]").first
        if control.get_attribute("type") == "radio":
            deed.locator(f"[name={name}][value={value}]").check()
        elif control.evaluate("each => each.tagName") == "SELECT":
            control.select_option(value)
        else:
            control.fill(value)
    if verb == "report-done":
        deed.locator("[name=photos]").set_input_files([PHOTO])
    deed.locator("button[type=submit]").last.click()
    page.wait_for_url(f"**/*said={verb}*")


def _to_the_end(sit: Sit, citizen: Page, public_id: str, *, language: str) -> None:
    """The department, the inspector on a phone and the shift leader bring it to its end."""
    wait_until(lambda: _stage(public_id) == Stage.DISPATCHED, seconds=30, step=0.2)
    _do(sit("manager", language=language), public_id, "report-done", result="已换新井盖")
    _do(sit("inspector", language=language, size="phone"), public_id, "check", passed="yes")
    _do(sit("shift_leader", language=language), public_id, "close", outcome="fixed")
    assert _stage(public_id) == Stage.CLOSED
    citizen.locator(f"main a[href^='/track/{public_id}']").first.click()
    citizen.locator("[name=fixed][value=yes]").check()
    citizen.locator("[name=score][value='5']").check()
    citizen.locator("form.rating button").click()
    citizen.wait_for_url("**said=rated")


def test_a_missing_cover_from_the_street_to_the_rating(sit: Sit) -> None:
    citizen = sit(size="phone")
    public_id = _report_step_by_step(citizen, "路口的井盖不见了", column=1)
    expect(citizen.locator("h1")).to_contain_text("已收到")
    _to_the_end(sit, citizen, public_id, language="zh-CN")
    expect(citizen.locator("[role=status]")).to_contain_text("谢谢您的评价")
    expect(citizen.locator(".photos img")).to_have_count(2)
    supervisor = sit("supervisor")
    supervisor.goto(f"/cases/{public_id}")
    expect(supervisor.locator(".chain")).to_contain_text("市政维护处")
    expect(supervisor.locator(".story li")).to_have_count(7)


def test_the_same_in_english(sit: Sit) -> None:
    citizen = sit(language="en-GB")
    public_id = _report_step_by_step(citizen, "路口的井盖不见了", column=3)
    expect(citizen.locator("h1")).to_contain_text("Received, thank you")
    _to_the_end(sit, citizen, public_id, language="en-GB")
    expect(citizen.locator("[role=status]")).to_contain_text("Thank you for rating")


def test_without_javascript_the_form_is_one_page(sit: Sit) -> None:
    page = sit(java_script_enabled=False)
    page.goto("/report")
    expect(page.locator("[data-step]:visible")).to_have_count(4)
    page.fill("#description", "暴露垃圾没人扫")
    page.fill("#contact_phone", "not a number")
    page.locator("[type=submit]").click()
    expect(page.locator("#contact_phone-problem")).to_be_visible()
    expect(page.locator("#description")).to_have_value("暴露垃圾没人扫")
    page.fill("#contact_phone", "")
    page.fill("#address", "河西街道航一社区")
    page.locator("[type=submit]").click()
    page.wait_for_url(_ID)


def test_of_two_who_act_at_once_the_second_sees_what_the_first_did(
    sit: Sit, session: Session, city: City
) -> None:
    case = add_case(session, city, Stage.ACCEPTED, at=clock.now())
    session.commit()
    first, second = sit("shift_leader"), sit("shift_leader")
    second.goto(f"/cases/{case.public_id}")
    second.locator("#deed-void summary").click()
    second.locator("#deed-void textarea").fill("重复登记")
    _do(first, case.public_id, "file", condition=str(city.missing.id))
    second.locator("#deed-void button[type=submit]").click()
    expect(second.locator("#refused")).to_contain_text("立案")
    expect(second.locator("#deed-void textarea")).to_have_value("重复登记")
    assert _stage(case.public_id) == Stage.FILED
    second.locator("#deed-void button[type=submit]").click()
    second.wait_for_url("**said=void")


def test_a_new_report_is_announced_and_a_changed_row_changes_where_it_stands(
    sit: Sit, session: Session, city: City
) -> None:
    case = add_case(session, city, Stage.ACCEPTED, at=clock.now())
    session.commit()
    leader = sit("shift_leader")
    leader.goto("/cases?queue=open")
    expect(leader.locator("[data-live]")).to_have_attribute("data-state", "on")
    _do(sit("agent"), case.public_id, "note", note="来电催办")
    expect(leader.locator(f"#case-{case.public_id}.fresh")).to_be_visible()
    longitude, latitude = spot(4, 4)
    report(
        session,
        description="新来的暴露垃圾",
        longitude=longitude,
        latitude=latitude,
        at=clock.now(),
    )
    session.commit()
    banner = leader.locator("[data-fresh]")
    expect(banner).to_be_visible()
    banner.click()
    expect(leader.locator("main")).to_contain_text("新来的暴露垃圾")


def test_the_keys_of_the_desk(sit: Sit) -> None:
    agent = sit("agent")
    agent.keyboard.press("/")
    expect(agent.locator("#search")).to_be_focused()
    agent.locator("main").focus()
    agent.keyboard.press("2")
    agent.wait_for_url("**/agent/accept")
    agent.goto("/cases?queue=all")
    agent.keyboard.press("Tab")
    expect(agent.locator(".skip")).to_be_focused()
    agent.keyboard.press("n")
    agent.wait_for_url("**/agent/call/*")
    expect(agent.locator("#contact_phone")).to_be_focused()
