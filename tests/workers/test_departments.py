"""A unit is closed: its heir has its rules and its open cases, or the dispatchers; some at a time, once."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from dispatch.cases import queries
from dispatch.cases.commands import act
from dispatch.cases.model import Case
from dispatch.cases.present import assignment_out
from dispatch.cases.queries.held import UNIT_CLOSED
from dispatch.cases.states import Stage, Verb
from dispatch.departments import commands
from dispatch.departments.model import Department, DepartmentKind, DepartmentName
from dispatch.departments.reference import department_name
from dispatch.kit import clock, db
from dispatch.kit.db import Json
from dispatch.kit.outbox import OutboxRow
from dispatch.kit.reference import forget_all
from dispatch.people.policy import SYSTEM, Person
from dispatch.routing.model import RoutingRule
from tests.factories.cases import add_case, report
from tests.factories.city import City, spot
from workers.jobs import city as city_jobs
from workers.jobs import departments as jobs


@pytest.fixture
def unit(committing: Session, city: City) -> Iterator[Department]:
    """A unit of its own, which the other tests never see."""
    made = Department(code=f"u-{clock.now():%H%M%S%f}", name="旧单位", kind=DepartmentKind.BUREAU)
    committing.add(made)
    committing.flush()
    rule = {"department_id": made.id, "reason": "专管", "valid_from": clock.now().date()}
    committing.add(RoutingRule(category_id=city.litter.id, area_kind="city", area_code="x", **rule))
    committing.commit()
    forget_all()
    yield made
    committing.rollback()
    committing.execute(delete(RoutingRule).where(RoutingRule.area_code == "x"))
    committing.commit()
    forget_all()


def given_to(session: Session, city: City, unit: Department, *stages: Stage) -> list[Case]:
    """Cases that this unit has, each at a stage."""
    made = []
    for number, stage in enumerate(stages):
        longitude, latitude = spot(number % 5, number // 5)
        receipt = report(
            session,
            longitude=longitude + 0.0002,
            latitude=latitude,
            description="线杆倒了",
            at=clock.now(),
        )
        at = clock.now()
        case = session.get_one(Case, receipt.case_id)
        way: list[tuple[Verb, str, Json]] = [
            (Verb.ACCEPT, "agent", {}),
            (Verb.FILE, "shift_leader", {"category": "P0103", "condition": city.missing.id}),
            (Verb.DISPATCH, "dispatcher", {"department": unit.id}),
        ]
        for verb, role, body in way:
            act(session, case.id, verb, by=city[role], at=at, body=body)
        if stage is Stage.SUSPENDED:
            until = (at + timedelta(days=3)).isoformat()
            by = _manager(city, unit)
            body = {"until": until, "reason": "等材料"}
            act(session, case.id, Verb.SUSPEND, by=by, at=at, body=body)
            act(session, case.id, Verb.APPROVE_SUSPENSION, by=city["dispatcher"], at=at)
        if stage is Stage.HANDLED:
            body = {"result": "修好了"}
            act(session, case.id, Verb.REPORT_DONE, by=_manager(city, unit), at=at, body=body)
        made.append(case)
    session.commit()
    return made


def _manager(city: City, unit: Department) -> Person:
    return replace(city["manager"], department_id=unit.id)


def close(session: Session, unit: Department, *, into: Department | None) -> None:
    commands.close(
        session,
        unit.id,
        into_id=into.id if into else None,
        day=clock.city_date(clock.now()),
        by=SYSTEM,
        seen=None,
    )
    session.commit()
    forget_all()


def run_all(session: Session) -> int:
    """Do the jobs of every event until none is left; how many there were."""
    count, seen = 0, 0
    while True:
        session.rollback()
        row = session.scalars(
            select(OutboxRow)
            .where(OutboxRow.name.in_(("department.closed", "department.left")))
            .where(OutboxRow.id > seen)
            .order_by(OutboxRow.id)
        ).first()
        if row is None:
            return count
        given = {name: row.payload[name] for name in ("department_id", "day")}
        for _twice in range(2):
            jobs.hand_over(event_id=row.id, job="hand-over", **given)
        seen, count = row.id, count + 1


def test_the_heir_has_the_rules_and_the_cases(
    committing: Session, city: City, unit: Department, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "AT_ONCE", 2)
    running, paused, done = given_to(
        committing, city, unit, Stage.DISPATCHED, Stage.SUSPENDED, Stage.HANDLED
    )
    close(committing, unit, into=city.cleaners)

    assert run_all(committing) == 2  # the second finds nothing left

    for case in (running, paused):
        committing.refresh(case)
        assert (case.stage, case.department_id) == (Stage.DISPATCHED, city.cleaners.id)
        assert (case.return_count, case.suspended_until) == (0, None)
        old, new = queries.assignments_of(committing, case)
        assert (old.department_id, old.end_verb, old.end_code) == (unit.id, "return", UNIT_CLOSED)
        assert (new.department_id, new.ended_at) == (city.cleaners.id, None)
        verbs = [row.verb for row in queries.history_of(committing, case)]
        assert verbs[-2:] == [Verb.RETURN, Verb.DISPATCH]
    committing.refresh(done)
    assert (done.stage, done.department_id) == (Stage.HANDLED, unit.id)
    rules = committing.scalars(
        select(RoutingRule).where(RoutingRule.area_code == "x").order_by(RoutingRule.id)
    ).all()
    assert [(each.department_id, each.valid_to is None) for each in rules] == [
        (unit.id, False),
        (city.cleaners.id, True),
    ]


def test_without_an_heir_the_dispatchers_decide(
    committing: Session, city: City, unit: Department
) -> None:
    (case,) = given_to(committing, city, unit, Stage.DISPATCHED)
    close(committing, unit, into=None)

    assert run_all(committing) == 1

    committing.refresh(case)
    assert (case.stage, case.department_id) == (Stage.FILED, None)


def test_a_unit_that_was_opened_again_keeps_what_it_has(
    committing: Session, city: City, unit: Department
) -> None:
    (case,) = given_to(committing, city, unit, Stage.DISPATCHED)
    close(committing, unit, into=city.cleaners)
    commands.reopen(committing, unit.id, by=SYSTEM)
    committing.commit()

    run_all(committing)

    committing.refresh(case)
    assert (case.stage, case.department_id) == (Stage.DISPATCHED, unit.id)


def test_the_heir_s_heir_has_it_when_that_unit_was_closed_too(
    committing: Session, city: City, unit: Department
) -> None:
    between = Department(
        code=f"b-{clock.now():%H%M%S%f}", name="中间单位", kind=DepartmentKind.BUREAU
    )
    committing.add(between)
    committing.commit()
    forget_all()
    (case,) = given_to(committing, city, unit, Stage.DISPATCHED)
    close(committing, unit, into=between)
    close(committing, between, into=city.works)

    run_all(committing)

    committing.refresh(case)
    assert (case.stage, case.department_id) == (Stage.DISPATCHED, city.works.id)


def test_rework_that_comes_to_a_closed_unit_is_passed_on(
    committing: Session, city: City, unit: Department
) -> None:
    (case,) = given_to(committing, city, unit, Stage.HANDLED)
    close(committing, unit, into=city.works)
    run_all(committing)
    body = {"reason": "没有修好"}
    act(committing, case.id, Verb.REWORK, by=city["dispatcher"], at=clock.now(), body=body)
    committing.commit()
    assert case.department_id == unit.id

    city_jobs.turn_the_day()
    run_all(committing)

    committing.refresh(case)
    assert (case.stage, case.department_id) == (Stage.DISPATCHED, city.works.id)


def test_an_old_case_keeps_the_name_of_its_time(
    committing: Session, city: City, unit: Department
) -> None:
    longitude, latitude = spot(3, 1)
    where = {"longitude": longitude, "latitude": latitude + 0.0002}
    at = clock.now() - timedelta(days=37)
    case = add_case(committing, city, Stage.DISPATCHED, at=at, **where)
    committing.commit()
    today = clock.city_date(clock.now())
    with db.open_session() as session:
        session.add(
            DepartmentName(
                department_id=city.works.id,
                name="市政维护处",
                valid_from=today - timedelta(days=400),
            )
        )
        session.flush()
        commands.rename(
            session,
            city.works.id,
            "市政设施中心",
            since=today - timedelta(days=10),
            today=today,
            by=SYSTEM,
            seen=None,
        )
        forget_all()
        (row,) = queries.assignments_of(session, case)
        told = assignment_out(session, row, people={})
        present = department_name(session, city.works.id)
        session.rollback()
    forget_all()
    assert (told.department.name, present) == ("市政维护处", "市政设施中心")
