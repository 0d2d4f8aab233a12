"""Ladders: each step told once, again until somebody answers, quiet at night but for hazards, never restarted."""

from datetime import time
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.cases.commands import act
from dispatch.cases.model import Case
from dispatch.cases.states import Stage, Verb
from dispatch.catalogue.model import StageLimit
from dispatch.kit.audit import AuditEntry
from dispatch.kit.errors import Conflict, InvalidInput, NotAllowed
from dispatch.ladders.commands import answer_step, check_step, climb
from dispatch.ladders.model import Escalation
from dispatch.ladders.queries import ladder_of
from dispatch.notices.commands import plan_events
from dispatch.notices.model import NoticeTemplate, StaffNotice
from dispatch.people.model import Role
from dispatch.people.queries import person_of
from tests.dispatch.ladders.steps import HOUR, add, calm, events, step, told_by
from tests.factories.cases import add_case
from tests.factories.city import NOW, City, add_city
from tests.factories.people import add_user


@pytest.fixture
def city(session: Session) -> City:
    return add_city(session)


def test_ladder_is_climbed_from_handler_to_leader_each_step_once(
    session: Session, city: City
) -> None:
    calm(session, city)
    add(
        session,
        step(1, "handlers", light="yellow"),
        step(2, "managers"),
        step(3, "dispatchers", beyond=50, beyond_unit="percent"),
        step(4, "supervisors", beyond=2, beyond_unit="hour"),
        step(5, "leaders", beyond=200, beyond_unit="percent"),
    )
    add_case(session, city, Stage.DISPATCHED)

    assert told_by(session, 1.5, 1.6, 1.9, 2, 2.9, 3, 4, 5.9, 6, 50) == [
        (1.6, 1, "handlers", 1),
        (2, 2, "managers", 1),
        (3, 3, "dispatchers", 1),
        (4, 4, "supervisors", 1),
        (6, 5, "leaders", 1),
    ]


def test_beyond_in_work_hours_waits_for_the_working_day(session: Session, city: City) -> None:
    calm(session, city)
    add(session, step(4, "supervisors", beyond=6, beyond_unit="work_hour"))
    add_case(session, city, Stage.DISPATCHED)

    # due at 12:00; 14–18 and two hours of the next morning
    assert told_by(session, 8, 23.9, 24) == [(24, 4, "supervisors", 1)]


def test_step_is_told_again_until_somebody_answers(session: Session, city: City) -> None:
    calm(session, city)
    add(session, step(2, "managers", repeat_minutes=60), step(3, "dispatchers", repeat_minutes=60))
    case = add_case(session, city, Stage.DISPATCHED)
    assert told_by(session, 2, 2.5, 3) == [
        (2, 2, "managers", 1),
        (2, 3, "dispatchers", 1),
        (3, 2, "managers", 2),
        (3, 3, "dispatchers", 2),
    ]
    first = session.scalars(select(Escalation).order_by(Escalation.level)).first()
    assert first is not None

    answer_step(session, case, first.id, by=city["manager"], at=NOW + 3.5 * HOUR)

    assert told_by(session, 4) == [(4, 3, "dispatchers", 3)]
    assert (first.acknowledged_by, first.acknowledged_at) == (
        city["manager"].name,
        NOW + 3.5 * HOUR,
    )
    log = session.scalars(
        select(AuditEntry).where(AuditEntry.action == "escalation.answered")
    ).one()
    assert (log.subject, log.details["level"]) == (f"case:{case.public_id}", 2)
    with pytest.raises(Conflict, match="answered_already"):
        answer_step(session, case, first.id, by=city["manager"], at=NOW + 4 * HOUR)


@pytest.mark.parametrize("who", ["handler", "stranger", "dispatcher"])
def test_only_those_who_were_told_answer(session: Session, city: City, who: str) -> None:
    calm(session, city)
    add(session, step(2, "managers"))
    case = add_case(session, city, Stage.DISPATCHED)
    told_by(session, 2)
    row = session.scalars(select(Escalation)).one()

    with pytest.raises(NotAllowed):
        answer_step(session, case, row.id, by=city[who], at=NOW + 3 * HOUR)


def test_nobody_is_told_again_of_what_is_done(session: Session, city: City) -> None:
    calm(session, city)
    add(session, step(2, "managers", repeat_minutes=60))
    case = add_case(session, city, Stage.DISPATCHED)
    told_by(session, 2)

    act(
        session,
        case.id,
        Verb.REPORT_DONE,
        by=city["manager"],
        at=NOW + 2.5 * HOUR,
        body={"result": "已换"},
    )

    assert told_by(session, 3, 9) == []
    assert session.scalars(select(Escalation.next_at)).one() is None


