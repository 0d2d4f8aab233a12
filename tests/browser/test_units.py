"""Hall and units: dispatched, returned with the reason, dispatched again; taken up, assigned, done from a phone."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import FilePayload, Page, expect
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from dispatch.cases.model import Case, CaseAssignment
from dispatch.cases.states import Stage
from dispatch.catalogue.model import Reason
from dispatch.crews.commands import add_crew
from dispatch.crews.model import CrewMember
from dispatch.kit import clock, db
from tests.browser.conftest import Sit
from tests.factories.cases import add_case
from tests.factories.city import City
from tests.factories.photos import picture

pytestmark = pytest.mark.browser

PHOTO = FilePayload(name="done.jpg", mimeType="image/jpeg", buffer=picture(width=640, height=480))


@pytest.fixture(scope="module")
def crew(city: City) -> Iterator[str]:
    """A crew of the unit, and the reasons that the city offers for a return."""
    with db.open_session() as session:
        made = add_crew(
            session, name="井盖一班", members=[city["handler"].id or 0], by=city["manager"]
        )
        session.add(
            Reason(
                verb="return", code="not_ours", name="未移交本单位管养", name_en="not handed over"
            )
        )
        name = made.name
    yield name
    with db.open_session() as session:
        session.execute(delete(CrewMember))
        session.execute(delete(Reason))


def _now(public_id: str) -> Case:
    with db.open_session() as session:
        return session.scalars(select(Case).where(Case.public_id == public_id)).one()


def _dispatch(page: Page, public_id: str) -> None:
    page.goto(f"/dispatcher/dispatch?case={public_id}")
    expect(page.locator(".advice-unit")).to_contain_text("市政维护处")
    page.locator("main").focus()
    page.keyboard.press("d")
    page.wait_for_url("**said=dispatch*")


def test_returned_and_dispatched_again_then_done_from_a_phone(
    sit: Sit, session: Session, city: City, crew: str
) -> None:
    case = add_case(session, city, Stage.FILED, at=clock.now())
    session.commit()
    number = case.public_id
    dispatcher = sit("dispatcher")
    _dispatch(dispatcher, number)

    manager = sit("manager")
    manager.goto(f"/department/cases/{number}")
    manager.locator("#deed-return > summary").click()
    manager.locator("#deed-return [name=reason_code]").check()
    manager.locator("#deed-return textarea").fill("井盖上是电信标识")
    manager.locator("#deed-return button[type=submit]").click()
    manager.wait_for_url("**said=return*")

    dispatcher.goto("/dispatcher/returned")
    expect(dispatcher.locator(f"#case-{number} .hand-why")).to_contain_text("井盖上是电信标识")
    _dispatch(dispatcher, number)

    manager.goto("/department")
    manager.locator(f"#case-{number} input").check()
    expect(manager.locator("[data-ticked]")).to_contain_text("1")
    manager.locator("main").focus()
    manager.keyboard.press("e")
    expect(manager.locator("[role=status] >> text=已办 1 件")).to_be_visible()

    manager.goto("/department/board")
    card = manager.locator(f"#case-{number}")
    card.focus()
    manager.keyboard.press("g")
    manager.locator("#assign select").select_option(label=f"{crew} (试用人员)")
    manager.locator("#assign [type=submit]").click()
    expect(manager.locator(f"[data-step=assigned] #case-{number}")).to_contain_text(crew)

    phone = sit("handler", size="phone")
    phone.goto("/department/mine")
    phone.locator(f"#case-{number} button").click()
    phone.wait_for_url(f"**/department/cases/{number}?*")
    phone.locator("#before_photos").set_input_files([PHOTO])
    phone.locator("#photos").set_input_files([PHOTO])
    phone.locator("#report-done-result").fill("已换新井盖")
    phone.locator("form[action$='/report-done'] .btn-wide").click()
    phone.wait_for_url("**/department/mine?said=report-done")

    done = _now(number)
    assert (done.stage, done.return_count) == (Stage.HANDLED, 1)
    links = session.scalars(
        select(CaseAssignment)
        .where(CaseAssignment.case_id == done.id)
        .order_by(CaseAssignment.id)
        .execution_options(populate_existing=True)
    ).all()
    assert [link.end_code for link in links] == ["not_ours", None]
    assert None not in (links[1].acknowledged_at, links[1].started_at, links[1].handled_at)


def test_a_line_is_filed_by_keys_and_a_card_is_dragged(
    sit: Sit, session: Session, city: City, crew: str
) -> None:
    first, second = (
        add_case(session, city, Stage.ACCEPTED, at=clock.now() - timedelta(minutes=5 - n))
        for n in range(2)
    )
    card = add_case(session, city, Stage.DISPATCHED, at=clock.now())
    session.commit()
    leader = sit("shift_leader")
    leader.goto(f"/dispatcher/file?case={first.public_id}")
    leader.locator("main").focus()
    leader.keyboard.press("f")
    leader.wait_for_url("**said=file*")
    expect(leader.locator(".line-rows .marked")).to_contain_text("雨水井盖")
    assert _now(first.public_id).stage == Stage.FILED
    assert _now(second.public_id).stage == Stage.ACCEPTED

    manager = sit("manager")
    manager.goto("/department/board")
    manager.locator(f"#case-{card.public_id} .board-due").hover()
    manager.mouse.down()
    for _ in range(2):  # a browser tells of dragging over from the second move on
        manager.locator("[data-step=taken] h2").hover()
    manager.mouse.up()
    expect(manager.locator(f"[data-step=taken] #case-{card.public_id}")).to_be_visible()
    assert _now(card.public_id).acknowledged_at is not None
