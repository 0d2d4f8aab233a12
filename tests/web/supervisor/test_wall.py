"""The wall and the scores as people see them: numbers, what they lead to, who may look, what is refused."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from dispatch.cases.states import Stage
from dispatch.jurisdiction.model import UnitGrid
from dispatch.kit import clock
from dispatch.kit.clock import city_date
from dispatch.seed.evaluation import seed_rules
from dispatch.supervision.commands.rollup import refresh
from dispatch.supervision.measures import Span, Subject
from dispatch.supervision.queries.spots import spots
from dispatch.web.supervisor import feed, wall
from tests.factories.cases import add_case
from tests.factories.city import City, spot
from tests.house.tree import ROOT
from tests.web.conftest import As, field


@pytest.fixture(autouse=True)
def own_state(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """The shared state is worked out in this test's transaction, and anew for each test."""

    @contextmanager
    def same() -> Iterator[Session]:
        yield session

    fresh = feed.Feed()
    monkeypatch.setattr(feed, "open_session", same)
    monkeypatch.setattr(wall, "open_session", same)
    monkeypatch.setattr(wall, "FEED", fresh)
    monkeypatch.setattr(wall, "_DRAWN", wall._Drawn())


def a_cell(code: str) -> UnitGrid:
    """A unit grid as a row; the small city has them in memory only."""
    return UnitGrid(
        code=code,
        community_code=code[:12],
        street_code=code[:9],
        district_code=code[:6],
        working_grid_code="450204G001",
        area_m2=10_000,
        geom="SRID=4490;MULTIPOLYGON(((109.4 24.3,109.401 24.3,109.401 24.301,109.4 24.3)))",
    )


@pytest.fixture
def cases(session: Session, city: City) -> None:
    """One closed and one in hand, reported this very minute."""
    now = clock.now()
    for n, stage in enumerate((Stage.CLOSED, Stage.DISPATCHED)):
        longitude, latitude = spot(n, 4)
        add_case(session, city, stage, at=now, longitude=longitude, latitude=latitude)
    seed_rules(session, ROOT / "data")
    session.flush()
    refresh(session, at=now)


@pytest.mark.usefixtures("cases")
def test_the_wall_shows_the_day_without_any_script(as_: As) -> None:
    page = as_("supervisor").get("/supervisor/wall").text
    assert '<a href="/supervisor/figure?of=closed&amp;days=1" data-fact="1">1</a>' in page
    assert '<a href="/supervisor/figure?of=reported&amp;days=1" data-fact="2">2</a>' in page
    assert "/cases?queue=all&amp;days=1&amp;channel=web" in page


@pytest.mark.usefixtures("cases")
def test_the_wall_speaks_english_too(as_: As) -> None:
    page = as_("supervisor").get("/supervisor/wall", headers={"Accept-Language": "en"})
    in_english = as_("supervisor").get("/language/en?next=/supervisor/wall", follow_redirects=True)
    assert (page.status_code, in_english.status_code) == (200, 200)
    assert "90% within" in in_english.text


@pytest.mark.usefixtures("cases")
def test_nothing_personal_stands_on_the_wall(as_: As, city: City) -> None:
    page = as_("supervisor").get("/supervisor/wall").text
    body = page[page.index("<main") :]
    assert "路口的井盖不见了" not in body
    assert not any(user.display_name in body for user in city.users.values())


@pytest.mark.parametrize("post", ["agent", "manager", "inspector"])
def test_who_has_no_business_with_the_wall_is_refused(as_: As, post: str) -> None:
    assert as_(post).get("/supervisor/wall").status_code == 403


def test_viewers_share_one_state_and_get_it_again_only_when_it_changed(
    session: Session, city: City
) -> None:
    shared = feed.Feed()
    first = shared.look()
    assert first is not None
    assert shared.look() is first  # looked a moment ago
    shared._looked = float("-inf")
    assert shared.look() is first  # nothing has happened since
    add_case(session, city, Stage.REPORTED, at=clock.now())
    session.flush()
    shared._looked = float("-inf")
    second = shared.look()
    assert second is not None
    assert (second.number, second.wall.flow["reported"].today) == (2, 1)


