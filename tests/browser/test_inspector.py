"""The inspector on the street: without net and back, an answer lost, somebody faster, another's phone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import FilePayload, Page, Route, expect
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.cases.commands import act
from dispatch.cases.model import Case, CaseHistory, Photo
from dispatch.cases.states import Stage, Verb
from dispatch.kit import clock, db
from dispatch.people.http import cookie_name
from dispatch.people.model import Role
from dispatch.seed.files import seed_folder
from dispatch.seed.patrols import seed_consent_text
from tests.browser.axe import faults
from tests.browser.conftest import Sit
from tests.dispatch.patrol.conftest import add_unit_grids
from tests.factories.cases import add_case
from tests.factories.city import WORKING_GRID, City, spot
from tests.factories.people import add_user, open_login
from tests.factories.photos import picture
from tests.factories.servers import wait_until

pytestmark = pytest.mark.browser

PHOTO = FilePayload(name="a.jpg", mimeType="image/jpeg", buffer=picture(width=640, height=480))
VIEWS = ("tasks", "map", "new", "queue", "me")


@pytest.fixture(scope="module", autouse=True)
def _ground(city: City) -> None:
    """The unit grids as rows, and a text to agree to."""
    with db.open_session() as session:
        add_unit_grids(session)
        seed_consent_text(session, seed_folder())


@pytest.fixture
def phone(sit: Sit) -> Page:
    """An inspector's phone in the middle of the working grid, the app kept for being without net."""
    longitude, latitude = spot()
    page = sit(
        "inspector",
        size="phone",
        geolocation={"longitude": longitude, "latitude": latitude, "accuracy": 12},
        permissions=["geolocation"],
    )
    _open(page, "/inspector/tasks")
    page.wait_for_selector("body[data-kept]")
    return page


def _open(page: Page, path: str) -> None:
    page.goto(path)
    page.wait_for_selector("body[data-ready]")


def _waiting(page: Page, count: int) -> None:
    banner = page.locator('[data-banner="waiting"]')
    if count:
        expect(banner).to_contain_text(f"{count} 条待发送")
    else:
        expect(banner).to_be_hidden()


def _report(page: Page, words: str) -> None:
    """Photo, category, two words, send."""
    with page.expect_file_chooser() as chooser:
        page.locator('[data-tab="new"]').click()
    chooser.value.set_files([PHOTO])
    form = page.locator('[data-view="new"]')
    expect(form.locator('[data-shots="before"] img')).to_have_count(1)
    expect(form.locator("[data-where]")).to_contain_text("误差约 12 米")
    form.locator("[data-search]").fill("井盖")
    form.locator("[data-found] button").first.click()
    form.locator("#new-words").fill(words)
    form.locator("[type=submit]").click()


def _until(page: Page, done: Callable[[], bool]) -> None:
    """Wait while the page goes on: a route that is answered here needs its turn too."""
    for _ in range(200):
        if done():
            return
        page.wait_for_timeout(100)
    pytest.fail("it did not come true within 20 s")


def _cases_saying(words: str) -> list[int]:
    with db.open_session() as session:
        return list(session.scalars(select(Case.id).where(Case.description.contains(words))))


def test_a_report_made_without_net_is_sent_once_though_the_answer_is_lost(phone: Page) -> None:
    phone.context.set_offline(True)
    _report(phone, "盖没了甲")
    _waiting(phone, 1)
    _open(phone, "/inspector/queue")
    item = phone.locator("[data-list] .item")
    expect(item).to_have_count(1)
    expect(item).to_contain_text("盖没了甲")
    assert _cases_saying("盖没了甲") == []
    lost: list[int] = []

    def lose(route: Route) -> None:
        answer = route.fetch()
        lost.append(answer.status)
        route.abort()

    phone.route("**/api/v1/cases", lose, times=1)
    phone.context.set_offline(False)
    _until(phone, lambda: bool(_cases_saying("盖没了甲")))
    phone.locator("[data-send-all]").click()
    expect(phone.locator("[data-sent] .item")).to_contain_text("已送达", timeout=20_000)
    _waiting(phone, 0)
    (case_id,) = _cases_saying("盖没了甲")
    assert lost in ([], [201])
    with db.open_session() as session:
        case = session.get_one(Case, case_id)
        photos = session.scalar(select(func.count()).where(Photo.case_id == case_id))
        assert (case.channel, case.working_grid, photos) == ("inspector", WORKING_GRID, 1)


