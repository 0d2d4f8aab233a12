"""Photos of a case over HTTP: given before a deed, taken by it, listed with the moment that each shows."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.cases.commands import act
from dispatch.cases.model import Case, CaseHistory
from dispatch.cases.states import Stage, Verb
from dispatch.kit.config import settings
from tests.factories.cases import add_case, report
from tests.factories.city import NOW, City, add_city, spot
from tests.factories.people import whole_app
from tests.factories.photos import picture
from tests.factories.staff import Staff


@pytest.fixture(autouse=True)
def _own_store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setenv("DISPATCH_MEDIA_URL", (tmp_path / "media").as_uri())
    settings.cache_clear()
    yield
    monkeypatch.undo()
    settings.cache_clear()


@pytest.fixture
def city(session: Session) -> City:
    return add_city(session)


@pytest.fixture
def staff(session: Session, city: City) -> Staff:
    return Staff(session, city, whole_app(session))


def give(client: TestClient, *photos: bytes) -> list[str]:
    files = [("photos", (f"{n}.jpg", photo, "image/jpeg")) for n, photo in enumerate(photos)]
    answer = client.post("/api/v1/photos", files=files)
    assert answer.status_code == 201, answer.text
    return [item["id"] for item in answer.json()["items"]]


def do(client: TestClient, case: Case, verb: Verb, **body: Any) -> Any:
    return client.post(f"/api/v1/cases/{case.public_id}/{verb}", json=body)


def test_photos_of_each_deed_show_its_moment(session: Session, city: City, staff: Staff) -> None:
    case = add_case(session, city, Stage.DISPATCHED)
    handler, inspector = staff["handler"], staff["inspector"]
    (fenced,), done, (checked,) = (
        give(handler, picture()),
        give(handler, picture(), picture("PNG")),
        give(inspector, picture()),
    )

    do(handler, case, Verb.MAKE_SAFE, photos=[fenced])
    do(handler, case, Verb.REPORT_DONE, result="已换", photos=done)
    do(inspector, case, Verb.CHECK, passed=True, photos=[checked])

    items = staff["agent"].get(f"/api/v1/cases/{case.public_id}/photos").json()["items"]
    kinds = {item["id"]: item["kind"] for item in items}
    assert kinds == {
        fenced: "during",
        done[0]: "after",
        done[1]: "after",
        checked: "after",
    }
    for item in items:
        assert item["url"] == f"/media/{item['id']}"
        assert staff["agent"].get(item["thumbnail_url"]).status_code == 200
    row = session.scalars(select(CaseHistory).where(CaseHistory.verb == Verb.REPORT_DONE)).one()
    assert row.changes["photos"] == [0, 2]


def test_photo_of_somebody_else_or_of_another_case_is_not_taken(
    session: Session, city: City, staff: Staff
) -> None:
    case = add_case(session, city, Stage.DISPATCHED)
    longitude, latitude = spot(4, 4)
    other = session.get_one(Case, report(session, longitude=longitude, latitude=latitude).case_id)
    handler = staff["handler"]
    mine, theirs = give(handler, picture())[0], give(staff["manager"], picture())[0]

    assert do(handler, case, Verb.MAKE_SAFE, photos=[theirs]).status_code == 422
    assert do(handler, case, Verb.MAKE_SAFE, photos=[mine]).status_code == 200
    again = do(handler, case, Verb.REPORT_DONE, result="已换", photos=[mine])
    assert (again.status_code, again.json()["errors"][0]["field"]) == (422, "photos")
    agent = staff["agent"].get(f"/api/v1/cases/{other.public_id}/photos")
    assert agent.json() == {"items": [], "next_cursor": None}


def test_unit_that_gave_the_case_back_sees_its_photos_no_more(
    session: Session, city: City, staff: Staff
) -> None:
    case = add_case(session, city, Stage.DISPATCHED)
    (photo,) = give(staff["manager"], picture())
    do(staff["manager"], case, Verb.MAKE_SAFE, photos=[photo])
    assert staff["handler"].get(f"/media/{photo}").status_code == 200

    act(session, case.id, Verb.RETURN, by=city["manager"], at=NOW, body={"reason": "非我处"})

    assert staff["handler"].get(f"/media/{photo}").status_code == 404
    assert staff["agent"].get(f"/media/{photo}").status_code == 200
