"""Who may see which case: the list, the single case and the live event follow one rule."""

from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from dispatch.cases.commands import act, find_case
from dispatch.cases.model import Case, CaseAssignment
from dispatch.cases.policy import may_see, standing_of, visible_to
from dispatch.cases.states import Actor, Stage, Verb
from dispatch.kit.errors import NotFound
from dispatch.people.model import Role
from dispatch.people.policy import REPORTER, SYSTEM, Person
from tests.factories.cases import add_case
from tests.factories.city import NOW, WORKING_GRID, City, add_city

DISTRICTS = ("450202", "450204")
GRIDS = ("450202G001", WORKING_GRID)
_serial = count(1)


@pytest.fixture
def city(session: Session) -> City:
    return add_city(session)


def sees(session: Session, person: Person) -> set[int]:
    return set(session.scalars(select(Case.id).where(visible_to(person))))


def knows(session: Session, person: Person, case: Case) -> bool:
    try:
        find_case(session, case.id, by=person)
    except NotFound:
        return False
    return True


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_list_and_single_case_agree_for_everybody(
    session: Session, city: City, data: st.DataObject
) -> None:
    units = [city.works.id, city.cleaners.id]
    staff = [city["inspector"].id, city["agent"].id]
    maybe = st.none()
    person = Person(
        id=data.draw(st.sampled_from(staff)),
        name="x",
        roles=data.draw(st.frozensets(st.sampled_from(Role), max_size=3)),
        department_id=data.draw(maybe | st.sampled_from(units)),
        district_code=data.draw(maybe | st.sampled_from(DISTRICTS)),
        working_grids=data.draw(st.frozensets(st.sampled_from(GRIDS))),
    )
    with session.begin_nested() as savepoint:
        serial = next(_serial)
        case_id = session.scalar(
            insert(Case)
            .values(
                public_id=f"p-{serial}",
                number=f"p-{serial}",
                stage=Stage.DISPATCHED,
                stage_since=NOW,
                channel="web",
                description="x",
                created_at=NOW,
                updated_at=NOW,
                department_id=data.draw(maybe | st.sampled_from(units)),
                district_code=data.draw(maybe | st.sampled_from(DISTRICTS)),
                working_grid=data.draw(maybe | st.sampled_from(GRIDS)),
                reported_by_id=data.draw(maybe | st.sampled_from(staff)),
                inspector_id=data.draw(maybe | st.sampled_from(staff)),
            )
            .returning(Case.id)
        )
        assert case_id is not None
        case = session.get_one(Case, case_id)
        for unit in data.draw(st.sets(st.sampled_from(units))):
            session.add(
                CaseAssignment(
                    case_id=case.id,
                    department_id=unit,
                    leads=unit == case.department_id,
                    method="manual",
                    reason="x",
                    at=NOW,
                    ended_at=data.draw(st.sampled_from([None, NOW])),
                )
            )
        session.flush()

        assert (case.id in sees(session, person)) == knows(session, person, case)
        session.expunge_all()
        savepoint.rollback()


def test_each_post_sees_what_its_work_needs(session: Session, city: City) -> None:
    case = add_case(session, city, Stage.DISPATCHED)

    assert {name for name, person in city.people.items() if case.id in sees(session, person)} == {
        "agent",
        "shift_leader",
        "dispatcher",
        "supervisor",
        "admin",
        "inspector",
        "manager",
        "handler",
    }


def test_unit_sees_a_case_only_while_it_has_it(session: Session, city: City) -> None:
    case = add_case(session, city, Stage.FILED)
    manager = city["manager"]
    assert not knows(session, manager, case)

    body = {"department": "works"}
    act(session, case.id, Verb.DISPATCH, by=city["dispatcher"], at=NOW, body=body)
    assert knows(session, manager, case)

    act(session, case.id, Verb.RETURN, by=manager, at=NOW, body={"reason": "未移交"})
    assert not knows(session, manager, case)
    assert case.id not in sees(session, manager)


def test_unit_still_sees_what_it_has_done(session: Session, city: City) -> None:
    case = add_case(session, city, Stage.CLOSED)

    assert knows(session, city["manager"], case)


def test_nobody_without_a_post_sees_anything(session: Session, city: City) -> None:
    case = add_case(session, city, Stage.REPORTED)
    nobody = Person(id=city["agent"].id, name="x", roles=frozenset())

    assert sees(session, nobody) == set()
    assert not knows(session, nobody, case)
    assert sees(session, SYSTEM) == {case.id}


def test_district_agent_sees_the_district_alone(session: Session, city: City) -> None:
    case = add_case(session, city, Stage.REPORTED)
    own, other = (
        Person(id=1, name="x", roles=frozenset({Role.AGENT}), district_code=code)
        for code in ("450204", "450202")
    )

    assert knows(session, own, case)
    assert not knows(session, other, case)
    assert not may_see(other, department_ids=frozenset(), district_code=None, working_grid=None), (
        "a case without a place belongs to no district"
    )


def test_standing_tells_the_roles_the_holder_and_the_facts(session: Session, city: City) -> None:
    case = add_case(session, city, Stage.DISPATCHED)

    manager = standing_of(city["manager"], case)
    assert (manager.stage, manager.is_holder, manager.facts) == (
        Stage.DISPATCHED,
        True,
        frozenset({"unit"}),
    )
    assert manager.who == {Role.MANAGER}
    assert not standing_of(city["stranger"], case).is_holder
    assert standing_of(SYSTEM, case).who == {Actor.SYSTEM}
    assert standing_of(REPORTER, case).who == {Actor.REPORTER}
