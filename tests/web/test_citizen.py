"""The citizen's pages by plain forms: report, keep what was typed, follow, rate."""

import re

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.cases.commands import act
from dispatch.cases.model import Case, CaseRating, Photo
from dispatch.cases.states import Stage, Verb
from dispatch.intake.tokens import report_token, track_url
from dispatch.kit import clock
from tests.factories.cases import add_case
from tests.factories.city import City, spot
from tests.factories.photos import picture
from tests.web.conftest import field

HERE = {"longitude": f"{spot()[0]}", "latitude": f"{spot()[1]}"}


def _report(client: TestClient, photos: int = 0, /, **typed: str) -> tuple[int, str, str]:
    """Fill in the form as a browser without JavaScript: (status, page, where to)."""
    page = client.get("/report").text
    hidden = {name: field(page, name) for name in ("form_token", "key")}
    files = [("photos", (f"{n}.jpg", picture(gps=True), "image/jpeg")) for n in range(photos)]
    data = {"address": "", "contact_name": "", "contact_phone": "", **hidden, **typed}
    empty = [("photos", ("", b"", "application/octet-stream"))]
    answer = client.post("/report", data=data, files=files or empty)
    return answer.status_code, answer.text, answer.headers.get("location", "")


def test_a_report_by_the_plain_form_becomes_a_case(session: Session, visitor: TestClient) -> None:
    status, _, location = _report(visitor, 1, description="井盖不见了", **HERE)
    assert status == 303
    case = session.scalars(select(Case)).one()
    assert location == f"/report/done/{case.public_id}?token={report_token(case.public_id)}"
    assert (case.channel, case.stage, case.description) == ("web", "reported", "井盖不见了")
    assert session.scalar(select(func.count()).where(Photo.case_id == case.id)) == 1
    receipt = visitor.get(location).text
    assert case.number in receipt
    assert track_url(case.public_id) in receipt


def test_the_place_of_the_photo_serves_when_none_is_told(
    session: Session, visitor: TestClient
) -> None:
    assert _report(visitor, 1, description="井盖不见了")[0] == 303
    assert session.scalars(select(Case)).one().longitude == pytest.approx(109.405, abs=1e-4)


def test_pressing_twice_makes_one_case(session: Session, visitor: TestClient) -> None:
    page = visitor.get("/report").text
    form = {name: field(page, name) for name in ("form_token", "key")}
    form |= {"description": "井盖不见了", **HERE}
    first, second = (visitor.post("/report", data=form) for _ in range(2))
    assert first.headers["location"] == second.headers["location"]
    assert session.scalar(select(func.count(Case.id))) == 1
    changed = visitor.post("/report", data={**form, "description": "路灯不亮"})
    assert changed.status_code == 409
    assert field(changed.text, "key") != form["key"]
    assert "路灯不亮" in changed.text


def test_what_was_typed_and_sent_stays_after_a_fault(session: Session, visitor: TestClient) -> None:
    status, page, _ = _report(
        visitor, 1, description="井盖不见了", address="文昌路口", contact_phone="abc"
    )
    assert status == 422
    for words in ("井盖不见了", 'value="文昌路口"', 'value="abc"', "contact_phone-problem"):
        assert words in page
    kept = re.findall(r'name="kept" value="([^"]+)"', page)
    assert len(kept) == 1
    typed = {
        "description": "井盖不见了",
        "address": "文昌路口",
        "contact_phone": "",
        "kept": kept[0],
    }
    hidden = {name: field(page, name) for name in ("form_token", "key")}
    assert visitor.post("/report", data={**typed, **hidden}).status_code == 303
    case = session.scalars(select(Case)).one()
    assert session.scalars(select(Photo).where(Photo.case_id == case.id)).one()


@pytest.mark.parametrize(
    ("typed", "where"), [({"description": ""}, "description"), ({"description": "坏了"}, "address")]
)
def test_what_is_missing_is_named(
    session: Session, visitor: TestClient, typed: dict[str, str], where: str
) -> None:
    status, page, _ = _report(visitor, **typed)
    assert status == 422
    assert f'id="{where}-problem"' in page
    assert session.scalar(select(func.count(Case.id))) == 0


