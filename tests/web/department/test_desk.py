"""A department works on its cases: inbox, board, tasks, crews, the day on paper, figures; never another's."""

from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import delete
from sqlalchemy.orm import Session

from dispatch.cases.commands import act
from dispatch.cases.model import Case, CaseAssignment, Photo
from dispatch.cases.states import Stage, Verb
from dispatch.catalogue.model import Reason
from dispatch.crews.commands import add_crew
from dispatch.crews.model import Crew
from dispatch.crews.queries import crews_of
from dispatch.intake.model import DuplicateRule
from dispatch.kit import clock
from tests.factories.cases import add_case
from tests.factories.city import City
from tests.factories.photos import picture
from tests.web.conftest import As, field

PAGES = (
    "/department",
    "/department?tab=late",
    "/department?tab=assisting",
    "/department/board",
    "/department/mine",
    "/department/daily",
    "/department/figures",
)


@pytest.fixture(autouse=True)
def _no_two_are_one(session: Session, city: City) -> None:
    session.execute(delete(DuplicateRule))


@pytest.fixture
def case(session: Session, city: City) -> Case:
    return add_case(session, city, Stage.DISPATCHED, at=clock.now() - timedelta(minutes=30))


@pytest.fixture
def crew(session: Session, city: City) -> Crew:
    return add_crew(session, name="井盖一班", members=[city["handler"].id or 0], by=city["manager"])


def send(
    client: TestClient, address: str, *, page: str = "/department/board", **form: Any
) -> Response:
    """Post a form with the token that the page before it carries."""
    token = client.get(page).text.split('data-csrf="')[1].split('"')[0]
    files = form.pop("files", None)
    return client.post(address, data={"csrf_token": token, **form}, files=files)


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_for_manager_and_handler_with_their_case(
    as_: As, case: Case, page: str
) -> None:
    for post in ("manager", "handler"):
        answer = as_(post).get(page)
        assert answer.status_code == 200
        if page in ("/department", "/department/board"):
            assert case.public_id in answer.text


@pytest.mark.parametrize("page", PAGES)
def test_another_unit_sees_nothing_of_it(as_: As, case: Case, page: str) -> None:
    assert case.public_id not in as_("stranger").get(page).text


def test_another_unit_cannot_open_or_do_anything(as_: As, case: Case) -> None:
    stranger = as_("stranger")
    assert stranger.get(f"/department/cases/{case.public_id}").status_code == 404
    done = send(stranger, f"/department/cases/{case.public_id}/acknowledge")
    assert (done.status_code, case.acknowledged_at) == (404, None)


@pytest.mark.parametrize("post", ["agent", "dispatcher", "inspector", "admin"])
def test_who_belongs_to_no_unit_has_no_such_desk(as_: As, case: Case, post: str) -> None:
    assert as_(post).get("/department").status_code == 403


def test_many_are_acknowledged_and_what_was_not_is_told(
    session: Session, as_: As, city: City, case: Case
) -> None:
    other = add_case(session, city, Stage.HANDLED, at=clock.now())
    answer = send(
        as_("manager"),
        "/department/bulk",
        verb="acknowledge",
        tab="new",
        case=[case.public_id, other.public_id],
    )
    assert case.acknowledged_at is not None
    assert "已办 1 件" in answer.text
    assert f"/cases/{other.public_id}" in answer.text
    nothing = send(as_("manager"), "/department/bulk", verb="acknowledge", tab="new")
    assert (nothing.status_code, "请先勾选案件" in nothing.text) == (422, True)


def test_many_are_given_to_a_crew(as_: As, case: Case, crew: Crew) -> None:
    manager = as_("manager")
    send(
        manager,
        "/department/bulk",
        verb="assign",
        tab="new",
        to=f"crew:{crew.id}",
        case=case.public_id,
    )
    assert case.crew_id == crew.id
    assert crew.name in manager.get("/department?tab=assigned").text
    refused = send(
        as_("handler"), "/department/bulk", verb="assign", to="crew:1", case=case.public_id
    )
    assert "没有“分派”的权限" in refused.text


def test_a_handler_finds_what_their_crew_was_given_and_what_nobody_has(
    session: Session, as_: As, city: City, case: Case, crew: Crew
) -> None:
    page = as_("handler").get("/department/mine").text
    assert "领取并开工" in page
    body = {"crew": crew.id}
    act(session, case.id, Verb.ASSIGN, by=city["manager"], at=clock.now(), body=body)
    page = as_("handler").get("/department/mine").text
    assert "领取并开工" not in page
    assert "https://uri.amap.com/navigation" in page