def test_paused_case_tells_nobody_and_goes_on_later(session: Session, city: City) -> None:
    calm(session, city)
    add(session, step(1, "handlers", light="yellow", repeat_minutes=60), step(2, "managers"))
    case = add_case(session, city, Stage.DISPATCHED)
    told_by(session, 1.6)
    until = (NOW + 8 * HOUR).isoformat()
    body = {"until": until, "reason": "等料"}
    act(session, case.id, Verb.SUSPEND, by=city["manager"], at=NOW + 1.7 * HOUR, body=body)
    act(session, case.id, Verb.APPROVE_SUSPENSION, by=city["dispatcher"], at=NOW + 1.7 * HOUR)

    assert told_by(session, 3, 5, 7) == []
    act(session, case.id, Verb.RESUME, by=city["manager"], at=NOW + 7.5 * HOUR)

    assert told_by(session, 8) == [(8, 1, "handlers", 2), (8, 2, "managers", 1)]


def test_extension_moves_the_ladder_and_repeats_no_step(session: Session, city: City) -> None:
    calm(session, city)
    add(session, step(1, "handlers", light="yellow"), step(2, "managers"))
    case = add_case(session, city, Stage.DISPATCHED)
    told_by(session, 1.6)
    until = (NOW + 6 * HOUR).isoformat()
    body = {"until": until, "reason": "开挖"}
    act(session, case.id, Verb.EXTEND, by=city["manager"], at=NOW + 1.7 * HOUR, body=body)
    act(session, case.id, Verb.APPROVE_EXTENSION, by=city["dispatcher"], at=NOW + 1.8 * HOUR)

    assert told_by(session, 2, 5.9, 6) == [(6, 2, "managers", 1)]


def test_edit_of_a_step_neither_repeats_nor_forgets(session: Session, city: City) -> None:
    calm(session, city)
    row = step(2, "managers")
    add(session, row)
    add_case(session, city, Stage.DISPATCHED)
    told_by(session, 2)

    row.beyond, row.beyond_unit = 30, "minute"
    add(session, step(3, "dispatchers", beyond=10))

    assert told_by(session, 2.1, 2.5, 9) == [(2.5, 3, "dispatchers", 1)]


def test_next_unit_climbs_its_own_ladder(session: Session, city: City) -> None:
    calm(session, city)
    add(session, step(2, "managers"))
    case = add_case(session, city, Stage.DISPATCHED)
    told_by(session, 2)
    back = {"reason": "非我处"}
    act(session, case.id, Verb.RETURN, by=city["manager"], at=NOW + 3 * HOUR, body=back)
    body = {"department": "cleaners"}
    act(session, case.id, Verb.DISPATCH, by=city["dispatcher"], at=NOW + 4 * HOUR, body=body)

    assert told_by(session, 4, 5) == [(4, 2, "managers", 1)]
    assert set(session.scalars(select(Escalation.department_id))) == {
        city.works.id,
        city.cleaners.id,
    }


QUIET = {"quiet_from": time(11), "quiet_until": time(15)}


def test_quiet_hours_hold_a_step_back_until_they_end(session: Session, city: City) -> None:
    calm(session, city)
    add(session, step(2, "managers", repeat_minutes=60, **QUIET))
    add_case(session, city, Stage.DISPATCHED)

    # due at 12:00, quiet until 15:00
    assert told_by(session, 2, 4.9, 5, 6) == [(5, 2, "managers", 1), (6, 2, "managers", 2)]


def test_hazard_has_its_own_ladder_knows_no_quiet_and_is_made_safe_first(
    session: Session, city: City
) -> None:
    add(
        session,
        StageLimit(stage="make_safe", severity="urgent", limit_value=60, limit_unit="minute"),
        step(2, "managers"),
        step(1, "handlers", ladder="hazard", clock="make_safe", light="yellow", **QUIET),
        step(2, "managers", ladder="hazard", clock="make_safe", repeat_minutes=30, **QUIET),
        step(3, "dispatchers", ladder="hazard", clock="make_safe", beyond=30, **QUIET),
        step(2, "managers", ladder="hazard", **QUIET),
    )
    case = add_case(session, city, Stage.DISPATCHED)
    assert told_by(session, 0.8, 1) == [(0.8, 1, "handlers", 1), (1, 2, "managers", 1)]

    # whose it is may be disputed: the danger is there all the same
    body = {"reason": "非我处"}
    act(session, case.id, Verb.RETURN, by=city["manager"], at=NOW + 1.2 * HOUR, body=body)
    assert told_by(session, 1.5) == [(1.5, 3, "dispatchers", 1)]
    body = {"department": "works"}
    act(session, case.id, Verb.DISPATCH, by=city["dispatcher"], at=NOW + 1.6 * HOUR, body=body)
    assert told_by(session, 2) == [(2, 2, "managers", 2)]
    act(session, case.id, Verb.MAKE_SAFE, by=city["handler"], at=NOW + 2.1 * HOUR)

    # 0.8 of two hours were left when it was given back
    assert told_by(session, 2.3, 2.5) == [(2.5, 2, "managers", 1)]


