"""Call-backs: who is drawn, what every try leaves behind, and that what is not fixed goes back to work."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.cases.model import Case, CaseHistory, CaseRating, CaseReporter
from dispatch.cases.states import Stage
from dispatch.hotline.commands.callbacks import Try, note_attempt, plan_callbacks
from dispatch.hotline.model import (
    Callback,
    CallbackAttempt,
    CallbackRule,
    CallbackState,
    CallOutcome,
)
from dispatch.hotline.queries.callbacks import callbacks_due, is_drawn
from dispatch.kit import reference
from dispatch.kit.errors import Conflict, InvalidInput
from tests.factories.cases import add_case
from tests.factories.city import NOW, City


@pytest.fixture
def closed(session: Session, city: City) -> Case:
    """A closed case whose reporter left a number, in a city that calls everybody after two hours."""
    session.add(CallbackRule(channel="web", share=1, after_hours=2, most_attempts=2, pause_hours=4))
    session.flush()
    reference.forget_all()
    case = add_case(session, city, Stage.CLOSED)
    session.add(CaseReporter(case_id=case.id, name="王女士", phone="13800001234"))
    session.flush()
    return case


@pytest.fixture
def callback(session: Session, closed: Case) -> Callback:
    assert plan_callbacks(session, [closed.id], at=NOW) == 1
    return session.scalars(select(Callback)).one()


def test_a_closed_case_is_drawn_once_and_due_after_the_rule_s_hours(
    session: Session, city: City, closed: Case, callback: Callback
) -> None:
    assert plan_callbacks(session, [closed.id], at=NOW) == 0
    assert callback.due_at == NOW + timedelta(hours=2)
    assert callbacks_due(session, city["agent"], at=NOW) == []
    due = callbacks_due(session, city["agent"], at=NOW + timedelta(hours=2))
    assert [each.case.id for each in due] == [closed.id]


def test_nobody_is_called_without_a_number_or_a_rule(session: Session, city: City) -> None:
    case = add_case(session, city, Stage.CLOSED)
    assert plan_callbacks(session, [case.id], at=NOW) == 0
    session.add(CaseReporter(case_id=case.id, phone="13800001234"))
    session.flush()
    assert plan_callbacks(session, [case.id], at=NOW) == 0


def test_a_sample_is_about_its_share_and_always_the_same() -> None:
    drawn = [is_drawn(f"20261121-{n:04d}", 0, 0.3) for n in range(2000)]
    assert 500 < sum(drawn) < 700
    assert drawn == [is_drawn(f"20261121-{n:04d}", 0, 0.3) for n in range(2000)]
    assert all(is_drawn(str(n), 0, 1.0) for n in range(50))
    assert not any(is_drawn(str(n), 0, 0.0) for n in range(50))


def test_who_is_reached_and_content_rates_the_case(
    session: Session, city: City, closed: Case, callback: Callback
) -> None:
    told = Try(CallOutcome.REACHED, score=5, fixed=True, note="很快")
    note_attempt(session, callback.id, told, by=city["agent"], at=NOW)
    assert (callback.state, closed.stage, closed.rating) == (
        CallbackState.REACHED,
        Stage.CLOSED,
        5,
    )
    rating = session.scalars(select(CaseRating)).one()
    assert (rating.score, rating.fixed, rating.comment) == (5, True, "很快")
    notes = session.scalars(select(CaseHistory.note).where(CaseHistory.case_id == closed.id)).all()
    assert "回访:已解决,评分 5;很快" in notes


def test_not_fixed_takes_the_case_up_again(
    session: Session, city: City, closed: Case, callback: Callback
) -> None:
    told = Try(CallOutcome.REACHED, score=1, fixed=False, note="又坏了")
    note_attempt(session, callback.id, told, by=city["agent"], at=NOW)
    assert (closed.stage, closed.reopen_count) == (Stage.FILED, 1)
    assert callbacks_due(session, city["agent"], at=NOW + timedelta(days=9)) == []


def test_the_desk_reopens_also_after_the_reporter_s_days_are_over(
    session: Session, city: City, closed: Case, callback: Callback
) -> None:
    late = NOW + timedelta(days=30)
    told = Try(CallOutcome.REACHED, score=1, fixed=False)
    note_attempt(session, callback.id, told, by=city["agent"], at=late)
    last = session.scalars(
        select(CaseHistory).where(CaseHistory.case_id == closed.id).order_by(CaseHistory.id.desc())
    ).first()
    assert closed.stage == Stage.FILED
    assert last is not None
    assert last.actor_id == city["agent"].id


def test_who_is_not_reached_is_tried_again_until_it_is_enough(
    session: Session, city: City, callback: Callback
) -> None:
    missed = Try(CallOutcome.NOT_REACHED)
    note_attempt(session, callback.id, missed, by=city["agent"], at=NOW)
    assert (callback.state, callback.due_at) == (CallbackState.WAITING, NOW + timedelta(hours=4))
    note_attempt(session, callback.id, missed, by=city["agent"], at=NOW)
    assert callback.state == CallbackState.GIVEN_UP
    tries = session.scalars(select(CallbackAttempt.outcome)).all()
    assert tries == [CallOutcome.NOT_REACHED, CallOutcome.NOT_REACHED]
    with pytest.raises(Conflict):
        note_attempt(session, callback.id, missed, by=city["agent"], at=NOW)


def test_another_time_is_kept_and_gives_nothing_up(
    session: Session, city: City, callback: Callback
) -> None:
    again = NOW + timedelta(hours=20)
    for _ in range(3):
        told = Try(CallOutcome.LATER, again_at=again)
        note_attempt(session, callback.id, told, by=city["agent"], at=NOW)
    assert (callback.state, callback.due_at) == (CallbackState.WAITING, again)


def test_reached_without_an_answer_is_refused(
    session: Session, city: City, callback: Callback
) -> None:
    told = Try(CallOutcome.REACHED, score=4)
    with pytest.raises(InvalidInput):
        note_attempt(session, callback.id, told, by=city["agent"], at=NOW)
    assert session.scalars(select(CallbackAttempt)).all() == []
