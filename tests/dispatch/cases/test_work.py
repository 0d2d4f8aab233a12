"""What a department does with a case of its own: acknowledge, assign, begin; and what a ruling binds."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.cases import present
from dispatch.cases.commands import act
from dispatch.cases.model import Case, CaseAssignment, CaseHistory
from dispatch.cases.policy import standing_of
from dispatch.cases.states import Stage, Verb, allowed_verbs
from dispatch.crews.commands import add_crew, change_crew
from dispatch.crews.model import Crew
from dispatch.kit.errors import InvalidInput, NotAllowed, WrongStage
from dispatch.kit.outbox import OutboxRow
from tests.factories.cases import add_case
from tests.factories.city import NOW, City, add_city

MINUTE = timedelta(minutes=1)


@pytest.fixture
def city(session: Session) -> City:
    return add_city(session)


@pytest.fixture
def case(session: Session, city: City) -> Case:
    return add_case(session, city, Stage.DISPATCHED)


@pytest.fixture
def crew(session: Session, city: City) -> Crew:
    member = city.users["handler"].id
    return add_crew(session, name="井盖一班", members=[member], by=city["manager"])


def leading(session: Session, case: Case) -> CaseAssignment:
    rows = session.scalars(
        select(CaseAssignment)
        .where(CaseAssignment.case_id == case.id, CaseAssignment.leads)
        .order_by(CaseAssignment.id.desc())
        .execution_options(populate_existing=True)
    )
    return next(iter(rows))


def last_event(session: Session) -> OutboxRow:
    return session.scalars(select(OutboxRow).order_by(OutboxRow.id.desc()).limit(1)).one()


def test_each_step_is_kept_with_its_time(
    session: Session, city: City, case: Case, crew: Crew
) -> None:
    handler, manager = city["handler"], city["manager"]
    act(session, case.id, Verb.ACKNOWLEDGE, by=handler, at=NOW + MINUTE)
    act(session, case.id, Verb.ASSIGN, by=manager, at=NOW + 2 * MINUTE, body={"crew": crew.id})
    assert last_event(session).name == "case.assigned"
    assert last_event(session).payload["crew_id"] == crew.id
    act(session, case.id, Verb.START, by=handler, at=NOW + 3 * MINUTE)
    done = {"result": "已换"}
    act(session, case.id, Verb.REPORT_DONE, by=handler, at=NOW + 9 * MINUTE, body=done)

    row = leading(session, case)
    assert (row.acknowledged_at, row.assigned_at) == (NOW + MINUTE, NOW + 2 * MINUTE)
    assert (row.started_at, row.handled_at) == (NOW + 3 * MINUTE, NOW + 9 * MINUTE)
    assert (row.crew_id, case.stage) == (crew.id, Stage.HANDLED)
    verbs = session.scalars(
        select(CaseHistory.verb).where(CaseHistory.case_id == case.id).order_by(CaseHistory.version)
    ).all()
    assert verbs[-4:] == ["acknowledge", "assign", "start", "report-done"]


def test_what_is_reported_done_counts_as_acknowledged(
    session: Session, city: City, case: Case
) -> None:
    act(
        session,
        case.id,
        Verb.REPORT_DONE,
        by=city["handler"],
        at=NOW + MINUTE,
        body={"result": "已换"},
    )
    row = leading(session, case)
    assert (case.acknowledged_at, row.acknowledged_at) == (NOW + MINUTE, NOW + MINUTE)
    assert (row.started_at, row.handled_at) == (None, NOW + MINUTE)


def test_rework_begins_again_and_keeps_who_works_and_the_first_times(
    session: Session, city: City, case: Case, crew: Crew
) -> None:
    act(session, case.id, Verb.ASSIGN, by=city["manager"], at=NOW, body={"crew": crew.name})
    act(session, case.id, Verb.START, by=city["handler"], at=NOW + MINUTE)
    for minutes in (5, 20):
        at = NOW + minutes * MINUTE
        act(session, case.id, Verb.REPORT_DONE, by=city["handler"], at=at, body={"result": "好了"})
        if minutes == 5:
            again = {"reason": "没修平"}
            act(session, case.id, Verb.REWORK, by=city["dispatcher"], at=at, body=again)
            assert (case.started_at, case.crew_id) == (None, crew.id)
            assert Verb.START in allowed_verbs(standing_of(city["handler"], case))
            assert Verb.ACKNOWLEDGE not in allowed_verbs(standing_of(city["handler"], case))
            act(session, case.id, Verb.START, by=city["handler"], at=at + MINUTE)
    row = leading(session, case)
    assert (row.started_at, row.handled_at) == (NOW + MINUTE, NOW + 20 * MINUTE)


def test_a_case_that_is_returned_is_nobody_s_and_the_chain_keeps_who_had_it(
    session: Session, city: City, case: Case, crew: Crew
) -> None:
    act(session, case.id, Verb.ASSIGN, by=city["manager"], at=NOW, body={"crew": crew.id})
    act(
        session,
        case.id,
        Verb.RETURN,
        by=city["manager"],
        at=NOW + MINUTE,
        body={"reason": "未移交", "reason_code": "not_handed_over"},
    )
    assert (case.crew_id, case.assignee_id, case.acknowledged_at) == (None, None, None)
    row = leading(session, case)
    assert (row.crew_id, row.end_code, row.end_reason) == (crew.id, "not_handed_over", "未移交")


def test_a_handler_who_begins_what_nobody_was_given_takes_it(
    session: Session, city: City, case: Case
) -> None:
    act(session, case.id, Verb.START, by=city["handler"], at=NOW + MINUTE)
    assert case.assignee_id == city["handler"].id
    assert case.acknowledged_at == NOW + MINUTE
    shown = present.cases_out(session, [case], person=city["handler"], at=NOW)[0]
    assert shown.assignee is not None
    assert shown.assignee.name == city["handler"].name


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "crew"),
        ({"crew": "没有的班"}, "crew"),
        ({"assignee": "nobody"}, "assignee"),
        ({"assignee": "cleaner"}, "assignee"),
    ],
)
def test_only_a_crew_or_person_of_the_unit_can_be_given_a_case(
    session: Session, city: City, case: Case, given: dict[str, str], field: str
) -> None:
    if given.get("assignee") == "cleaner":
        given = {"assignee": city.users["stranger"].username}
    with pytest.raises(InvalidInput) as refused:
        act(session, case.id, Verb.ASSIGN, by=city["manager"], at=NOW, body=given)
    assert refused.value.fields[0].name == field


def test_a_person_outside_the_crew_is_refused_and_a_closed_crew_unknown(
    session: Session, city: City, case: Case, crew: Crew
) -> None:
    manager = city["manager"]
    outside = {"crew": crew.id, "assignee": city.users["manager"].id}
    with pytest.raises(InvalidInput):
        act(session, case.id, Verb.ASSIGN, by=manager, at=NOW, body=outside)
    change_crew(
        session, crew.id, name=crew.name, daily_capacity=3, members=(), active=False, by=manager
    )
    with pytest.raises(InvalidInput):
        act(session, case.id, Verb.ASSIGN, by=manager, at=NOW, body={"crew": crew.id})


@pytest.mark.parametrize("verb", [Verb.ACKNOWLEDGE, Verb.ASSIGN, Verb.START])
def test_another_unit_has_no_say(session: Session, city: City, case: Case, verb: Verb) -> None:
    standing = standing_of(city["stranger"], case)
    assert verb not in allowed_verbs(standing)


def test_what_was_acknowledged_is_not_acknowledged_twice(
    session: Session, city: City, case: Case
) -> None:
    act(session, case.id, Verb.ACKNOWLEDGE, by=city["manager"], at=NOW)
    with pytest.raises(WrongStage):
        act(session, case.id, Verb.ACKNOWLEDGE, by=city["handler"], at=NOW)


def test_the_shift_leader_dispatches_by_a_ruling_only_and_it_binds(
    session: Session, city: City
) -> None:
    case = add_case(session, city, Stage.FILED)
    plain = {"department": "works"}
    with pytest.raises(InvalidInput):
        act(session, case.id, Verb.DISPATCH, by=city["shift_leader"], at=NOW, body=plain)
    ruled = {**plain, "ruling": "现场会认定由市政负责"}
    act(session, case.id, Verb.DISPATCH, by=city["shift_leader"], at=NOW, body=ruled)
    row = leading(session, case)
    assert (row.method, row.reason) == ("ruling", "现场会认定由市政负责")
    allowed = allowed_verbs(standing_of(city["manager"], case))
    assert Verb.RETURN not in allowed
    assert Verb.APPEAL in allowed


def test_a_crew_belongs_to_its_manager_s_unit(session: Session, city: City, crew: Crew) -> None:
    with pytest.raises(NotAllowed):
        add_crew(session, name="二班", by=city["handler"])
    with pytest.raises(InvalidInput):
        add_crew(session, name="三班", members=[city.users["stranger"].id], by=city["manager"])
    assert crew.department_id == city.works.id