def test_done_is_reported_with_photos_of_three_moments(
    session: Session, as_: As, case: Case
) -> None:
    handler, address = as_("handler"), f"/department/cases/{case.public_id}"
    send(handler, f"{address}/start", back="/department/mine")
    shot = ("a.jpg", picture(width=320, height=240), "image/jpeg")
    answer = send(
        handler,
        f"{address}/report-done",
        result="已换新井盖",
        back="/department/mine",
        files=[("before_photos", shot), ("during_photos", shot), ("photos", shot)],
    )
    assert answer.headers["location"] == "/department/mine?said=report-done"
    assert case.stage == Stage.HANDLED
    kinds = session.query(Photo.kind).filter(Photo.case_id == case.id).all()
    assert sorted(kind for (kind,) in kinds) == ["after", "before", "during"]


def test_a_return_takes_a_reason_of_the_city_and_words_where_it_wants_them(
    session: Session, as_: As, case: Case
) -> None:
    session.add_all(
        [
            Reason(verb="return", code="not_ours", name="未移交", name_en="not handed over"),
            Reason(
                verb="return", code="other", name="产权属他人", name_en="other", wants_note=True
            ),
        ]
    )
    session.flush()
    manager, address = as_("manager"), f"/department/cases/{case.public_id}/return"
    refused = send(manager, address, reason_code="other")
    assert (refused.status_code, "要写明情况" in refused.text) == (422, True)
    assert case.stage == Stage.DISPATCHED
    send(manager, address, reason_code="other", reason="电信的井")
    link = session.query(CaseAssignment).filter_by(case_id=case.id).one()
    assert (link.end_code, link.end_reason) == ("other", "产权属他人:电信的井")


def test_what_was_typed_stays_when_it_is_refused(as_: As, case: Case) -> None:
    form: dict[str, Any] = {"until": "2020-01-01T08:00", "reason": "要开挖"}
    answer = send(as_("manager"), f"/department/cases/{case.public_id}/extend", **form)
    assert answer.status_code == 422
    assert "要开挖" in answer.text
    assert "2020-01-01T08:00" in answer.text


def test_a_deed_on_an_old_page_is_refused_with_the_reason(
    session: Session, as_: As, city: City, case: Case
) -> None:
    act(session, case.id, Verb.NOTE, by=city["agent"], at=clock.now(), body={"note": "又来电"})
    answer = send(
        as_("manager"), f"/department/cases/{case.public_id}/acknowledge", expected_version="1"
    )
    assert answer.status_code == 409
    assert "重新载入看变化" in answer.text


def test_a_manager_sets_up_and_closes_crews(session: Session, as_: As, city: City) -> None:
    manager, member = as_("manager"), str(city["handler"].id)
    send(manager, "/department/crews", name="巡修班", daily_capacity="6", member=member)
    crew = crews_of(session, city.works.id)[0]
    assert (crew.name, crew.daily_capacity, len(crew.members)) == ("巡修班", 6, 1)
    again = send(manager, "/department/crews", name="巡修班", daily_capacity="6")
    assert (again.status_code, "已有班组" in again.text) == (409, True)
    send(manager, f"/department/crews/{crew.id}", name="巡修班", daily_capacity="6")
    assert crews_of(session, city.works.id) == []
    assert as_("handler").get("/department/crews").status_code == 403
    foreign = send(as_("stranger"), f"/department/crews/{crew.id}", name="x", daily_capacity="1")
    assert foreign.status_code == 404


def test_figures_lead_to_their_cases(session: Session, as_: As, city: City, case: Case) -> None:
    body = {"result": "已换"}
    act(session, case.id, Verb.REPORT_DONE, by=city["manager"], at=clock.now(), body=body)
    manager = as_("manager")
    page = manager.get("/department/figures").text
    assert "/department/figures/cases?of=handled" in page
    assert case.public_id in manager.get("/department/figures/cases?of=handled").text
    assert case.public_id not in manager.get("/department/figures/cases?of=returned").text
    assert manager.get("/department/figures?month=soon").status_code == 422
    category = f"&category={city.manhole.id}"
    assert case.public_id in manager.get(f"/department/figures/cases?of=in_time{category}").text


def test_the_day_on_paper_is_divided_by_crew(
    session: Session, as_: As, city: City, case: Case, crew: Crew
) -> None:
    act(session, case.id, Verb.ASSIGN, by=city["manager"], at=clock.now(), body={"crew": crew.id})
    page = as_("manager").get("/department/daily").text
    assert crew.name in page
    assert case.public_id in page
    assert "签字" in page


def test_the_form_of_the_page_carries_its_version(as_: As, case: Case) -> None:
    page = as_("manager").get(f"/department/cases/{case.public_id}").text
    assert field(page, "expected_version") == str(case.version)
