"""Following a report: found by number and phone, added to, told of or not; wrong guesses are counted."""

import pytest
from fastapi.responses import HTMLResponse, JSONResponse
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.cases.commands import act
from dispatch.cases.model import Case, CaseHistory, CaseReporter, Photo
from dispatch.cases.photos import store_photo
from dispatch.cases.states import Stage, Verb
from dispatch.intake.tokens import report_token, track_url
from dispatch.kit import clock, ratelimit
from dispatch.kit.ratelimit import too_many
from dispatch.notices.events import Way
from dispatch.notices.queries import has_opted_out
from dispatch.notices.readers import reporter
from dispatch.people.policy import SYSTEM
from dispatch.web.parts.errors import refusal
from tests.factories.cases import add_case, report
from tests.factories.city import City
from tests.factories.photos import picture


def _track(case: Case) -> str:
    return f"/track/{case.public_id}?token={report_token(case.public_id)}"


@pytest.fixture
def mine(session: Session, city: City) -> Case:
    """A report with a phone number."""
    receipt = report(session, at=clock.now(), contact_phone="138 0000 1234")
    return session.get_one(Case, receipt.case_id)


@pytest.fixture(autouse=True)
def _fresh_counts() -> None:
    ratelimit.limiter.cache_clear()
    ratelimit.limiter()._shared.storage.reset()


def test_number_and_end_of_the_phone_open_the_report(visitor: TestClient, mine: Case) -> None:
    for number in (mine.number, mine.public_id, f" {mine.number} "):
        answer = visitor.post("/track", data={"number": number, "phone_end": "1234"})
        assert answer.headers["location"] == _track(mine)


def test_a_link_opens_it_alone(visitor: TestClient, mine: Case) -> None:
    pasted = visitor.post("/track", data={"number": track_url(mine.public_id)})
    asked = visitor.get("/track", params={"number": track_url(mine.public_id)})
    assert pasted.headers["location"] == asked.headers["location"] == _track(mine)


@pytest.mark.parametrize("end", ["", "0000", "234", "12345", "%", "abcd"])
def test_a_wrong_end_tells_nothing(visitor: TestClient, mine: Case, end: str) -> None:
    answer = visitor.post("/track", data={"number": mine.number, "phone_end": end})
    unknown = visitor.post("/track", data={"number": "20200101-0001", "phone_end": "1234"})
    assert (answer.status_code, unknown.status_code) == (404, 404)
    assert "location" not in answer.headers
    assert mine.number in answer.text


def test_guessing_is_stopped_for_the_number_from_wherever_it_comes(
    visitor: TestClient, mine: Case
) -> None:
    tries = [
        visitor.post("/track", data={"number": mine.number, "phone_end": f"{n:04d}"}).status_code
        for n in range(6)
    ]
    assert tries == [404] * 5 + [429]
    late = visitor.post("/track", data={"number": mine.number, "phone_end": "1234"})
    assert late.status_code == 429
    assert "再试" in late.text


def test_a_remark_comes_into_the_history_with_its_photo(
    session: Session, visitor: TestClient, mine: Case
) -> None:
    form = {"token": report_token(mine.public_id), "remark": "今天水更深了"}
    files = {"photos": ("a.jpg", picture(), "image/jpeg")}
    answer = visitor.post(f"/track/{mine.public_id}/remark", data=form, files=files)
    assert answer.headers["location"] == f"{_track(mine)}&said=added"
    row = session.scalars(select(CaseHistory).order_by(CaseHistory.id.desc())).first()
    assert row is not None
    assert row.note == "市民补充：今天水更深了（补充照片 1 张）"
    assert session.scalars(select(Photo).where(Photo.case_id == mine.id)).one()


def test_a_remark_to_a_joined_report_reaches_the_case_that_is_worked_on(
    session: Session, visitor: TestClient, city: City
) -> None:
    master = add_case(session, city, Stage.DISPATCHED, at=clock.now())
    mine = session.get_one(Case, report(session, at=clock.now(), same_as=master.public_id).case_id)
    form = {"token": report_token(mine.public_id), "remark": "还在漏水"}
    visitor.post(f"/track/{mine.public_id}/remark", data=form)
    notes = session.scalars(select(CaseHistory.note).where(CaseHistory.case_id == master.id)).all()
    assert "市民补充：还在漏水" in notes


