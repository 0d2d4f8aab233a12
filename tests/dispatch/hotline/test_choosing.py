"""What a person has seen outweighs the rule: this is that case, it is none of those, I slipped."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.cases.commands import act
from dispatch.cases.model import Case, CaseHistory, Channel
from dispatch.cases.states import Stage, Verb
from dispatch.intake.commands import triage
from dispatch.kit.errors import Conflict, WrongStage
from tests.factories.cases import add_case, report
from tests.factories.city import NOW, City, spot


def test_a_report_is_tied_to_the_case_that_the_agent_chose(session: Session, city: City) -> None:
    far = session.get_one(Case, report(session, longitude=spot(0, 0)[0]).case_id)
    made = report(
        session,
        channel=Channel.PHONE,
        description="路边有垃圾",
        reported_by=city["agent"],
        same_as=far.number,
    )
    case = session.get_one(Case, made.case_id)
    assert (case.stage, case.duplicate_of_id, far.reporters_count) == (Stage.DUPLICATE, far.id, 2)
    last = session.scalars(
        select(CaseHistory).where(CaseHistory.case_id == case.id).order_by(CaseHistory.id.desc())
    ).first()
    assert last is not None
    assert (last.verb, last.actor_id) == (Verb.LINK_DUPLICATE, city["agent"].id)


def test_staff_are_told_that_the_case_is_finished_and_nothing_is_stored(
    session: Session, city: City
) -> None:
    done = add_case(session, city, Stage.CLOSED)
    with pytest.raises(Conflict), session.begin_nested():
        report(session, reported_by=city["agent"], same_as=done.public_id)
    assert session.scalars(select(Case.id)).all() == [done.id]


def test_a_citizen_s_report_stands_alone_when_the_case_was_finished_meanwhile(
    session: Session, city: City
) -> None:
    done = add_case(session, city, Stage.CLOSED)
    made = report(session, same_as=done.public_id)
    assert (made.stage, made.duplicate_of) == (Stage.REPORTED, None)


def test_what_stands_alone_is_not_tied_by_rule_either_at_once_or_later(
    session: Session, city: City
) -> None:
    report(session)
    made = report(session, stands_alone=True)
    assert made.duplicate_of is None
    triage(session, made.case_id, at=NOW)
    case = session.get_one(Case, made.case_id)
    session.refresh(case)
    assert case.duplicate_of_id is None


@pytest.mark.parametrize(("verb", "body"), [(Verb.ACCEPT, {}), (Verb.REJECT, {"reason": "误报"})])
def test_one_s_own_decision_is_taken_back_with_why_it_had_waited(
    session: Session, city: City, verb: Verb, body: dict[str, str]
) -> None:
    made = report(session, review_reason="low_confidence")
    act(session, made.case_id, verb, by=city["agent"], at=NOW, body=body)
    case = act(session, made.case_id, Verb.TAKE_BACK, by=city["agent"], at=NOW)
    assert (case.stage, case.review_reason, case.decided_by_id) == (
        Stage.REPORTED,
        "low_confidence",
        None,
    )


def test_nobody_takes_back_what_another_decided_nor_after_the_minutes(
    session: Session, city: City
) -> None:
    made = report(session)
    act(session, made.case_id, Verb.ACCEPT, by=city["agent"], at=NOW)
    with pytest.raises(WrongStage):
        act(session, made.case_id, Verb.TAKE_BACK, by=city["shift_leader"], at=NOW)
    late = NOW + timedelta(minutes=31)
    with pytest.raises(Conflict) as refused:
        act(session, made.case_id, Verb.TAKE_BACK, by=city["agent"], at=late)
    assert refused.value.code == "take_back_too_late"
