"""Ladders: each step told once, again until somebody answers, quiet at night but for hazards, never restarted."""

from datetime import time, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.cases.commands import act, mark_due
from dispatch.cases.model import Case
from dispatch.cases.states import Stage, Verb
from dispatch.catalogue.model import Condition, StageLimit, WorkCalendar
from dispatch.kit import reference
from dispatch.kit.audit import AuditEntry
from dispatch.kit.errors import Conflict, InvalidInput, NotAllowed
from dispatch.kit.outbox import OutboxRow
from dispatch.ladders.commands import answer_step, check_step, climb
from dispatch.ladders.model import Escalation, LadderMark, LadderStep
from dispatch.ladders.queries import ladder_of
from dispatch.notices.commands import plan_events
from dispatch.notices.model import NoticeTemplate, StaffNotice
from dispatch.people.model import Role
from dispatch.people.queries import person_of
from tests.factories.cases import add_case
from tests.factories.city import NOW, City, add_city
from tests.factories.people import add_user

HOUR = timedelta(hours=1)
Told = list[tuple[float, int, str, int]]


@pytest.fixture
def city(session: Session) -> City:
    return add_city(session)


def step(level: int, audience: str, **given: Any) -> LadderStep:
    fields = {"ladder": "ordinary", "clock": "handle", "light": "red", "way": "in_app"}
    return LadderStep(level=level, audience=audience, **{**fields, **given})


def add(session: Session, *rows: object) -> None:
    session.add_all(rows)
    session.flush()
    reference.forget_all()


def calm(session: Session, city: City) -> None:
    """A missing cover is no hazard: the ordinary ladder, with a limit of two hours."""
    session.get_one(Condition, city.missing.id).hazard = False
    add(session)


def told_by(session: Session, *hours: float) -> Told:
    """What the clock tells at these hours after NOW: when, level, audience, for which time."""
    found: Told = []
    for hour in hours:
        before = {row.id for row in _events(session)}
        climb(session, at=NOW + hour * HOUR)
        climb(session, at=NOW + hour * HOUR)  # two clocks at once
        found += [
            (hour, each["level"], each["audience"], each["times"])
            for row in _events(session)
            if row.id not in before
            for each in sorted(row.payload["steps"], key=lambda step: int(step["level"]))
        ]
    return found


def _events(session: Session) -> list[OutboxRow]:
    rows = select(OutboxRow).where(OutboxRow.name == "case.escalated").order_by(OutboxRow.id)
    return list(session.scalars(rows))


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
    for row in _events(session):
        row.created_at = NOW + 3 * HOUR
    session.flush()

    plan_events(session, [row.id for row in _events(session)], at=NOW + 3 * HOUR)

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


# --- a clock that stood still, a ladder that is switched on ------------------------------------------


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
    (event,) = _events(session)
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
