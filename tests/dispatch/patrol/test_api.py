"""The door of patrols: once by its key, seen by those who answer for it, with every look written down."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.kit import clock
from dispatch.kit.audit import AuditEntry
from dispatch.patrol import api, commands, queries
from dispatch.patrol.model import Shift
from dispatch.people.model import Role
from dispatch.people.policy import Person
from tests.dispatch.patrol.conftest import fix
from tests.factories.city import NOW, WORKING_GRID, City
from tests.factories.people import add_user, client_as

P = "/api/v1/patrol"


@pytest.fixture
def _at_ten(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock at the edge shows the morning of the tests."""
    monkeypatch.setattr(clock, "now", lambda: NOW)


pytestmark = pytest.mark.usefixtures("_at_ten")


def _looks(session: Session, action: str) -> int:
    asked = select(func.count()).where(AuditEntry.action == action)
    return session.scalar(asked) or 0


def test_a_lost_answer_to_signing_in_is_given_again(session: Session, city: City) -> None:
    client = client_as(session, city.users["inspector"])
    body = {"at": NOW.isoformat(), "longitude": 109.4025, "latitude": 24.3025, "accuracy_m": 9}
    first = client.post(f"{P}/sign-in", json=body, headers={"Idempotency-Key": "a"})
    again = client.post(f"{P}/sign-in", json=body, headers={"Idempotency-Key": "a"})
    assert (first.status_code, again.json()) == (200, first.json())
    assert session.scalar(select(func.count()).select_from(Shift)) == 1
    out = client.post(
        f"{P}/sign-out",
        json={"at": (NOW + timedelta(seconds=60)).isoformat()},
        headers={"Idempotency-Key": "b"},
    )
    assert out.json()["ending"] == "person"
    # the first key again, after the shift has ended: still the first answer, and no new shift
    late = client.post(f"{P}/sign-in", json=body, headers={"Idempotency-Key": "a"})
    assert late.json() == first.json()
    assert session.scalar(select(func.count()).select_from(Shift)) == 1


def test_consent_shift_and_points_over_http(session: Session, city: City) -> None:
    client = client_as(session, city.users["inspector"])
    assert client.get(P).json()["consent_version"] is None
    assert client.post(f"{P}/consent", json={"version": 7}).status_code == 409
    given = client.post(f"{P}/consent", json={"version": 1}).json()
    assert (given["consent_version"], given["working_time"]) == (1, True)
    client.post(f"{P}/sign-in", json={"at": NOW.isoformat()})
    point = {"at": NOW.isoformat(), "longitude": 109.4025, "latitude": 24.3025, "accuracy_m": 9}
    assert client.post(f"{P}/points", json={"points": [point]}).json() == {
        "stored": 1,
        "refused": {},
    }
    own = client.get(f"{P}/people/{city['inspector'].id}/track", params={"day": "2026-11-23"})
    assert [each["grid_code"] for each in own.json()["points"]] == ["450204001001013"]
    assert _looks(session, "patrol.track_seen") == 0
    assert client.delete(f"{P}/consent").json()["consent_version"] is None


@pytest.mark.parametrize("post", ["agent", "dispatcher", "manager", "admin"])
def test_others_see_no_tracks(session: Session, city: City, post: str) -> None:
    client = client_as(session, city.users[post])
    assert client.get(f"{P}/team").status_code == 403
    assert client.get(f"{P}/people/{city['inspector'].id}/track").status_code == 403


def test_a_colleague_s_track_does_not_exist(session: Session, city: City) -> None:
    other = add_user(session, Role.INSPECTOR, working_grids=[WORKING_GRID])
    client = client_as(session, city.users["inspector"])
    assert client.get(f"{P}/people/{other.id}/track").status_code == 404


def test_the_leader_sees_the_team_and_the_look_is_written_down_once(
    session: Session, city: City, on_shift: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    # the log keeps the database's own time, which is not that of the tests
    monkeypatch.setattr(api, "LOOKED", timedelta(days=3650))
    fixes = [fix(NOW - timedelta(minutes=n), column=n) for n in (1, 2)]
    commands.keep_points(session, on_shift, fixes=fixes, at=NOW)
    client = client_as(session, city.users["shift_leader"])
    (member,) = client.get(f"{P}/team").json()["items"]
    assert (member["covered"], member["grids"], member["consents"]) == (2, 25, True)
    assert member["last"]["grid_code"] == "450204001001012"
    client.get(f"{P}/team")
    assert _looks(session, "patrol.team_seen") == 1
    track = client.get(f"{P}/people/{on_shift.id}/track", params={"day": "2026-11-23"})
    assert len(track.json()["points"]) == 2
    assert _looks(session, "patrol.track_seen") == 1


def test_a_leader_of_another_district_sees_nobody_of_this_one(
    session: Session, city: City, on_shift: Person
) -> None:
    elsewhere = add_user(session, Role.SUPERVISOR, district_code="450203")
    client = client_as(session, elsewhere)
    assert client.get(f"{P}/team").json()["items"] == []
    assert client.get(f"{P}/people/{on_shift.id}/track").status_code == 404
    span = {"first": "2026-11-01", "last": "2026-11-23", "working_grid": WORKING_GRID}
    assert client.get(f"{P}/coverage", params=span).status_code == 403
    own = add_user(session, Role.SUPERVISOR, district_code="450204")
    assert len(client_as(session, own).get(f"{P}/team").json()["items"]) == 1


def test_coverage_for_evaluation(session: Session, city: City, on_shift: Person) -> None:
    commands.keep_points(session, on_shift, fixes=[fix(NOW)], at=NOW)
    client = client_as(session, city.users["supervisor"])
    span = {"first": "2026-11-01", "last": "2026-11-23", "working_grid": WORKING_GRID}
    answer = client.get(f"{P}/coverage", params=span).json()
    assert (answer["sizes"], len(answer["items"])) == ({WORKING_GRID: 25}, 1)
    assert client.get(f"{P}/coverage", params={**span, "first": "2026-01-01"}).status_code == 422


def test_nobody_looks_twice_in_ten_minutes_but_again_later(session: Session, city: City) -> None:
    leader = city["shift_leader"]
    assert not queries.looked_since(session, leader, "patrol.team_seen", since=NOW)
    client_as(session, city.users["shift_leader"]).get(f"{P}/team")
    now = datetime.now(UTC)
    assert queries.looked_since(
        session, leader, "patrol.team_seen", since=now - timedelta(minutes=1)
    )
    assert not queries.looked_since(
        session, leader, "patrol.team_seen", since=now + timedelta(minutes=1)
    )
