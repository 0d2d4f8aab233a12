"""Citizens in front of a telephone: one thing reported by two, a toilet on the way, weight, words that can be read in the sun."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import FilePayload, Page, Response, Route, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.cases.model import Case
from dispatch.cases.states import Stage
from dispatch.facilities.model import FacilityKind
from dispatch.intake.model import DuplicateRule
from dispatch.intake.tokens import report_token
from dispatch.kit import clock, reference
from tests.browser.axe import faults
from tests.browser.conftest import Sit
from tests.factories.cases import add_case
from tests.factories.city import City, spot
from tests.factories.facilities import add_facility
from tests.factories.photos import picture

pytestmark = pytest.mark.browser

MOST_BYTES = 300_000
#: Seven to one, for a telephone in the sun; the second rule is silent where the first one speaks.
SUN = ("color-contrast", "color-contrast-enhanced")
PHOTO = FilePayload(
    name="manhole.jpg", mimeType="image/jpeg", buffer=picture(width=640, height=480, gps=True)
)
MAP = re.compile(r"/vendor/maplibre-gl|/tiles/")


@pytest.fixture
def known(session: Session, city: City) -> Iterator[Case]:
    """An open case by somebody else; and here two reports of one place may be one thing."""
    case = add_case(session, city, Stage.DISPATCHED, at=clock.now())
    rule = DuplicateRule(distance_m=20, hours=24)
    session.add(rule)
    session.commit()
    reference.forget_all()
    yield case
    session.delete(rule)
    session.commit()


def test_the_same_thing_is_joined_followed_and_added_to(
    sit: Sit, session: Session, known: Case
) -> None:
    page = sit(size="phone")
    longitude, latitude = spot()
    page.context.grant_permissions(["geolocation"])
    page.context.set_geolocation({"longitude": longitude, "latitude": latitude, "accuracy": 15})
    late: list[Route] = []

    def hold(route: Route) -> None:
        late.append(route)

    page.route("**/citizen/report.js*", hold, times=1)
    page.goto("/report")
    page.set_input_files("#photos", [PHOTO])  # chosen before the script has come
    late[0].continue_()
    expect(page.locator("#photos-previews [name=kept]")).to_be_attached()
    page.fill("#description", "这里的井盖不见了")
    page.reload()
    expect(page.locator("[data-draft-back]")).to_be_visible()
    expect(page.locator("#description")).to_have_value("这里的井盖不见了")
    expect(page.locator("#photos-previews img")).to_have_count(1)
    page.locator("[data-next]").click()
    page.locator("[data-locate]").click()
    expect(page.locator("[data-map-said]")).to_contain_text("航一社区")
    page.locator("[data-next]").click()
    page.locator(".alike-card").click()
    page.locator("[data-next]").click()
    page.fill("#contact_phone", "13800005678")
    page.locator("form[data-report] [type=submit]").click()
    page.wait_for_url("**/report/done/**")
    expect(page.locator("main")).to_contain_text(f"已并入案件 {known.number}")
    number = page.locator(".receipt-number").inner_text()
    page.goto("/report")
    expect(page.locator("[data-draft-back]")).to_be_hidden()
    page.goto("/track")
    page.fill("#number", number)
    page.fill("#phone_end", "5678")
    page.locator("main [type=submit]").click()
    page.wait_for_url("**/track/*token=*")
    page.fill("#remark", "今天更危险了")
    page.locator("form[data-remark] [type=submit]").click()
    page.wait_for_url("**said=added")
    session.refresh(known)
    assert known.reporters_count == 2


def test_not_fixed_takes_it_up_again_in_english(sit: Sit, session: Session, city: City) -> None:
    case = add_case(session, city, Stage.CLOSED, at=clock.now())
    session.commit()
    page = sit(language="en-GB", size="phone")
    page.goto(f"/track/{case.public_id}?token={report_token(case.public_id)}")
    page.locator("[name=fixed][value=no]").check()
    page.locator("[name=score][value='1']").check()
    page.fill("#comment", "still open")
    page.locator("form.rating [type=submit]").click()
    page.wait_for_url("**said=reopened")
    expect(page.locator("[role=status]").first).to_contain_text("It is taken up again")
    session.expire_all()
    assert session.scalars(select(Case.stage).where(Case.id == case.id)).one() == Stage.FILED


def test_a_place_on_the_way(sit: Sit, session: Session) -> None:
    longitude, latitude = spot(1, 3)
    add_facility(session, "T-near", lon=longitude, lat=latitude + 0.0005)
    add_facility(session, "P-near", lon=longitude, lat=latitude, kind=FacilityKind.PARKING)
    session.commit()
    page = sit(size="phone")
    page.context.grant_permissions(["geolocation"])
    page.context.set_geolocation({"longitude": longitude, "latitude": latitude})
    page.goto("/nearby")
    page.locator(".near-me").click()
    card = page.locator("#place-T-near")
    expect(card).to_contain_text("步行约 1 分钟")
    expect(card.locator("a[href*='uri.amap.com']")).to_be_visible()
    expect(page.locator("[data-drawn]")).to_be_attached()
    page.locator("[data-number='1']").click()
    expect(card).to_have_class(re.compile("chosen"))
    small = [
        box
        for each in page.locator("main a:visible, main button:visible, .chip:visible").all()
        if (box := each.bounding_box()) and min(box["width"], box["height"]) < 40
    ]
    assert small == []
    card.locator(".place-fault").click()
    expect(page.locator("#description")).to_have_value("窑埠路公厕：")


def test_the_public_map_tells_what_is_there(sit: Sit, session: Session, known: Case) -> None:
    page = sit()
    page.goto("/map")
    expect(page.locator("#open-map[data-drawn]")).to_be_attached()
    expect(page.locator(".open-line").first).to_contain_text("雨水井盖")
    page.select_option("#radius", "500")
    assert "circle" in page.locator("#feed-url").input_value()
    page.select_option("#group", "sanitation")
    page.wait_for_url("**group=sanitation**")
    expect(page.locator("#group")).to_have_value("sanitation")


def _weigh(page: Page, path: str) -> tuple[int, int]:
    """Bytes that came over the wire for a first visit: without the map, and for the map."""
    answers: list[Response] = []
    page.on("response", lambda answer: answers.insert(0, answer))
    page.goto(path, wait_until="networkidle")
    sizes = [(bool(MAP.search(each.url)), each.request.sizes()) for each in answers]
    weights = [
        (is_map, each["responseBodySize"] + each["responseHeadersSize"]) for is_map, each in sizes
    ]
    return (
        sum(size for is_map, size in weights if not is_map),
        sum(size for is_map, size in weights if is_map),
    )


@pytest.mark.parametrize("path", ["/", "/report", "/track", "/nearby", "/map"])
def test_a_first_visit_is_light(sit: Sit, path: str) -> None:
    plain, for_map = _weigh(sit(size="phone"), path)
    assert plain < MOST_BYTES
    assert (for_map > 0) is (path == "/map")


def test_words_can_be_read_in_the_sun(sit: Sit, session: Session, known: Case) -> None:
    page = sit(size="phone")
    longitude, latitude = spot()
    track = f"/track/{known.public_id}?token={report_token(known.public_id)}"
    near = f"/nearby?longitude={longitude}&latitude={latitude}"
    for theme in ("light", "dark"):
        page.goto(f"/theme/{theme}")
        for path in ("/", "/report", "/track", near, "/map/list", track):
            page.goto(path)
            found = faults(page, f"{theme} {path}", tags=SUN, rules=SUN)
            assert found == []