def test_a_check_that_somebody_forestalled_is_shown_and_settled(
    phone: Page, session: Session, city: City
) -> None:
    case = add_case(session, city, Stage.HANDLED, at=clock.now())
    session.commit()
    _open(phone, f"/inspector/tasks/{case.public_id}")
    form = phone.locator('[data-view="task"] form')
    expect(form.locator("[data-facts]")).to_contain_text("已换新井盖")
    phone.context.set_offline(True)
    form.locator("[type=submit]").click()
    expect(form.locator("[data-problem]")).to_be_visible()
    form.locator("[name=check][value=yes]").check()
    form.locator("[data-note]").fill("看过了")
    form.locator("[type=submit]").click()
    _waiting(phone, 1)
    why = {"reason": "井盖松动"}
    act(session, case.id, Verb.REWORK, by=city["shift_leader"], at=clock.now(), body=why)
    session.commit()
    phone.context.set_offline(False)
    expect(phone.locator('[data-banner="conflict"]')).to_contain_text("1 条需要您决定")
    phone.locator('[data-banner="conflict"] a').click()
    item = phone.locator("[data-list] .item")
    expect(item.locator("[data-changes]")).to_contain_text("井盖松动")
    item.locator("[data-deed=insist]").click()
    expect(item.locator("[data-why-words]")).to_contain_text("不能核查")
    item.locator("[data-deed=note]").click()
    expect(phone.locator("[data-sent] .item").first).to_contain_text("已送达")
    with db.open_session() as fresh:
        rows = fresh.execute(
            select(CaseHistory.verb, CaseHistory.note)
            .where(CaseHistory.case_id == case.id)
            .order_by(CaseHistory.version.desc())
        ).all()
    assert rows[0].verb == Verb.NOTE
    assert "看过了" in rows[0].note
    assert [row.verb for row in rows].count(Verb.CHECK) == 0


def test_a_map_that_is_opened_first_gets_its_ground_when_it_comes(sit: Sit) -> None:
    page = sit("inspector", size="phone")
    late: list[Route] = []

    def hold(route: Route) -> None:
        late.append(route)

    page.route("**/inspector/pack/ground*", hold, times=1)
    page.goto("/inspector/map")
    canvas = page.locator('[data-view="map"] [data-canvas]')
    expect(canvas).to_have_attribute("data-ground", "false")
    wait_until(lambda: page.evaluate("1") and late, seconds=20)
    late[0].continue_()
    expect(canvas).to_have_attribute("data-ground", "true")
    expect(canvas.locator("canvas")).to_have_count(1)


def test_what_one_left_on_a_phone_is_not_sent_by_another(phone: Page, session: Session) -> None:
    own = phone.context.cookies()
    phone.context.set_offline(True)
    _report(phone, "盖没了乙")
    _waiting(phone, 1)
    other = add_user(session, Role.INSPECTOR, working_grids=[WORKING_GRID])
    secret = open_login(session, other).secret
    session.commit()
    (cookie,) = [each for each in own if each["name"].endswith(cookie_name().split("-")[-1])]
    phone.context.add_cookies([{**cookie, "value": secret}])  # type: ignore[typeddict-item]
    phone.context.set_offline(False)
    _open(phone, "/inspector/queue")
    expect(phone.locator("[data-others]")).to_contain_text("另有 1 条")
    expect(phone.locator("[data-list] .item")).to_have_count(0)
    _waiting(phone, 0)
    assert _cases_saying("盖没了乙") == []
    phone.context.add_cookies([cookie])  # type: ignore[list-item]
    _open(phone, "/inspector/queue")
    expect(phone.locator("[data-sent] .item")).to_have_count(1, timeout=20_000)
    assert len(_cases_saying("盖没了乙")) == 1


def test_signing_in_agreeing_and_the_leader_s_page(phone: Page, sit: Sit, city: City) -> None:
    _open(phone, "/inspector/me")
    phone.locator('[data-turn="in"]').click()
    expect(phone.locator("[data-shift]")).to_contain_text("已签到")
    phone.locator("[data-agree]").click()
    expect(phone.locator("[data-consent]")).to_contain_text("第 1 版")
    leader = sit("shift_leader")
    leader.goto("/inspector/team")
    row = leader.locator("tr", has_text=city["inspector"].name).first
    expect(row.locator(".on-shift")).to_be_visible()
    phone.locator("[data-withdraw]").click()
    phone.locator("#ask [data-yes]").click()
    expect(phone.locator("[data-consent]")).to_contain_text("没有同意")
    phone.locator('[data-turn="out"]').click()
    expect(phone.locator('[data-turn="in"]')).to_be_visible()


def test_the_app_can_be_installed_and_everybody_can_use_it(
    phone: Page, session: Session, city: City
) -> None:
    case = add_case(session, city, Stage.VERIFYING, at=clock.now())
    session.commit()
    told = phone.context.new_cdp_session(phone).send("Page.getInstallabilityErrors")
    found = {each["errorId"] for each in told["installabilityErrors"]}
    assert found - {"in-incognito"} == set()
    wrong: list[str] = []
    for theme in ("light", "dark"):
        phone.goto(f"/theme/{theme}")
        for path in (
            *(f"/inspector/{view}" for view in VIEWS),
            f"/inspector/tasks/{case.public_id}",
        ):
            _open(phone, path)
            phone.wait_for_load_state("networkidle")
            wrong += faults(phone, f"{theme} {path}", rules=("color-contrast-enhanced",))
    assert wrong == []
