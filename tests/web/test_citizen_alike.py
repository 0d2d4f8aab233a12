"""Is it one of these? Asked before a report is sent, without a word of anybody's and with nothing that can be guessed."""

import io
import re
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from PIL import Image
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.cases.model import Case, Photo
from dispatch.cases.photos import store_photo
from dispatch.cases.states import Stage
from dispatch.catalogue.model import CitySetting
from dispatch.intake.tokens import alike_ticket, case_of_ticket, report_token
from dispatch.kit import clock, reference
from tests.factories.cases import add_case
from tests.factories.city import City, spot
from tests.factories.photos import picture
from tests.web.conftest import field

HERE = {"longitude": f"{spot()[0]}", "latitude": f"{spot()[1]}"}
SECRET = "王大爷在12栋302说井盖不见了"


def _hidden(client: TestClient) -> dict[str, str]:
    page = client.get("/report").text
    return {name: field(page, name) for name in ("form_token", "key")}


@pytest.fixture
def known(session: Session, city: City) -> Case:
    """An open case where the others will report."""
    case = add_case(session, city, Stage.DISPATCHED, at=clock.now())
    case.description = SECRET
    session.flush()
    return case


def _asked(client: TestClient, **typed: str) -> str:
    form = {**_hidden(client), "description": "这里没有井盖", **HERE, **typed}
    answer = client.post("/report/alike", data=form)
    assert answer.status_code == 200
    return answer.text


def test_the_question_shows_what_is_known_and_nobody_s_words(
    visitor: TestClient, known: Case
) -> None:
    page = _asked(visitor)
    for words in ("雨水井盖", "责任单位处理中", "距您标的位置 1 米", "都不是"):
        assert words in page
    for private in (SECRET, known.number, "王大爷"):
        assert private not in page


def test_the_promise_is_the_limit_of_the_catalogue(visitor: TestClient, city: City) -> None:
    assert "一般2 小时内处理" in _asked(visitor, description="井盖不见了")
    assert "一般4 个工作小时内处理" in _asked(visitor, description="井盖破了")


def test_the_plain_form_asks_once_and_then_sends(
    session: Session, visitor: TestClient, known: Case
) -> None:
    form = {**_hidden(visitor), "description": "这里没有井盖", **HERE}
    page = visitor.post("/report", data=form)
    assert page.status_code == 200
    assert "是同一件吗" in page.text
    assert "这里没有井盖" in page.text
    ticket = re.search(r'name="same_as" value="(\d[^"]+)"', page.text)
    assert ticket
    answer = visitor.post("/report", data={**form, "asked": "yes", "same_as": ticket[1]})
    assert answer.status_code == 303
    session.refresh(known)
    assert known.reporters_count == 2
    receipt = visitor.get(answer.headers["location"]).text
    assert f"已并入案件 {known.number}" in receipt
    mine = session.scalars(select(Case).where(Case.duplicate_of_id == known.id)).one()
    assert mine.number in receipt


def test_none_of_these_stays_a_case_of_its_own(
    session: Session, visitor: TestClient, known: Case
) -> None:
    form = {**_hidden(visitor), "description": "这里没有井盖", **HERE}
    visitor.post("/report", data={**form, "asked": "yes", "same_as": "none"})
    session.refresh(known)
    assert known.reporters_count == 1
    mine = session.scalars(select(Case).where(Case.id != known.id)).one()
    assert mine.stands_alone


@pytest.mark.parametrize("forged", ["{id}", "{id}.AAAAAAAAAAAAAAAA", "{number}"])
def test_a_case_that_was_not_offered_cannot_be_named(
    session: Session, visitor: TestClient, known: Case, forged: str
) -> None:
    far = {"longitude": f"{spot(4, 4)[0]}", "latitude": f"{spot(4, 4)[1]}"}
    answer = forged.format(id=known.public_id, number=known.number)
    form = {**_hidden(visitor), "description": "暴露垃圾", **far, "asked": "yes", "same_as": answer}
    assert visitor.post("/report", data=form).status_code == 303
    session.refresh(known)
    assert known.reporters_count == 1


def test_a_ticket_holds_for_two_days() -> None:
    now = clock.now()
    ticket = alike_ticket("20261121-0001", at=now)
    assert case_of_ticket(ticket, at=now) == "20261121-0001"
    assert case_of_ticket(ticket, at=now + timedelta(days=1)) == "20261121-0001"
    assert case_of_ticket(ticket, at=now + timedelta(days=2)) is None
    assert case_of_ticket("20261121-0002." + ticket.partition(".")[2], at=now) is None


def test_its_picture_is_a_stamp_only_and_only_by_ticket(
    session: Session, visitor: TestClient, known: Case
) -> None:
    stored = store_photo(
        session, picture(width=900, height=700), kind="before", by=None, at=clock.now()
    )
    stored.photo.case_id = known.id
    session.flush()
    found = re.search(r'src="(/report/alike/[^"]+)"', _asked(visitor))
    assert found
    answer = visitor.get(found[1])
    with Image.open(io.BytesIO(answer.content)) as image:
        assert max(image.size) <= 176
    assert visitor.get(f"/report/alike/{known.public_id}.x.jpg").status_code == 404
    session.merge(CitySetting(name="public_photos", value=0))
    session.flush()
    reference.forget_all()
    assert visitor.get(found[1]).status_code == 404


def test_a_kind_chosen_by_hand_wins(session: Session, visitor: TestClient, city: City) -> None:
    form = {**_hidden(visitor), "description": "这里没有井盖", **HERE, "asked": "yes"}
    visitor.post("/report", data={**form, "category": "", "category_other": "T:E0110"})
    case = session.scalars(select(Case)).one()
    assert (case.category_id, case.category_source) == (city.litter.id, "given")


def test_a_photo_is_sent_ahead_and_taken_by_the_report(
    session: Session, visitor: TestClient, city: City
) -> None:
    hidden = _hidden(visitor)
    sent = {"photo": ("a.jpg", picture(gps=True), "image/jpeg")}
    token = {"form_token": hidden["form_token"]}
    answer = visitor.post("/report/photos", data=token, files=sent)
    assert answer.status_code == 201
    given = answer.json()
    assert given["longitude"] == pytest.approx(109.405, abs=1e-4)
    assert visitor.get(f"/report/photos/{given['id']}").headers["content-type"] == "image/jpeg"
    form = {**hidden, "description": "井盖不见了", **HERE, "kept": given["id"]}
    assert visitor.post("/report", data=form).status_code == 303
    case = session.scalars(select(Case)).one()
    assert session.scalar(select(func.count()).where(Photo.case_id == case.id)) == 1
    assert visitor.get(f"/report/photos/{given['id']}").status_code == 404
    assert report_token(case.public_id)


def test_photos_from_another_site_are_refused(session: Session, visitor: TestClient) -> None:
    sent = {"photo": ("a.jpg", picture(), "image/jpeg")}
    assert visitor.post("/report/photos", files=sent).status_code == 403
    assert visitor.post("/report/alike", data={"description": "x"}).status_code == 403
    assert session.scalar(select(func.count(Photo.id))) == 0
