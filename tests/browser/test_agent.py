"""The agents' desk in Chromium: a call by keyboard alone, alarms with a second thought, a list."""

import json
import re
from base64 import b64decode
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import FilePayload, Route, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.cases.model import Case
from dispatch.cases.states import Stage
from dispatch.hotline.model import CallDraft, ModuleUse, TextModule
from dispatch.intake.channels.camera.commands import take_body
from dispatch.jurisdiction.model import Place
from dispatch.kit import clock, db
from tests.browser.axe import faults
from tests.browser.conftest import Sit
from tests.browser.test_access import _faults
from tests.factories.cameras import add_cameras, alarm, picture
from tests.factories.cases import report
from tests.factories.city import City, add_names
from tests.factories.servers import wait_until

pytestmark = pytest.mark.browser


def _kept(address: str) -> dict[str, Any]:
    """What the server keeps of the call that is being written at this address."""
    with db.open_session() as session:
        found = session.get(CallDraft, UUID(address.rpartition("/")[2]))
        return dict(found.fields) if found else {}


def test_a_call_with_a_duplicate_by_keyboard_alone(sit: Sit, session: Session) -> None:
    if session.scalar(select(Place).limit(1)) is None:
        add_names(session)
    session.add(
        TextModule(use=ModuleUse.CALL, word="井盖", title="井盖", text="井盖不见了,没有人受伤")
    )
    there = report(session, at=clock.now())
    session.commit()
    agent = sit("agent")
    keys = agent.keyboard
    agent.goto("/agent/accept")
    keys.press("n")
    agent.wait_for_url("**/agent/call/*")
    agent.locator("html[data-call-ready]").wait_for()
    expect(agent.locator("#contact_phone")).to_be_focused()
    keys.type("13800001234")
    keys.press("Enter")
    keys.type("王女士")
    keys.press("Tab")
    keys.press("Tab")
    keys.type("路口::井")
    expect(agent.locator("#module-list")).to_be_visible()
    keys.press("Enter")
    expect(agent.locator("#description")).to_have_value("路口井盖不见了,没有人受伤")
    keys.press("Tab")
    keys.type("龙潭医院")
    option = agent.locator("#place-list [role=option]").first
    expect(option).to_contain_text("龙潭医院")
    keys.press("ArrowDown")
    keys.press("Enter")
    expect(agent.locator("#category-search")).to_be_focused()
    keys.type("ysjg")
    offered = agent.locator("#category-list [role=option][aria-selected=true]")
    expect(offered).to_contain_text("雨水井盖")
    keys.press("Enter")
    expect(agent.locator("#category-search")).to_have_value(re.compile("雨水井盖"))
    card = agent.locator("[data-card]").filter(has_text=there.id)
    expect(card).to_be_visible()
    expect(agent.locator(".side-class")).not_to_contain_text("平台建议")
    draft = agent.url
    wait_until(lambda: bool(_kept(draft).get("category")), seconds=30)
    agent.reload()
    expect(agent.locator("#address")).to_have_value("龙潭医院")
    agent.locator("html[data-call-ready]").wait_for()
    expect(agent.locator("#category-search")).to_have_value(re.compile("雨水井盖"))
    keys.press(str(card.locator("[data-link-key]").get_attribute("data-link-key")))
    agent.wait_for_url("**/agent/call/done/*")
    expect(agent.locator(".read-facts")).to_contain_text(there.number)
    keys.press("Enter")
    agent.wait_for_url(re.compile(r"/agent/call/[0-9a-f-]{36}$"))
    assert agent.url != draft
    session.expire_all()
    made = session.scalars(select(Case).where(Case.duplicate_of_id == there.case_id)).one()
    assert (made.stage, made.channel) == (Stage.DUPLICATE, "phone")


#: Paste the first photo of the call once more, as from a screenshot.
PASTE = """async () => {
    const blob = await (await fetch(document.querySelector("#call-photos img").src)).blob();
    const clipboardData = new DataTransfer();
    clipboardData.items.add(new File([blob], "screen.jpg", {type: blob.type}));
    document.dispatchEvent(new ClipboardEvent("paste", {clipboardData, bubbles: true, cancelable: true}));
}"""