@pytest.mark.parametrize(("remark", "status"), [("", 422), ("字" * 1001, 422)])
def test_nothing_and_too_much_are_refused_and_kept(
    visitor: TestClient, mine: Case, remark: str, status: int
) -> None:
    form = {"token": report_token(mine.public_id), "remark": remark}
    answer = visitor.post(f"/track/{mine.public_id}/remark", data=form)
    assert answer.status_code == status
    assert remark in answer.text


def test_a_finished_case_takes_no_more(session: Session, visitor: TestClient, city: City) -> None:
    case = add_case(session, city, Stage.CLOSED, at=clock.now())
    form = {"token": report_token(case.public_id), "remark": "再说一句"}
    answer = visitor.post(f"/track/{case.public_id}/remark", data=form)
    assert answer.status_code == 409
    assert "重新上报" in answer.text


def test_strangers_can_neither_add_nor_choose(visitor: TestClient, mine: Case) -> None:
    for path in ("remark", "notices"):
        form = {"token": "x", "remark": "a", "wanted": "no"}
        assert visitor.post(f"/track/{mine.public_id}/{path}", data=form).status_code == 404


def test_notices_can_be_turned_off_and_on(
    session: Session, visitor: TestClient, mine: Case
) -> None:
    token = report_token(mine.public_id)
    row = session.scalars(select(CaseReporter).where(CaseReporter.case_id == mine.id)).one()
    assert "不用通知我" in visitor.get(_track(mine)).text
    for wanted, kept in (("no", False), ("yes", True)):
        form = {"token": token, "wanted": wanted}
        assert visitor.post(f"/track/{mine.public_id}/notices", data=form).status_code == 303
        session.refresh(row)
        assert row.notify is kept
    assert reporter(row, mine.public_id).phone == "138 0000 1234"


def test_who_left_no_contact_is_not_asked_about_notices(
    session: Session, visitor: TestClient, city: City
) -> None:
    case = add_case(session, city, Stage.REPORTED, at=clock.now())
    assert "通知" not in visitor.get(_track(case)).text


def test_what_was_done_is_shown_to_those_who_joined_and_their_photos_to_nobody_else(
    session: Session, visitor: TestClient, city: City
) -> None:
    master = add_case(session, city, Stage.DISPATCHED, at=clock.now())
    mine = session.get_one(Case, report(session, at=clock.now(), same_as=master.public_id).case_id)
    photos = {
        kind: store_photo(session, picture(), kind=kind, by=None, at=clock.now()).photo
        for kind in ("before", "after")
    }
    for each in photos.values():
        each.case_id = master.id
    session.flush()
    act(session, master.id, Verb.NOTE, by=SYSTEM, at=clock.now(), body={"note": "x"})
    page = visitor.get(_track(mine)).text
    assert str(photos["after"].id) in page
    assert str(photos["before"].id) not in page
    token = report_token(mine.public_id)
    assert visitor.get(f"/media/{photos['after'].id}", params={"token": token}).status_code == 200
    assert visitor.get(f"/media/{photos['before'].id}", params={"token": token}).status_code == 404


def test_too_many_knocks_are_answered_kindly_and_nothing_is_said_to_be_lost() -> None:
    scope = {"type": "http", "method": "POST", "path": "/report", "query_string": b""}
    page = refusal({**scope, "headers": [(b"accept", b"text/html")]}, too_many(17))
    assert isinstance(page, HTMLResponse)
    assert (page.status_code, page.headers["retry-after"]) == (429, "17")
    assert "17 秒后再试" in bytes(page.body).decode()
    program = refusal({**scope, "headers": [(b"accept", b"application/json")]}, too_many(17))
    assert isinstance(program, JSONResponse)


def test_phone_is_taken_off_text_messages_and_put_back(
    session: Session, visitor: TestClient, mine: Case
) -> None:
    token, address = report_token(mine.public_id), f"/track/{mine.public_id}/sms"
    assert "不再给 138****1234 发短信" in visitor.get(_track(mine)).text
    for wanted, words, gone in (("no", "已退订短信", True), ("yes", "不再给", False)):
        given = {"token": token, "wanted": wanted}
        assert visitor.post(address, data=given).status_code == 303
        assert has_opted_out(session, way=Way.SMS, address="13800001234") is gone
        assert words in visitor.get(_track(mine)).text
    forged = visitor.post(address, data={"token": "x" * 16, "wanted": "no"})
    assert forged.status_code in (403, 404)
    assert not has_opted_out(session, way=Way.SMS, address="13800001234")
