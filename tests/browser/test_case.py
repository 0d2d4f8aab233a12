"""The case page in browsers: deeds by key, facts corrected in place, two at one case, photos at full size."""

import pytest
from playwright.sync_api import FilePayload, Page, expect
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from dispatch.cases.model import Case, Photo
from dispatch.cases.states import Stage
from dispatch.kit import clock, db
from tests.browser.conftest import Sit
from tests.factories.cases import add_case
from tests.factories.city import City
from tests.factories.photos import picture

pytestmark = pytest.mark.browser


PHOTO = FilePayload(
    name="manhole.jpg", mimeType="image/jpeg", buffer=picture(width=320, height=240)
)


def _stage(case: Case) -> str:
    with db.open_session() as session:
        return session.scalars(select(Case.stage).where(Case.id == case.id)).one()


def _open(page: Page, case: Case) -> Page:
    page.goto(f"/cases/{case.public_id}")
    expect(page.locator("[data-live]")).to_have_attribute("data-state", "on")
    return page


def test_a_case_is_filed_by_keys_alone_and_what_changed_flashes(
    sit: Sit, session: Session, city: City
) -> None:
    case = add_case(session, city, Stage.ACCEPTED, at=clock.now())
    session.commit()
    page = _open(sit("shift_leader"), case)
    page.evaluate("window.sameDocument = true")
    page.keyboard.press("f")
    expect(page.locator("#deed-file [type=submit]")).to_be_focused()
    page.locator("#file-condition").select_option(str(city.missing.id))
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/*said=file")
    expect(page.locator("[data-fact=stage].flash")).to_contain_text("待派遣")
    assert page.evaluate("window.sameDocument")
    assert _stage(case) == Stage.FILED
    page.keyboard.press("t")
    expect(page.locator("#note-note")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#deed-note > summary")).to_be_focused()
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_contain_text("备注")
    page.keyboard.press("Escape")


def test_a_fact_is_corrected_in_place_and_another_browser_follows(
    sit: Sit, session: Session, city: City
) -> None:
    case = add_case(session, city, Stage.ACCEPTED, at=clock.now())
    session.commit()
    agent, leader = _open(sit("agent"), case), _open(sit("shift_leader"), case)
    names = [city.users[post].display_name for post in ("agent", "shift_leader")]
    expect(agent.locator("#here")).to_contain_text(names[1])
    leader.locator("#deed-reject > summary").click()
    expect(agent.locator("#here")).to_contain_text("正在填写“不予受理”")
    leader.keyboard.press("Escape")
    agent.locator("#edit-description > summary").click()
    agent.locator("#edit-description textarea").fill("路口的井盖碎成两半")
    agent.locator("#edit-description [type=submit]").click()
    expect(agent.locator(".flash .said")).to_have_text("路口的井盖碎成两半")
    expect(leader.locator(".said").first).to_have_text("路口的井盖碎成两半")
    agent.goto("/cases?queue=open")
    expect(leader.locator("#here")).not_to_contain_text(names[0])


def test_of_two_who_act_the_second_keeps_the_words_and_goes_on(
    sit: Sit, session: Session, city: City
) -> None:
    case = add_case(session, city, Stage.DISPATCHED, at=clock.now())
    session.commit()
    manager, handler = _open(sit("manager"), case), _open(sit("handler"), case)
    manager.locator("#deed-report-done > summary").click()
    manager.locator("#report-done-result").fill("已换新井盖")
    handler.locator("#deed-note > summary").click()
    handler.locator("#note-note").fill("现场有人看守")
    handler.locator("#deed-note [type=submit]").click()
    expect(manager.locator("#changed")).to_be_visible()
    expect(manager.locator("#report-done-result")).to_have_value("已换新井盖")
    manager.locator("#deed-report-done [type=submit]").click()
    expect(manager.locator("#refused")).to_contain_text("现场有人看守")
    expect(manager.locator("#refused")).to_be_focused()
    expect(manager.locator("#report-done-result")).to_have_value("已换新井盖")
    manager.locator("#deed-report-done [type=submit]").click()
    manager.wait_for_url("**/*said=report-done")
    assert _stage(case) == Stage.HANDLED


def _do_with_photo(page: Page, verb: str, **typed: str) -> None:
    deed = page.locator(f"#deed-{verb}")
    deed.locator("summary").click()
    for name, words in typed.items():
        deed.locator(f"[name={name}]").fill(words)
    deed.locator("[name=photos]").set_input_files([PHOTO])
    deed.locator("[type=submit]").click()
    page.wait_for_url(f"**/*said={verb}")


def test_photos_are_looked_at_by_keys(sit: Sit, session: Session, city: City) -> None:
    case = add_case(session, city, Stage.DISPATCHED, at=clock.now())
    session.commit()
    page = _open(sit("manager"), case)
    _do_with_photo(page, "make-safe")
    _do_with_photo(page, "report-done", result="已换新井盖")
    session.execute(update(Photo).where(Photo.kind == "during").values(kind="before"))
    session.commit()
    page.reload()
    page.keyboard.press("i")
    box = page.locator("#lightbox")
    expect(box).to_contain_text("第 1 张，共 2 张")
    page.keyboard.press("ArrowRight")
    expect(box).to_contain_text("第 2 张，共 2 张")
    expect(box.locator("img")).to_have_js_property("naturalWidth", 320)
    page.keyboard.press("Escape")
    expect(box).to_be_hidden()
    expect(page.locator("[data-lightbox]").nth(1)).to_be_focused()
    page.keyboard.press("j")
    slider = page.locator("[data-compare] input")
    slider.focus()
    page.keyboard.press("Home")
    assert (
        page.locator("[data-compare]").evaluate("each => each.style.getPropertyValue('--at')")
        == "0%"
    )


def test_without_a_script_a_deed_is_a_form(sit: Sit, session: Session, city: City) -> None:
    case = add_case(session, city, Stage.ACCEPTED, at=clock.now())
    session.commit()
    page = sit("shift_leader", java_script_enabled=False)
    page.goto(f"/cases/{case.public_id}")
    page.locator("#deed-reject > summary").click()
    page.fill("#reject-reason", "不属于城管职责")
    page.locator("#deed-reject [type=submit]").click()
    page.wait_for_url("**said=reject")
    assert _stage(case) == Stage.REJECTED