def test_photos_of_a_call_are_chosen_pasted_and_taken_away(sit: Sit) -> None:
    photo = FilePayload(name="cover.jpg", mimeType="image/jpeg", buffer=b64decode(picture()))
    agent = sit("agent")
    held: list[Route] = []
    agent.route("**/agent/call.js*", lambda route: held.append(route))  # noqa: PLW0108 - Playwright wants a function
    agent.goto("/agent/call", wait_until="commit")
    agent.locator("#call-photos-pick").wait_for(state="attached")
    agent.set_input_files("#call-photos-pick", [photo])
    wait_until(lambda: bool(held), seconds=20)
    held[0].continue_()  # the script comes after the photo was chosen, and takes it
    shown = agent.locator("#call-photos li")
    expect(shown).to_have_count(1)
    agent.evaluate(PASTE)
    expect(shown).to_have_count(2)
    assert faults(agent, "a call with photos") == []
    agent.locator(".photo-away").first.click()
    expect(shown).to_have_count(1)
    agent.goto("/cases/new")
    agent.set_input_files("input[data-previews]", [photo, photo])
    expect(agent.locator(".previews img")).to_have_count(2)
    assert faults(agent, "a registration with photos") == []


def test_alarms_are_decided_by_single_keys_and_taken_back(
    sit: Sit, session: Session, city: City
) -> None:
    add_cameras(session, city)
    session.commit()
    now = clock.now()
    for camera in ("CAM-1", "CAM-2"):
        sent = alarm(
            now, camera_id=camera, confidence=0.4, picture=picture(), box=[0.2, 0.2, 0.6, 0.7]
        )
        take_body(session, "generic", json.dumps(sent).encode(), at=now)
    session.commit()
    agent = sit("agent")
    agent.goto("/agent/review")
    expect(agent.locator(".picture .box")).to_be_visible()
    assert _faults(agent, "/agent/review") == []
    one, other = session.scalars(
        select(Case.public_id).where(Case.channel == "camera").order_by(Case.id)
    ).all()
    agent.keyboard.press("a")
    expect(agent.locator(".work-said")).to_contain_text(one)
    agent.keyboard.press("r")
    agent.locator("[data-ask='r'] input[name=reason]").fill("误报")
    agent.keyboard.press("Enter")
    expect(agent.locator(".work-said")).to_contain_text(other)
    agent.keyboard.press("u")
    expect(agent.locator("article.review form").first).to_have_attribute(
        "action", f"/agent/review/{other}/accept"
    )
    session.expire_all()
    stages = dict(session.execute(select(Case.public_id, Case.stage)).all())
    assert (stages[one], stages[other]) == (Stage.ACCEPTED, Stage.REPORTED)


def test_a_list_is_imported_and_reported_on(sit: Sit, session: Session, tmp_path: Path) -> None:
    path = tmp_path / "转办.csv"
    path.write_text("工单编号,诉求内容,事发地址\nLZ-1,这里很乱,学院路\nLZ-2,,学院路\n", "gb18030")
    agent = sit("agent")
    agent.goto("/agent/import")
    agent.set_input_files("#file", path)
    agent.fill("#new_source", "12345")
    agent.locator(".import-new button").click()
    expect(agent.locator("#col-description")).to_have_value("诉求内容")
    agent.locator("button[name=start]").click()
    expect(agent.locator("#import-report")).to_contain_text("已完成", timeout=15_000)
    expect(agent.locator(".plain-table tbody tr")).to_have_count(2)
    agent.locator(".plain-table a").first.click()
    expect(agent.locator("main")).to_contain_text("LZ-1")


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_the_pages_of_the_desk(sit: Sit, size: str) -> None:
    page = sit("agent", size=size)
    page.goto(f"/theme/{'dark' if size == 'desk' else 'light'}")
    paths = ("call", "accept", "wechat", "callbacks", "import")
    assert [fault for path in paths for fault in _faults(page, f"/agent/{path}")] == []
