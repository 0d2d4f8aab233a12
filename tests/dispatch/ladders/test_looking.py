"""The look of the clock: what it finds without looking at everything, after standing still, and of a new ladder."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.cases.commands import act, mark_due
from dispatch.cases.states import Stage, Verb
from dispatch.catalogue.model import Condition, StageLimit, WorkCalendar
from dispatch.kit import reference
from dispatch.kit.errors import NotAllowed
from dispatch.kit.outbox import OutboxRow
from dispatch.ladders.backlog import backlog_of, step_in, switch_on, tell_gathered
from dispatch.ladders.commands import answer_step
from dispatch.ladders.model import Escalation, LadderMark, LadderStep
from dispatch.ladders.queries import ladder_of
from dispatch.notices.commands import plan_events
from dispatch.notices.model import NoticeTemplate, StaffNotice
from dispatch.people.policy import SYSTEM
from tests.dispatch.ladders.steps import HOUR, add, calm, events, step, told_by
from tests.factories.cases import add_case
from tests.factories.city import NOW, City, add_city, spot


@pytest.fixture
def city(session: Session) -> City:
    return add_city(session)


def looked(session: Session, hour: float) -> None:
    """As if the clock had looked at everything at this hour after NOW."""
    mark = session.scalars(select(LadderMark)).one()
    mark.until = mark.swept_at = NOW + hour * HOUR
    session.flush()


def test_clock_that_stood_still_tells_the_light_it_has_now_and_keeps_what_was_passed(
    session: Session, city: City
) -> None:
    calm(session, city)
    add(session, step(1, "handlers", light="yellow"), step(2, "managers"))
    case = add_case(session, city, Stage.DISPATCHED)
    looked(session, 1)

    assert told_by(session, 2.1) == [(2.1, 2, "managers", 1)]

    yellow, red = ladder_of(session, case)
    assert (yellow.level, yellow.is_passed, red.is_passed) == (1, True, False)
    assert yellow.taken is not None
    with pytest.raises(NotAllowed):
        answer_step(session, case, yellow.taken.id, by=city["handler"], at=NOW + 3 * HOUR)
    assert told_by(session, 2.2, 9) == []


def test_who_is_told_by_several_steps_at_once_has_one_notice_of_the_highest(
    session: Session, city: City
) -> None:
    calm(session, city)
    text = {"event": "case.escalated", "audience": "managers", "way": "in_app", "language": "zh"}
    session.add(NoticeTemplate(**text, subject="第 {level} 级督办", body="{clock}"))
    add(
        session, step(2, "managers"), step(3, "managers", beyond=30), step(4, "managers", beyond=60)
    )
    add_case(session, city, Stage.DISPATCHED)
    looked(session, 1)

    assert [each[1] for each in told_by(session, 3.5)] == [2, 3, 4]
    (event,) = events(session)
    plan_events(session, [event.id], at=event.created_at)

    rung = session.execute(select(StaffNotice.user_id, StaffNotice.subject)).all()
    assert [tuple(each) for each in rung] == [(city.users["manager"].id, "第 4 级督办")]


BEYOND = [
    {"beyond": 90, "beyond_unit": "minute"},
    {"beyond": 2, "beyond_unit": "hour"},
    {"beyond": 3, "beyond_unit": "work_hour"},
    {"beyond": 1, "beyond_unit": "work_day"},
    {"beyond": 75, "beyond_unit": "percent"},
]


@pytest.mark.parametrize("given", BEYOND)
@pytest.mark.parametrize("unit_works", ["", "own"])
def test_what_reaches_a_step_between_two_looks_is_found_without_looking_at_everything(
    session: Session, city: City, given: dict[str, Any], unit_works: str
) -> None:
    if unit_works:
        hours = {"hours": [["10:00", "15:00"]], "weekdays": list(range(7)), "keeps_holidays": False}
        own = WorkCalendar(code="own", name="轮班", department_id=city.works.id, **hours)
        add(session, own)
    condition = session.get_one(Condition, city.missing.id)
    condition.hazard, condition.limit_value, condition.limit_unit = False, 3, "work_hour"
    add(session, step(2, "managers", **given))
    case = add_case(session, city, Stage.DISPATCHED)
    (rung,) = ladder_of(session, case)
    assert rung.comes_at is not None
    reached = (rung.comes_at - NOW) / HOUR

    looked(session, reached - 0.1)
    assert told_by(session, reached - 0.01) == []
    looked(session, reached - 0.01)
    assert [each[1] for each in told_by(session, reached + 0.01)] == [2]


def test_what_came_in_with_times_of_its_own_is_found_within_the_hour(
    session: Session, city: City
) -> None:
    calm(session, city)
    add(session, step(3, "managers", beyond=30))
    add_case(session, city, Stage.DISPATCHED)
    mark_due(session, at=NOW + 9 * HOUR)
    looked(session, 9)

    assert told_by(session, 9.5, 10) == [(10, 3, "managers", 1)]


def switched_on(session: Session, row: LadderStep, hour: float, *, gathered: bool) -> None:
    """A step put in use by an administrator at this hour after NOW."""
    at = NOW + hour * HOUR
    add(session, row)
    switch_on(session, row, {}, gathered=gathered, by=SYSTEM, at=at)
    reference.forget_all()


def test_ladder_that_is_switched_on_gathers_the_backlog_and_counts_from_then_on(
    session: Session, city: City
) -> None:
    calm(session, city)
    late = [add_case(session, city, Stage.DISPATCHED, **at_place(each)) for each in range(3)]
    row = step(2, "managers")
    switched_on(session, row, 3, gathered=True)
    young = add_case(session, city, Stage.DISPATCHED, at=NOW + 3 * HOUR, **at_place(3))
    event = session.scalars(select(OutboxRow).where(OutboxRow.name == "ladder.switched_on")).one()

    assert told_by(session, 3.1) == []
    assert tell_gathered(session, row.id, event_id=event.id, at=NOW + 3.1 * HOUR) == 1
    assert tell_gathered(session, row.id, event_id=event.id, at=NOW + 3.1 * HOUR) == 0

    line = session.scalars(select(StaffNotice)).one()
    assert (line.user_id, line.link) == (city.users["manager"].id, "/cases?light=red")
    assert line.subject == "3 件案件已到第 2 级督办：处理时限"
    assert told_by(session, 4, 5) == [(5, 2, "managers", 1)]
    assert session.scalars(select(Escalation.case_id)).all() == [young.id]
    (rung,) = ladder_of(session, late[0])
    assert (rung.taken, rung.is_passed) == (None, True)
    # whoever gets a late case anew is told of it
    body = {"reason": "非我处"}
    act(session, late[0].id, Verb.RETURN, by=city["manager"], at=NOW + 6 * HOUR, body=body)
    body = {"department": "cleaners"}
    act(session, late[0].id, Verb.DISPATCH, by=city["dispatcher"], at=NOW + 7 * HOUR, body=body)
    assert told_by(session, 7.1) == [(7.1, 2, "managers", 1)]


def at_place(number: int) -> dict[str, Any]:
    longitude, latitude = spot(number, 0)
    return {"longitude": longitude, "latitude": latitude}


@pytest.mark.parametrize(
    ("given", "cases", "soon"),
    [
        ({"level": 1, "audience": "handlers", "light": "yellow"}, 1, 0),
        ({"level": 2, "audience": "managers"}, 2, 1),
        ({"level": 3, "audience": "dispatchers", "beyond": 50, "beyond_unit": "percent"}, 1, 2),
        ({"level": 4, "audience": "supervisors", "beyond": 1, "beyond_unit": "work_day"}, 0, 3),
        ({"level": 2, "audience": "managers", "clock": "acknowledge"}, 3, 0),
        ({"level": 2, "audience": "managers", "clock": "make_safe", "ladder": "hazard"}, 0, 0),
    ],
)
def test_backlog_of_a_step_is_counted_before_it_takes_effect(
    session: Session, city: City, given: dict[str, Any], cases: int, soon: int
) -> None:
    calm(session, city)
    limit = {"severity": "urgent", "limit_value": 20, "limit_unit": "minute"}
    add(session, StageLimit(stage="acknowledge", **limit), StageLimit(stage="make_safe", **limit))
    for number, hour in enumerate((0, 0.9, 1.4)):
        add_case(session, city, Stage.DISPATCHED, at=NOW + hour * HOUR, **at_place(number))
    row = step(**{"beyond": 0, "beyond_unit": "minute", **given})
    values = {name: getattr(row, name) for name in vars(LadderStep) if not name.startswith("_")}

    found = backlog_of(session, step_in(values), at=NOW + 3.1 * HOUR)

    assert (found.cases, found.soon, len(found.named)) == (cases, soon, cases)
    assert sum(each.cases for each in found.shares) == cases
