"""A call: kept while it is typed, everything else beside it, registered once, linked in one deed."""

import re

from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.cases.model import Case, CaseReporter, Photo
from dispatch.cases.states import Stage
from dispatch.hotline.model import CallDraft, Snippet, SnippetKind
from dispatch.hotline.queries.drafts import held_photos
from dispatch.kit import clock, reference
from dispatch.kit.audit import AuditEntry
from tests.factories.cases import report
from tests.factories.city import City, add_names, spot
from tests.factories.photos import picture
from tests.web.conftest import As, field

CALL = {
    "contact_phone": "13800001234",
    "contact_name": "王女士",
    "description": "路口的井盖不见了",
    "address": "龙潭医院门口",
}


def opened(agent: TestClient) -> tuple[str, dict[str, str]]:
    """The address of a new call, and the token of its form."""
    address = agent.get("/agent/call").headers["location"]
    return address, {"csrf_token": field(agent.get(address).text, "csrf_token")}


def drafts(session: Session) -> list[CallDraft]:
    return list(session.scalars(select(CallDraft)))


def test_what_is_typed_is_kept_and_tells_the_rest(session: Session, as_: As, city: City) -> None:
    add_names(session)
    near = report(session, at=clock.now())
    session.add(
        Snippet(kind=SnippetKind.OURS, title="井盖", text="先问有没有人受伤", words=["井盖"])
    )
    session.flush()
    reference.forget_all()
    agent = as_("agent")
    address, form = opened(agent)
    side = agent.post(f"{address}/keep", data={**form, **CALL}).text
    for words in ("雨水井盖", "<mark>井盖</mark>", "先问有没有人受伤", near.id, "龙潭医院", "并入"):
        assert words in side
    again = agent.get(address).text
    assert all(value in again for value in CALL.values())


def test_a_number_shows_earlier_cases_and_the_look_is_audited_once(
    session: Session, as_: As, city: City
) -> None:
    earlier = report(session, contact_phone="13800001234")
    agent = as_("agent")
    address, form = opened(agent)
    for _ in range(2):
        assert earlier.id in agent.post(f"{address}/keep", data={**form, **CALL}).text
    looks = session.scalars(
        select(AuditEntry).where(AuditEntry.action == "reporter.looked_up")
    ).all()
    assert [each.subject for each in looks] == ["phone:138****1234"]


def test_a_call_is_registered_with_its_number_to_read_out(
    session: Session, as_: As, city: City
) -> None:
    agent = as_("agent")
    address, form = opened(agent)
    longitude, latitude = spot()
    body = {**form, **CALL, "longitude": str(longitude), "latitude": str(latitude)}
    answer = agent.post(
        address, data={**body, "condition": str(city.missing.id), "category": "P0103"}
    )
    case = session.scalars(select(Case)).one()
    assert answer.headers["location"] == f"/agent/call/done/{case.public_id}"
    assert (case.channel, case.condition_id, case.stage) == (
        "phone",
        city.missing.id,
        Stage.REPORTED,
    )
    page = agent.get(answer.headers["location"]).text
    assert case.number in page
    assert re.search(r"(今天|明天) \d\d:\d\d 前", page)
    assert drafts(session) == []
    assert agent.post(address, data=body).headers["location"] == answer.headers["location"]
    assert len(session.scalars(select(Case)).all()) == 1


def test_one_deed_links_it_to_the_case_that_is_there(session: Session, as_: As, city: City) -> None:
    there = report(session, longitude=spot(0, 0)[0])
    agent = as_("agent")
    address, form = opened(agent)
    answer = agent.post(address, data={**form, **CALL, "same_as": there.id})
    page = agent.get(answer.headers["location"]).text
    assert there.number in page
    made = session.scalars(select(Case).where(Case.public_id != there.id)).one()
    assert made.number in page
    assert made.duplicate_of_id == there.case_id
    told = session.scalars(select(CaseReporter).where(CaseReporter.case_id == made.id)).one()
    assert told.phone == "13800001234"


def test_a_case_that_is_none_of_those_nearby_stands_alone(
    session: Session, as_: As, city: City
) -> None:
    report(session, at=clock.now())
    agent = as_("agent")
    address, form = opened(agent)
    longitude, latitude = spot()
    point = {"longitude": str(longitude), "latitude": str(latitude)}
    agent.post(address, data={**form, **CALL, **point, "alone": "1"})
    cases = session.scalars(select(Case)).all()
    assert [each.duplicate_of_id for each in cases] == [None, None]


def test_a_fault_keeps_everything_that_was_typed(session: Session, as_: As) -> None:
    agent = as_("agent")
    address, form = opened(agent)
    answer = agent.post(address, data={**form, **CALL, "contact_phone": "一三八"})
    assert answer.status_code == 422
    assert "一三八" in answer.text
    assert CALL["description"] in answer.text
    assert session.scalars(select(Case)).all() == []


def test_several_calls_stand_side_by_side_and_are_nobody_else_s(
    session: Session, as_: As, city: City
) -> None:
    agent = as_("agent")
    first, form = opened(agent)
    agent.post(f"{first}/keep", data={**form, **CALL})
    second = agent.post("/agent/call", data=form).headers["location"]
    assert second != first
    page = agent.get(second).text
    assert first in page
    assert CALL["address"] in page
    leader = as_("shift_leader")
    assert leader.get(first).status_code == 404
    agent.post(f"{second}/away", data=form)
    assert [f"/agent/call/{each.id}" for each in drafts(session)] == [first]


def test_the_telephone_opens_the_call_of_its_number(session: Session, as_: As) -> None:
    agent = as_("agent")
    one = agent.get("/agent/call?phone=13800009999").headers["location"]
    assert "13800009999" in agent.get(one).text
    assert agent.get("/agent/call?phone=13800009999").headers["location"] == one


def test_the_desk_is_for_agents_and_shift_leaders(as_: As) -> None:
    for path in ("call", "accept", "review", "wechat", "callbacks", "import"):
        assert as_("dispatcher").get(f"/agent/{path}").status_code == 403


def test_photos_are_kept_with_the_call_and_go_into_the_case(
    session: Session, as_: As, city: City
) -> None:
    agent = as_("agent")
    address, form = opened(agent)
    part = {"X-Part": "photos"}

    def give(*names: str) -> Response:
        files = [("photos", (name, picture(), "image/jpeg")) for name in names]
        return agent.post(f"{address}/photos", data=form, files=files, headers=part)

    shown = give("a.jpg", "b.jpg").text
    first, second = re.findall(r'<img src="([^"]+)"', shown)
    assert agent.get(first).headers["content-type"] == "image/jpeg"
    assert as_("shift_leader").get(first).status_code == 404
    agent.post(f"{second}/away", data=form, headers=part)
    assert agent.get(second).status_code == 404
    typed = {**form, "description": "井盖不见了", "address": "学院路"}
    agent.post(f"{address}/keep", data=typed)
    assert first in agent.get(address).text
    assert [str(each) for each in held_photos(session)] == [first.rsplit("/", 1)[1]]

    last = [("photos", ("c.jpg", picture(), "image/jpeg"))]
    done = agent.post(address, data=typed, files=last)

    case_id = done.headers["location"].rsplit("/", 1)[1]
    case = session.scalars(select(Case).where(Case.public_id == case_id)).one()
    photos = session.scalars(select(Photo).where(Photo.case_id == case.id)).all()
    assert len(photos) == 2
    assert held_photos(session) == set()
