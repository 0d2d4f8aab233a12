"""Climbing the ladders: take the steps that are due, tell again what nobody answered for, answer for one."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from dispatch.cases.commands.deed import publish
from dispatch.cases.model import Case
from dispatch.cases.states import Stage
from dispatch.kit import audit
from dispatch.kit.errors import Conflict, NotAllowed, NotFound, invalid
from dispatch.ladders.model import BeyondUnit, Clock, Escalation, Ladder, Light
from dispatch.ladders.queries import Due, clocks_of, steps_due, to_repeat
from dispatch.ladders.reference import StepFacts, ladders
from dispatch.notices.events import ESCALATED, UNIT
from dispatch.notices.readers import audiences_of
from dispatch.people.policy import Person

#: Facts that one run of the clock publishes at most; the next one goes on.
MOST_AT_ONCE: Final = 500


def check_step(_session: Session, values: Mapping[str, Any]) -> None:
    """What cannot be climbed. Raises InvalidInput."""
    if values["light"] == Light.YELLOW and values["beyond"]:
        raise invalid(
            "beyond",
            "黄灯亮起时即告知,这里填 0;要更晚告知请从到期起算",
            "At the yellow light it is told at once: put 0, or count from the due time",
        )
    if values["clock"] == Clock.MAKE_SAFE:
        if values["ladder"] != Ladder.HAZARD:
            raise invalid(
                "clock",
                "先行排险只用于井杆线隐患的阶梯",
                "Making safe belongs to the hazards' ladder",
            )
        if values["beyond_unit"] in (BeyondUnit.WORK_HOUR, BeyondUnit.WORK_DAY):
            raise invalid(
                "beyond_unit",
                "隐患不分上下班,请用分钟、小时或时限的百分比",
                "A danger keeps no office hours: use minutes, hours or percent",
            )
    if (values["quiet_from"] is None) != (values["quiet_until"] is None):
        raise invalid(
            "quiet_until", "免扰时间请填写起止两项", "Quiet hours have a beginning and an end"
        )


def climb(session: Session, *, at: datetime, most: int = MOST_AT_ONCE) -> int:
    """Take every step that is due, and tell again what nobody has answered for; how many were told.

    Safe in two clocks at once: a step is a row that can be there once, and is told of in the
    transaction that wrote it.
    """
    return _take(session, steps_due(session, at=at, most=most), at=at) + _repeat(
        session, at=at, most=most
    )


def _take(session: Session, due: list[Due], *, at: datetime) -> int:
    if not due:
        return 0
    rows = [
        {
            "case_id": each.case_id,
            "ladder": each.step.ladder,
            "clock": each.step.clock,
            "since": each.since,
            "level": each.step.level,
            "audience": each.step.audience,
            "way": each.step.way,
            "light": each.step.light,
            "due_at": each.due_at,
            "department_id": each.department_id,
            "at": at,
            "last_at": at,
            "next_at": each.step.again_at(at),
        }
        for each in due
    ]
    taken = session.scalars(
        insert(Escalation).on_conflict_do_nothing().returning(Escalation), rows
    ).all()
    cases = _cases(session, [each.case_id for each in taken])
    for each in taken:
        _tell(session, cases[each.case_id], each, at=at)
    session.flush()
    return len(taken)


def _repeat(session: Session, *, at: datetime, most: int) -> int:
    waiting = to_repeat(session, at=at, most=most)
    cases = _cases(session, [each.case_id for each in waiting])
    held, told = ladders(session).by_key, 0
    for each in waiting:
        case = cases[each.case_id]
        step = held.get((each.ladder, each.clock, each.level, each.audience, each.way))
        again = None if step is None else _again(session, case, each, step, at=at)
        if step is None or again is None or again > at:
            each.next_at = again
            continue
        each.times, each.last_at, each.next_at = each.times + 1, at, step.again_at(at)
        _tell(session, case, each, at=at)
        told += 1
    session.flush()
    return told


def _again(
    session: Session, case: Case, each: Escalation, step: StepFacts, *, at: datetime
) -> datetime | None:
    """When a step is told again: now, later (it is paused, quiet, or its due time was moved), or never."""
    running = next(
        (
            clock
            for clock in clocks_of(session, case)
            if clock.clock == each.clock and clock.since == each.since
        ),
        None,
    )
    if running is None or step.repeat_minutes is None:
        return None
    has_nobody = case.department_id is None and each.audience in UNIT
    if running.is_paused or has_nobody:
        return step.again_at(at)
    if case.stage == Stage.DISPATCHED and each.department_id != case.department_id:
        return None
    start = running.warn_at if each.light == Light.YELLOW else running.due_at
    return None if start is None else max(start, step.after_quiet(at))


def _cases(session: Session, ids: list[int]) -> dict[int, Case]:
    found = session.scalars(select(Case).where(Case.id.in_(set(ids)))) if ids else ()
    return {case.id: case for case in found}


def _tell(session: Session, case: Case, each: Escalation, *, at: datetime) -> None:
    publish(
        session,
        case,
        ESCALATED,
        verb="clock",
        at=at,
        extra={
            "escalation_id": each.id,
            "ladder": each.ladder,
            "clock": each.clock,
            "level": each.level,
            "times": each.times,
            "audience": each.audience,
            "way": each.way,
            "due_at": each.due_at.isoformat() if each.due_at else None,
            "urgent": each.ladder == Ladder.HAZARD,
        },
    )


def may_answer(person: Person, case: Case, each: Escalation) -> bool:
    """Whether the step told this person: by their post, and for a unit's people by the unit."""
    if each.audience not in audiences_of(person):
        return False
    return (
        person.department_id is None
        or case.department_id in (None, person.department_id)
        or (each.audience not in ("managers", "handlers"))
    )


def answer_step(
    session: Session, case: Case, escalation_id: int, *, by: Person, at: datetime
) -> Escalation:
    """Somebody who was told says that they have it in hand: kept, audited, and not told again.

    Raises NotFound, NotAllowed, Conflict where somebody has answered already.
    """
    found = session.scalar(
        select(Escalation)
        .where(Escalation.id == escalation_id, Escalation.case_id == case.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound("step_not_found", "没有这一级督办", "There is no such step")
    if not may_answer(by, case, found):
        raise NotAllowed(
            "not_told",
            "这一级督办没有告知您,不能签收",
            "This step did not tell you: you cannot answer for it",
        )
    if found.acknowledged_at is not None:
        raise Conflict(
            "answered_already",
            f"{found.acknowledged_by} 已签收这一级督办",
            f"{found.acknowledged_by} has answered for this step",
        )
    found.acknowledged_at, found.acknowledged_by_id = at, by.id
    found.acknowledged_by, found.next_at = by.name, None
    audit.record(
        session,
        "escalation.answered",
        subject=f"case:{case.public_id}",
        actor=by.username or by.name,
        actor_id=by.id,
        details={"clock": found.clock, "level": found.level, "audience": found.audience},
    )
    session.flush()
    return found
