"""The way of a case, as the people at their desks walk it: stage, history row and event of each deed."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from dispatch.cases.commands import act, find_case, mark_due, rate_report, resume_due
from dispatch.cases.deadlines import Light, light_of
from dispatch.cases.model import Case, CaseAssignment, CaseHistory, CaseRequest
from dispatch.cases.states import Stage, Verb
from dispatch.kit.errors import (
    Conflict,
    InvalidInput,
    NotAllowed,
    NotFound,
    StaleVersion,
    WrongStage,
)
from dispatch.kit.outbox import OutboxRow
from dispatch.people.policy import SYSTEM
from tests.factories.cases import add_case, report
from tests.factories.city import NOW, City, add_city

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def city(session: Session) -> City:
    return add_city(session)


def events(session: Session, case: Case) -> list[str]:
    rows = session.scalars(select(OutboxRow).order_by(OutboxRow.id))
    return [row.name for row in rows if row.payload["case_id"] == case.id]


def verbs(session: Session, case: Case) -> list[str]:
    return list(
        session.scalars(
            select(CaseHistory.verb)
            .where(CaseHistory.case_id == case.id)
            .order_by(CaseHistory.version)
        )
    )


def test_case_goes_from_report_to_closing(session: Session, city: City) -> None:
    case = add_case(session, city, Stage.CLOSED)

    assert case.outcome == "fixed"
    assert case.closed_at == NOW
    assert verbs(session, case) == [
        "report",
        "accept",
        "file",
        "dispatch",
        "report-done",
        "check",
        "close",
    ]
    assert events(session, case) == [
        "case.reported",
        "case.accepted",
        "case.filed",
        "case.dispatched",
        "case.handled",
        "case.checked",
        "case.closed",
    ]
    assert case.version == 7


def test_handling_clock_starts_on_dispatch_with_the_limit_of_the_condition(
    session: Session, city: City
) -> None:
    filed = add_case(session, city, Stage.FILED)
    assert filed.due_at is None
    assert light_of(filed, at=NOW) is Light.NONE

    act(
        session,
        filed.id,
        Verb.DISPATCH,
        by=city["dispatcher"],
        at=NOW,
        body={"department": "works"},
    )

    assert filed.due_at == NOW + timedelta(hours=2)
    assert filed.warn_at == NOW + timedelta(minutes=96)
    assert light_of(filed, at=NOW + timedelta(minutes=95)) is Light.GREEN
    assert light_of(filed, at=NOW + timedelta(minutes=97)) is Light.YELLOW
    assert light_of(filed, at=NOW + timedelta(minutes=121)) is Light.RED


def test_returned_case_goes_back_to_the_centre_and_pauses_its_clock(
    session: Session, city: City
) -> None:
    case = add_case(session, city, Stage.DISPATCHED)

    act(session, case.id, Verb.RETURN, by=city["manager"], at=LATER, body={"reason": "未移交我处"})
    assert case.stage == Stage.FILED
    assert case.department_id is None
    assert light_of(case, at=LATER) is Light.PAUSED

    again = LATER + timedelta(hours=5)
    act(
        session,
        case.id,
        Verb.DISPATCH,
        by=city["dispatcher"],
        at=again,
        body={"department": city.cleaners.code},
    )
    assert case.due_at == again + timedelta(hours=1)
    chain = session.scalars(
        select(CaseAssignment).where(CaseAssignment.case_id == case.id).order_by(CaseAssignment.id)
    ).all()
    assert [(each.department_id, each.end_verb, each.end_reason) for each in chain] == [
        (city.works.id, "return", "未移交我处"),
        (city.cleaners.id, None, None),
    ]


def test_rework_goes_to_the_same_unit_on_the_same_clock(session: Session, city: City) -> None:
    case = add_case(session, city, Stage.HANDLED, at=NOW)

    check = NOW + timedelta(hours=3)
    act(session, case.id, Verb.CHECK, by=city["inspector"], at=check, body={"passed": False})

    assert case.stage == Stage.DISPATCHED
    assert case.department_id == city.works.id
    assert case.rework_count == 1
    assert case.due_at == check + timedelta(hours=2)


def test_suspension_is_asked_for_granted_and_ends_by_itself(session: Session, city: City) -> None:
    case = add_case(session, city, Stage.SUSPENDED)
    assert case.due_at is None
    assert light_of(case, at=LATER) is Light.PAUSED
    until = case.suspended_until
    assert until is not None

    assert resume_due(session, at=until - timedelta(seconds=1)) == 0
    assert resume_due(session, at=until) == 1

    assert case.stage == Stage.DISPATCHED
    assert case.due_at == until + timedelta(hours=2)
    assert verbs(session, case)[-1] == "resume"


def test_extension_is_granted_once_and_only_before_the_case_is_overdue(
    session: Session, city: City
) -> None:
    case = add_case(session, city, Stage.DISPATCHED)
    body = {"until": (NOW + timedelta(hours=9)).isoformat(), "reason": "路面需开挖"}
    act(session, case.id, Verb.EXTEND, by=city["manager"], at=LATER, body=body)
    with pytest.raises(WrongStage):
        act(session, case.id, Verb.EXTEND, by=city["manager"], at=LATER, body=body)
    act(session, case.id, Verb.APPROVE_EXTENSION, by=city["dispatcher"], at=LATER)

    assert case.due_at == NOW + timedelta(hours=9)
    assert case.open_requests == []
    with pytest.raises(Conflict, match="too_many_extensions"):
        act(session, case.id, Verb.EXTEND, by=city["manager"], at=LATER, body=body)

    late = add_case(session, city, Stage.DISPATCHED, at=NOW + timedelta(days=2))
    with pytest.raises(Conflict, match="already_overdue"):
        act(
            session,
            late.id,
            Verb.EXTEND,
            by=city["manager"],
            at=NOW + timedelta(days=3),
            body={"until": "2027-01-01T00:00:00+08:00", "reason": "晚"},
        )


def test_refused_extension_leaves_the_due_time(session: Session, city: City) -> None:
    case = add_case(session, city, Stage.DISPATCHED)
    due = case.due_at
    body = {"until": (NOW + timedelta(hours=9)).isoformat(), "reason": "路面需开挖"}
    act(session, case.id, Verb.EXTEND, by=city["manager"], at=NOW, body=body)
    act(
        session,
        case.id,
        Verb.REFUSE_EXTENSION,
        by=city["dispatcher"],
        at=NOW,
        body={"note": "先围挡"},
    )
    assert case.due_at == due
    request = session.scalars(select(CaseRequest).where(CaseRequest.case_id == case.id)).one()
    assert (request.status, request.decision_note) == ("refused", "先围挡")


def test_verification_pauses_the_clock_of_acceptance(session: Session, city: City) -> None:
    case = add_case(session, city, Stage.REPORTED)
    assert case.stage_due_at == NOW + timedelta(minutes=15)
    act(
        session,
        case.id,
        Verb.REQUEST_VERIFICATION,
        by=city["agent"],
        at=NOW + timedelta(minutes=5),
    )
    assert case.stage_due_at == NOW + timedelta(minutes=35)
    back = NOW + timedelta(minutes=60)
    act(session, case.id, Verb.VERIFY, by=city["inspector"], at=back, body={"confirmed": True})

    assert case.stage == Stage.REPORTED
    assert case.review_reason == "verified"
    assert case.stage_due_at == back + timedelta(minutes=10)


def test_two_at_once_the_slower_is_told_what_changed(session: Session, city: City) -> None:
    case = add_case(session, city, Stage.REPORTED)
    seen = case.version
    act(session, case.id, Verb.ACCEPT, by=city["agent"], at=NOW, expected_version=seen)

    with pytest.raises(StaleVersion) as caught:
        act(
            session,
            case.id,
            Verb.REJECT,
            by=city["shift_leader"],
            at=NOW,
            body={"reason": "重复"},
            expected_version=seen,
        )
    (change,) = caught.value.extra["changes"]
    assert (change["verb"], change["to_stage"]) == ("accept", "accepted")
    assert case.stage == Stage.ACCEPTED


def test_wrong_stage_names_what_is_allowed(session: Session, city: City) -> None:
    case = add_case(session, city, Stage.REPORTED)
    with pytest.raises(WrongStage) as caught:
        act(
            session, case.id, Verb.CLOSE, by=city["shift_leader"], at=NOW, body={"outcome": "fixed"}
        )
    assert "accept" in caught.value.extra["allowed"]
    assert "close" not in caught.value.extra["allowed"]


def test_another_department_does_not_know_the_case(session: Session, city: City) -> None:
    case = add_case(session, city, Stage.DISPATCHED)
    with pytest.raises(NotFound):
        act(session, case.id, Verb.REPORT_DONE, by=city["stranger"], at=NOW, body={"result": "x"})
    assert find_case(session, case.public_id, by=city["handler"]) is case


def test_assisting_unit_sees_the_case_but_does_not_report_it_done(
    session: Session, city: City
) -> None:
    case = add_case(session, city, Stage.FILED)
    act(
        session,
        case.id,
        Verb.DISPATCH,
        by=city["dispatcher"],
        at=NOW,
        body={"department": city.works.id, "assisting": [city.cleaners.id]},
    )
    assert find_case(session, case.id, by=city["stranger"]) is case
    with pytest.raises(NotAllowed):
        act(session, case.id, Verb.REPORT_DONE, by=city["stranger"], at=NOW, body={"result": "x"})
    sent = session.scalars(select(OutboxRow).where(OutboxRow.name == "case.dispatched")).one()
    assert sent.payload["departments"] == ["works", "cleaners"]
    assert len(sent.payload["assignment_ids"]) == 2


def test_handler_makes_safe_first_and_the_owner_is_found_later(
    session: Session, city: City
) -> None:
    case = add_case(session, city, Stage.DISPATCHED)
    act(session, case.id, Verb.MAKE_SAFE, by=city["handler"], at=NOW, body={"note": "已围挡"})
    act(session, case.id, Verb.RETURN, by=city["manager"], at=LATER, body={"reason": "非我产权"})
    assert case.made_safe_at == NOW
    assert case.stage == Stage.FILED


def test_closed_duplicate_reopened_gets_a_life_of_its_own(session: Session, city: City) -> None:
    master = add_case(session, city, Stage.DISPATCHED)
    second = report(session)
    duplicate = session.get_one(Case, second.case_id)

    assert second.duplicate_of == master.public_id
    assert duplicate.stage == Stage.DUPLICATE
    assert master.reporters_count == 2
    assert "case.joined" in events(session, master)

    act(
        session,
        duplicate.id,
        Verb.REOPEN,
        by=city["agent"],
        at=NOW,
        body={"reason": "是另一个井盖"},
    )
    assert duplicate.stage == Stage.REPORTED
    assert duplicate.duplicate_of_id is None


def test_linking_to_a_finished_case_is_refused(session: Session, city: City) -> None:
    closed = add_case(session, city, Stage.CLOSED)
    other = add_case(session, city, Stage.REPORTED)
    with pytest.raises(Conflict, match="master_closed"):
        act(
            session,
            other.id,
            Verb.LINK_DUPLICATE,
            by=city["agent"],
            at=NOW,
            body={"of": closed.number},
        )
    with pytest.raises(InvalidInput):
        act(
            session,
            other.id,
            Verb.LINK_DUPLICATE,
            by=city["agent"],
            at=NOW,
            body={"of": other.public_id},
        )


def test_appeal_granted_exempts_but_keeps_the_overdue_fact(session: Session, city: City) -> None:
    case = add_case(session, city, Stage.DISPATCHED)
    late = NOW + timedelta(hours=3)
    assert len(mark_due(session, at=late)) >= 2
    assert case.overdue_at == late
    act(session, case.id, Verb.APPEAL, by=city["manager"], at=late, body={"reason": "道路封闭"})
    act(
        session, case.id, Verb.DECIDE_APPEAL, by=city["supervisor"], at=late, body={"granted": True}
    )
    assert case.exempt
    assert case.overdue_at == late


def test_clock_tells_of_each_due_time_once(session: Session, city: City) -> None:
    case = add_case(session, city, Stage.DISPATCHED)
    assert mark_due(session, at=NOW + timedelta(minutes=95)) == []
    mark_due(session, at=NOW + timedelta(minutes=97))
    mark_due(session, at=NOW + timedelta(minutes=98))
    mark_due(session, at=NOW + timedelta(minutes=121))
    mark_due(session, at=NOW + timedelta(minutes=122))
    told = [name for name in events(session, case) if name in ("case.warned", "case.overdue")]
    assert told == ["case.warned", "case.overdue"]


def test_not_fixed_reopens_within_the_days_of_the_city(session: Session, city: City) -> None:
    case = add_case(session, city, Stage.CLOSED)
    rate_report(session, case, score=1, fixed=False, comment="还是没有盖", at=LATER)
    assert case.stage == Stage.FILED
    assert case.reopen_count == 1
    with pytest.raises(Conflict, match="not_closed"):
        rate_report(session, case, score=5, fixed=True, comment=None, at=LATER)

    other = add_case(session, city, Stage.CLOSED, at=NOW + timedelta(days=3))
    rate_report(session, other, score=5, fixed=True, comment=None, at=NOW + timedelta(days=4))
    with pytest.raises(Conflict, match="already_rated"):
        rate_report(session, other, score=5, fixed=True, comment=None, at=NOW + timedelta(days=4))


def test_rating_not_fixed_too_late_changes_nothing(session: Session, city: City) -> None:
    case = add_case(session, city, Stage.CLOSED)
    with pytest.raises(Conflict, match="reopen_too_late"), session.begin_nested():
        rate_report(session, case, score=1, fixed=False, comment=None, at=NOW + timedelta(days=30))
    session.refresh(case)
    assert (case.stage, case.rating) == (Stage.CLOSED, None)


def test_agent_corrects_facts_and_every_place_is_kept(session: Session, city: City) -> None:
    case = add_case(session, city, Stage.REPORTED)
    act(
        session,
        case.id,
        Verb.CORRECT,
        by=city["agent"],
        at=NOW,
        body={
            "category": city.litter.code,
            "longitude": 109.4005,
            "latitude": 24.3005,
            "address": "航生路口",
        },
    )
    assert case.category_id == city.litter.id
    assert case.condition_id is None
    assert case.grid_code == "450204001001001"
    row = session.scalars(
        select(CaseHistory).where(CaseHistory.case_id == case.id, CaseHistory.verb == "correct")
    ).one()
    assert row.changes["category_id"] == [city.manhole.id, city.litter.id]
    places = session.scalars(
        text("SELECT text FROM case_places WHERE case_id = :id ORDER BY id").bindparams(id=case.id)
    ).all()
    assert places == [None, "航生路口"]


def test_place_outside_the_city_is_refused_and_changes_nothing(
    session: Session, city: City
) -> None:
    case = add_case(session, city, Stage.REPORTED)
    with pytest.raises(InvalidInput, match="outside_jurisdiction"):
        act(
            session,
            case.id,
            Verb.CORRECT,
            by=city["agent"],
            at=NOW,
            body={"longitude": 116.4, "latitude": 39.9},
        )


def test_filing_needs_a_condition_of_the_category(session: Session, city: City) -> None:
    case = add_case(session, city, Stage.ACCEPTED)
    with pytest.raises(InvalidInput, match="立案条件"):
        act(
            session,
            case.id,
            Verb.FILE,
            by=city["shift_leader"],
            at=NOW,
            body={"category": city.litter.code, "condition": city.missing.id},
        )


def test_history_cannot_be_changed_in_the_database(session: Session, city: City) -> None:
    case = add_case(session, city, Stage.ACCEPTED)
    for statement in (
        "UPDATE case_history SET note = 'x' WHERE case_id = :id",
        "DELETE FROM case_history WHERE case_id = :id",
    ):
        with pytest.raises(DBAPIError, match="append-only"), session.begin_nested():
            session.execute(text(statement), {"id": case.id})


def test_platform_may_not_do_what_only_people_do(session: Session, city: City) -> None:
    case = add_case(session, city, Stage.HANDLED)
    with pytest.raises(NotAllowed):
        act(session, case.id, Verb.CHECK, by=SYSTEM, at=NOW, body={"passed": True})