@pytest.mark.usefixtures("cases")
def test_the_map_counts_what_was_reported_in_each_area(session: Session, as_: As) -> None:
    for n in (21, 22):
        session.add(a_cell(f"450204001001{n:03d}"))
    session.flush()
    found = as_("supervisor").get("/supervisor/wall/spots?level=street&days=1").json()
    assert [[code, n, name] for code, n, _, name in found] == [["450204001", 2, "河西街道"]]
    today = city_date(clock.now())
    day = Span(today, today + timedelta(days=1))
    grids = spots(session, Subject.UNIT_GRID, day)
    assert [each.reported for each in grids] == [1, 1]


@pytest.mark.usefixtures("cases")
def test_a_number_opens_into_its_cases(as_: As) -> None:
    page = as_("supervisor").get("/supervisor/figure?of=closed&days=1").text
    assert page.count('class="number"') == 1
    assert as_("supervisor").get("/supervisor/figure?of=nonsense&days=1").status_code == 422


@pytest.mark.usefixtures("cases")
def test_a_unit_sees_its_own_score_and_nobody_elses(as_: As, city: City) -> None:
    manager = as_("manager")
    page = manager.get("/supervisor/evaluation?of=department").text
    assert city.works.name in page
    assert manager.get(f"/supervisor/evaluation/score?of=department&key={city.works.id}").is_success
    assert manager.get("/supervisor/evaluation?of=agent").status_code == 403
    other = f"/supervisor/figure?of=overdue&subject=department&key={city.cleaners.id}&days=1"
    assert manager.get(other).status_code == 403


@pytest.mark.usefixtures("cases")
def test_points_are_brought_with_a_reason_and_counted(as_: As, city: City) -> None:
    supervisor = as_("supervisor")
    address = f"/supervisor/evaluation/score?of=department&key={city.works.id}"
    page = supervisor.get(address).text
    form = {name: field(page, name) for name in ("csrf_token", "of", "key", "month")}
    refused = supervisor.post(
        "/supervisor/evaluation/entries", data={**form, "value": "3", "reason": " "}
    )
    assert (refused.status_code, "请写明依据" in refused.text) == (422, True)
    kept = supervisor.post(
        "/supervisor/evaluation/entries", data={**form, "value": "3", "reason": "抢险有功"}
    )
    assert kept.status_code == 303
    assert "抢险有功" in supervisor.get(address).text


@pytest.mark.usefixtures("cases")
def test_a_month_that_is_not_over_cannot_be_published(as_: As) -> None:
    supervisor = as_("supervisor")
    token = field(supervisor.get("/supervisor/evaluation").text, "csrf_token")
    month = f"{city_date(clock.now()):%Y-%m}"
    answer = supervisor.post(
        "/supervisor/evaluation/publish",
        data={"csrf_token": token, "of": "department", "month": month},
    )
    assert answer.status_code == 409


@pytest.mark.usefixtures("cases")
def test_new_weights_hold_from_their_day(as_: As) -> None:
    admin = as_("admin")
    page = admin.get("/supervisor/evaluation/rules?of=department").text
    form = {
        "csrf_token": field(page, "csrf_token"),
        "of": "department",
        "valid_from": date(2026, 1, 1).isoformat(),
        "note": "加重返工",
        **{f"band-{name}": str(n) for name, n in zip("ABCDE", (90, 75, 60, 40, 0), strict=True)},
        "weight-filed": "10",
        "weight-closing": "20",
        "weight-on_time": "30",
    }
    wrong = admin.post("/supervisor/evaluation/rules", data={**form, "weight-rework": "30"})
    assert (wrong.status_code, "权重之和应为 100" in wrong.text) == (422, True)
    kept = admin.post("/supervisor/evaluation/rules", data={**form, "weight-rework": "40"})
    assert kept.status_code == 303
    assert "加重返工" in admin.get("/supervisor/evaluation/rules?of=department").text