def test_a_file_that_is_no_photo_is_refused_by_name(visitor: TestClient) -> None:
    page = visitor.get("/report").text
    form = {name: field(page, name) for name in ("form_token", "key")}
    files = {"photos": ("notes.pdf", b"%PDF-1.7", "application/pdf")}
    answer = visitor.post("/report", data={**form, "description": "坏了", **HERE}, files=files)
    assert answer.status_code == 422
    assert "notes.pdf" in answer.text
    assert "坏了" in answer.text


def test_a_form_from_another_site_is_refused_and_nothing_is_lost(
    session: Session, visitor: TestClient
) -> None:
    answer = visitor.post("/report", data={"description": "井盖不见了", **HERE})
    assert answer.status_code == 403
    assert "井盖不见了" in answer.text
    assert session.scalar(select(func.count(Case.id))) == 0


def test_script_in_a_description_is_shown_as_text(visitor: TestClient) -> None:
    words = "<script>alert(1)</script>井盖不见了"
    status, _, location = _report(visitor, description=words, **HERE)
    assert status == 303
    page = visitor.get(location.replace("/report/done/", "/track/")).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def _track(case: Case) -> str:
    return f"/track/{case.public_id}?token={report_token(case.public_id)}"


def test_the_link_of_the_receipt_shows_how_it_goes_on(
    session: Session, visitor: TestClient, city: City
) -> None:
    case = add_case(session, city, Stage.DISPATCHED, at=clock.now())
    page = visitor.get(_track(case)).text
    for words in (case.number, "处理中", "市政维护处", "已派给市政维护处处理", "预计"):
        assert words in page
    assert "试用人员" not in page


@pytest.mark.parametrize("path", ["/track/20261121-0001?token=x", "/report/done/1-1?token=x"])
def test_a_wrong_link_tells_nothing(visitor: TestClient, path: str) -> None:
    answer = visitor.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")


def _rate(client: TestClient, case: Case, **given: str) -> tuple[int, str]:
    form = {"token": report_token(case.public_id), "comment": "", **given}
    answer = client.post(f"/track/{case.public_id}/rating", data=form)
    return answer.status_code, answer.headers.get("location", answer.text)


def test_a_closed_report_is_rated_once(session: Session, visitor: TestClient, city: City) -> None:
    case = add_case(session, city, Stage.CLOSED, at=clock.now())
    assert 'name="score"' in visitor.get(_track(case)).text
    status, location = _rate(visitor, case, fixed="yes", score="5")
    assert (status, location) == (303, f"{_track(case)}&said=rated")
    assert session.scalars(select(CaseRating)).one().score == 5
    page = visitor.get(location).text
    assert "非常满意" in page
    assert 'name="score"' not in page
    assert _rate(visitor, case, fixed="yes", score="1")[0] == 409


def test_not_fixed_takes_the_case_up_again(
    session: Session, visitor: TestClient, city: City
) -> None:
    case = add_case(session, city, Stage.CLOSED, at=clock.now())
    status, location = _rate(visitor, case, fixed="no", score="1", comment="还是没有井盖")
    assert status == 303
    assert "已重新办理" in visitor.get(location).text
    session.refresh(case)
    assert case.stage == Stage.FILED


def test_an_incomplete_rating_keeps_the_comment(
    session: Session, visitor: TestClient, city: City
) -> None:
    case = add_case(session, city, Stage.CLOSED, at=clock.now())
    status, page = _rate(visitor, case, score="4", comment="谢谢师傅")
    assert status == 422
    assert "谢谢师傅" in page
    assert session.scalar(select(func.count()).select_from(CaseRating)) == 0


def test_a_photo_opens_with_the_link_alone(
    session: Session, visitor: TestClient, city: City
) -> None:
    _report(visitor, 1, description="井盖不见了", **HERE)
    case = session.scalars(select(Case)).one()
    found = re.search(r'src="(/media/[^"]+)"', visitor.get(_track(case)).text)
    assert found
    assert visitor.get(found[1].replace("&amp;", "&")).status_code == 200
    assert visitor.get(found[1].split("?")[0]).status_code == 404


def test_what_was_voided_is_told_in_plain_words(
    session: Session, visitor: TestClient, city: City
) -> None:
    case = add_case(session, city, Stage.REPORTED)
    act(
        session, case.id, Verb.REJECT, by=city["agent"], at=clock.now(), body={"reason": "不归城管"}
    )
    assert "不予受理" in visitor.get(_track(case)).text
