"""Who is bound to a district sees its figures on the wall, in evaluation and in hot spots, and no others."""

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.cases.states import Stage
from dispatch.hotspots.model import HotspotFinding, HotspotSearch
from dispatch.kit import clock
from dispatch.kit.clock import city_date
from dispatch.people.model import Role
from dispatch.people.queries import person_of
from dispatch.seed.evaluation import seed_rules
from dispatch.supervision.commands.rollup import refresh
from dispatch.supervision.measures import Subject
from dispatch.supervision.policy import sees_subject
from tests.factories.cases import add_case
from tests.factories.city import City, spot
from tests.factories.people import add_user, client_as
from tests.house.tree import ROOT
from tests.web.supervisor.test_wall import own_state

__all__ = ["own_state"]


@pytest.fixture
def cases(session: Session, city: City) -> None:
    now = clock.now()
    for n in range(2):
        longitude, latitude = spot(n, 4)
        add_case(session, city, Stage.CLOSED, at=now, longitude=longitude, latitude=latitude)
    seed_rules(session, ROOT / "data")
    session.flush()
    refresh(session, at=now)


def _of(session: Session, district: str) -> TestClient:
    return client_as(session, add_user(session, Role.SUPERVISOR, district_code=district))


@pytest.mark.usefixtures("cases")
@pytest.mark.parametrize(("district", "count"), [("450204", 2), ("450202", 0)])
def test_the_wall_of_a_district_counts_its_own_cases(
    session: Session, city: City, district: str, count: int
) -> None:
    page = _of(session, district).get("/supervisor/wall").text
    link = f"/supervisor/figure?of=reported&amp;days=1&amp;subject=district&amp;key={district}"
    assert f'<a href="{link}" data-fact="{count}">{count}</a>' in page
    assert page.count('id="event-') == (14 if count else 0)


@pytest.mark.usefixtures("cases")
def test_figures_of_the_city_and_of_others_are_refused(session: Session, city: City) -> None:
    own, other = _of(session, "450204"), _of(session, "450202")
    of_district = "/supervisor/figure?of=reported&days=1&subject=district&key=450204"
    assert own.get(of_district).is_success
    assert other.get(of_district).status_code == 403
    assert own.get("/supervisor/figure?of=reported&days=1").status_code == 403
    month = f"{city_date(clock.now()):%Y-%m}"
    assert "450204001" in own.get(f"/supervisor/evaluation?of=street&month={month}").text
    assert "450204001" not in other.get(f"/supervisor/evaluation?of=street&month={month}").text
    score = f"/supervisor/evaluation/score?of=street&key=450204001&month={month}"
    assert (own.get(score).status_code, other.get(score).status_code) == (200, 404)
    assert own.get("/supervisor/bulletins").status_code == 403


def test_units_and_areas_of_a_district_are_its_own(session: Session, city: City) -> None:
    person = person_of(add_user(session, Role.SUPERVISOR, district_code="450204"))
    assert sees_subject(session, person, Subject.DEPARTMENT, str(city.cleaners.id))
    assert not sees_subject(session, person, Subject.DEPARTMENT, str(city.works.id))
    assert sees_subject(session, person, Subject.WORKING_GRID, "450204G001")
    assert not sees_subject(session, person, Subject.CITY, "")
    assert not sees_subject(
        session, city["agent"].__class__(None, "", frozenset(), is_reporter=True), Subject.CITY, ""
    )


def test_hot_spots_of_another_district_are_not_shown(session: Session, city: City) -> None:
    now = clock.now()
    day = city_date(now)
    search = HotspotSearch(
        first=day - timedelta(days=28), last=day, begun_at=now, done_at=now, settings={}
    )
    session.add(search)
    session.flush()
    for rank, district in enumerate(("450204", "450202"), 1):
        session.add(
            HotspotFinding(
                search_id=search.id, kind="cluster", rank=rank, subject="x", district_code=district,
                evidence={"p": 0.01, "reported": 9, "expected": 2, "grids": [f"{district}001001001"], "score": 4},
                cases=0, case_ids=[],
            )
        )  # fmt: skip
    session.flush()
    ids = dict(session.execute(select(HotspotFinding.district_code, HotspotFinding.id)).all())
    own = _of(session, "450204")
    page = own.get("/supervisor/hotspots").text
    assert f"/supervisor/hotspots/{ids['450204']}" in page
    assert f"/supervisor/hotspots/{ids['450202']}" not in page
    assert own.get(f"/supervisor/hotspots/{ids['450202']}").status_code == 404