def test_stage_has_a_ladder_of_its_own_for_each_visit(session: Session, city: City) -> None:
    add(session, step(2, "shift_leaders", clock="accept", ladder="hazard"))
    add(session, step(2, "shift_leaders", clock="accept"))
    case = add_case(session, city, Stage.REPORTED)
    assert told_by(session, 0.2, 0.25) == [(0.25, 2, "shift_leaders", 1)]
    act(session, case.id, Verb.REQUEST_VERIFICATION, by=city["agent"], at=NOW + 0.3 * HOUR)
    body = {"confirmed": True}
    act(session, case.id, Verb.VERIFY, by=city["inspector"], at=NOW + 0.4 * HOUR, body=body)

    assert told_by(session, 0.5) == [(0.5, 2, "shift_leaders", 1)]


def test_page_shows_what_was_done_and_what_comes(session: Session, city: City) -> None:
    calm(session, city)
    add(session, step(2, "managers"), step(3, "dispatchers", beyond=50, beyond_unit="percent"))
    case = add_case(session, city, Stage.DISPATCHED)
    told_by(session, 2)

    done, coming = ladder_of(session, case)

    assert done.taken is not None
    assert (done.level, done.audience, done.taken.times) == (2, "managers", 1)
    assert (coming.level, coming.taken, coming.comes_at) == (3, None, NOW + 3 * HOUR)


def test_step_reaches_the_bell_of_those_it_names(session: Session, city: City) -> None:
    calm(session, city)
    leader = person_of(add_user(session, Role.LEADER))
    for audience in ("managers", "leaders"):
        session.add(
            NoticeTemplate(
                event="case.escalated",
                audience=audience,
                way="in_app",
                language="zh",
                subject="第 {level} 级督办",
                body="{clock}{due}到期[[，已超{overdue}]]",
            )
        )
    add(session, step(2, "managers"), step(5, "leaders", beyond=1, beyond_unit="hour"))
    add_case(session, city, Stage.DISPATCHED)
    told_by(session, 2, 3)
    for row in events(session):
        row.created_at = NOW + 3 * HOUR
    session.flush()

    plan_events(session, [row.id for row in events(session)], at=NOW + 3 * HOUR)

    rung = session.execute(
        select(StaffNotice.user_id, StaffNotice.subject, StaffNotice.body).order_by(StaffNotice.id)
    ).all()
    assert {row.user_id for row in rung} == {city.users["manager"].id, leader.id}
    assert {row.subject for row in rung} == {"第 2 级督办", "第 5 级督办"}
    assert {row.body for row in rung} == {"处理时限今天 12:00到期，已超1小时"}


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"light": "yellow", "beyond": 5}, "beyond"),
        ({"clock": "make_safe"}, "clock"),
        ({"clock": "make_safe", "ladder": "hazard", "beyond_unit": "work_hour"}, "beyond_unit"),
        ({"quiet_from": time(22)}, "quiet_until"),
    ],
)
def test_step_that_cannot_be_climbed_is_refused(
    session: Session, given: dict[str, Any], field: str
) -> None:
    values = {
        "ladder": "ordinary",
        "clock": "handle",
        "light": "red",
        "beyond": 0,
        "beyond_unit": "minute",
        "quiet_from": None,
        "quiet_until": None,
    }
    check_step(session, values)
    with pytest.raises(InvalidInput) as refused:
        check_step(session, {**values, **given})
    assert [each.name for each in refused.value.fields] == [field]


def test_nothing_is_asked_of_the_cases_without_a_ladder(session: Session, city: City) -> None:
    case = add_case(session, city, Stage.DISPATCHED)
    assert climb(session, at=NOW + 99 * HOUR) == 0
    assert ladder_of(session, session.get_one(Case, case.id)) == []
