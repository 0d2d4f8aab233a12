"""What is kept of a patrol: by consent, on shift, in working time; and how it is forgotten."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.kit.audit import AuditEntry
from dispatch.kit.errors import Conflict, InvalidInput
from dispatch.patrol import commands, queries
from dispatch.patrol.model import Coverage, Ending, Shift, TrackPoint
from dispatch.people.policy import SYSTEM, Person
from tests.dispatch.patrol.conftest import fix
from tests.factories.city import NOW, WORKING_GRID

MINUTE = timedelta(minutes=1)


def _points(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(TrackPoint)) or 0


def _keep(session: Session, person: Person, *at: datetime, **more: float) -> commands.Kept:
    fixes = [fix(each, **more) for each in at]  # type: ignore[arg-type]
    return commands.keep_points(session, person, fixes=fixes, at=NOW)


def test_a_point_by_consent_on_shift_in_working_time_is_kept(
    session: Session, on_shift: Person
) -> None:
    kept = _keep(session, on_shift, NOW - MINUTE)
    assert (kept.stored, dict(kept.refused)) == (1, {})
    stored = session.scalars(select(TrackPoint)).one()
    assert stored.grid_code == "450204001001013"


@pytest.mark.parametrize(
    ("at", "accuracy", "why"),
    [
        (NOW - timedelta(hours=3), 10, "before_consent"),
        (NOW + timedelta(minutes=10), 10, "ahead"),
        (NOW, 250, "inaccurate"),
    ],
)
def test_what_may_not_be_kept_is_dropped_with_the_reason(
    session: Session, on_shift: Person, at: datetime, accuracy: float, why: str
) -> None:
    kept = _keep(session, on_shift, at, accuracy_m=accuracy)
    assert (kept.stored, dict(kept.refused)) == (0, {why: 1})
    assert _points(session) == 0


def test_nothing_is_kept_at_noon_at_night_or_on_sunday(session: Session, on_shift: Person) -> None:
    noon, night, sunday = (
        NOW + timedelta(hours=3),
        NOW + timedelta(hours=10),
        NOW + timedelta(days=6, hours=-1),
    )
    for at in (noon, night, sunday):
        fixes = [fix(at)]
        kept = commands.keep_points(session, on_shift, fixes=fixes, at=at)
        assert dict(kept.refused) == {"outside_hours": 1}


def test_nothing_is_kept_without_consent_nor_off_shift(session: Session, inspector: Person) -> None:
    commands.start_shift(session, inspector, began=NOW - 5 * MINUTE, fix=None, at=NOW)
    assert dict(_keep(session, inspector, NOW - MINUTE).refused) == {"no_consent": 1}
    commands.give_consent(session, inspector, version=1, at=NOW - 4 * MINUTE)
    commands.end_shift(session, inspector, ended=NOW - 3 * MINUTE, fix=None, at=NOW)
    assert dict(_keep(session, inspector, NOW - MINUTE).refused) == {"off_shift": 1}


def test_points_that_come_after_signing_out_belong_to_the_shift_they_were_taken_on(
    session: Session, on_shift: Person
) -> None:
    commands.end_shift(session, on_shift, ended=NOW - MINUTE, fix=None, at=NOW)
    assert _keep(session, on_shift, NOW - 5 * MINUTE).stored == 1


def test_the_same_batch_twice_is_kept_and_counted_once(session: Session, on_shift: Person) -> None:
    times = [NOW - 3 * MINUTE, NOW - 2 * MINUTE]
    assert _keep(session, on_shift, *times).stored == 2
    again = _keep(session, on_shift, *times)
    assert (again.stored, dict(again.refused)) == (0, {"known": 2})
    assert session.scalars(select(Coverage.points)).all() == [2]


def test_coverage_counts_unit_grids_and_outlives_the_points(
    session: Session, on_shift: Person
) -> None:
    fixes = [fix(NOW - n * MINUTE, column=n % 3) for n in range(1, 7)]
    commands.keep_points(session, on_shift, fixes=fixes, at=NOW)
    day = NOW.date()
    commands.forget_points(session, at=NOW + timedelta(days=31))
    assert _points(session) == 0
    found = queries.coverage_of(session, working_grids=[WORKING_GRID], first=day, last=day)
    assert [(each.grid_code[-3:], each.people, each.days) for each in found] == [
        ("011", 1, 1),
        ("012", 1, 1),
        ("013", 1, 1),
    ]
    assert queries.grid_sizes(session, {WORKING_GRID})[WORKING_GRID] == 25


def test_points_stay_for_as_long_as_the_city_says(session: Session, on_shift: Person) -> None:
    _keep(session, on_shift, NOW - MINUTE)
    assert commands.forget_points(session, at=NOW + timedelta(days=29)) == 0
    assert commands.forget_points(session, at=NOW + timedelta(days=30)) == 1


def test_taking_consent_back_deletes_the_track_and_is_written_down(
    session: Session, on_shift: Person
) -> None:
    _keep(session, on_shift, NOW - MINUTE, NOW - 2 * MINUTE)
    assert commands.withdraw_consent(session, on_shift, at=NOW) == 2
    assert _points(session) == 0
    assert queries.consent_of(session, on_shift.id or 0) is None
    assert dict(_keep(session, on_shift, NOW).refused) == {"no_consent": 1}
    actions = session.scalars(select(AuditEntry.action).where(AuditEntry.actor_id == on_shift.id))
    assert {"patrol.consent_given", "patrol.consent_withdrawn"} <= set(actions)


def test_a_new_version_of_the_text_asks_again(session: Session, on_shift: Person) -> None:
    commands.add_text(session, zh="新说明", en="new", by=SYSTEM, at=NOW)
    with pytest.raises(Conflict) as refused:
        commands.give_consent(session, on_shift, version=1, at=NOW)
    assert refused.value.extra == {"version": 2}
    given = commands.give_consent(session, on_shift, version=2, at=NOW)
    assert given.withdrawn_at is None
    assert queries.consent_of(session, on_shift.id or 0) is given


def test_signing_in_twice_is_one_shift_and_out_without_in_is_refused(
    session: Session, inspector: Person
) -> None:
    first = commands.start_shift(session, inspector, began=NOW, fix=fix(NOW), at=NOW)
    assert commands.start_shift(session, inspector, began=NOW, fix=None, at=NOW) is first
    assert first.start_grid == "450204001001013"
    later = NOW + timedelta(hours=4)
    ended = commands.end_shift(session, inspector, ended=later, fix=None, at=later)
    assert (ended.ended_at, ended.ending) == (later, Ending.PERSON)
    with pytest.raises(Conflict):
        commands.end_shift(session, inspector, ended=later, fix=None, at=later)
    with pytest.raises(Conflict) as overlap:
        commands.start_shift(session, inspector, began=NOW + MINUTE, fix=None, at=later)
    assert overlap.value.code == "shift_overlaps"


@pytest.mark.parametrize("wrong", [timedelta(hours=-25), timedelta(minutes=5)])
def test_a_phone_with_a_wrong_clock_is_told(
    session: Session, inspector: Person, wrong: timedelta
) -> None:
    with pytest.raises(InvalidInput):
        commands.start_shift(session, inspector, began=NOW + wrong, fix=None, at=NOW)


def test_who_forgets_to_sign_out_is_signed_out_by_the_clock(
    session: Session, on_shift: Person
) -> None:
    assert commands.end_forgotten_shifts(session, at=NOW + timedelta(hours=12)) == 0
    assert commands.end_forgotten_shifts(session, at=NOW + timedelta(hours=14)) == 1
    session.expire_all()
    shift = session.scalars(select(Shift)).one()
    assert (shift.ending, shift.ended_at) == (Ending.CLOCK, NOW + timedelta(hours=13))
