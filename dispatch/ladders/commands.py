"""Climbing the ladders: take the steps that are due, tell again what nobody answered for, answer for one."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from dispatch.cases.commands import mark_due
from dispatch.cases.commands.deed import publish
from dispatch.cases.model import Case
from dispatch.cases.states import Stage
from dispatch.kit import audit
from dispatch.kit.db import Json
from dispatch.kit.errors import Conflict, NotAllowed, NotFound, invalid
from dispatch.kit.worktime import Limit, Unit
from dispatch.ladders.bounds import Stretch
from dispatch.ladders.model import BeyondUnit, Clock, Escalation, Ladder, LadderMark, Light
from dispatch.ladders.queries import (
    Due,
    cases_reached,
    cases_touched,
    clocks_of,
    limits_of_open,
    steps_due,
    to_repeat,
)
from dispatch.ladders.reference import StepFacts, ladders
from dispatch.notices.events import ESCALATED, UNIT
from dispatch.notices.readers import audiences_of
from dispatch.people.policy import Person

#: Cases that are looked at together, and steps told again in one run of the clock.
AT_ONCE: Final = 500
MOST_REPEATED: Final = 500
#: Everything is looked at so often, whatever became of it otherwise: cases that came in with times of
#: their own, a clock that was set back.
SWEEP_EVERY: Final = timedelta(hours=1)
#: A deed is in the database so long after its time at the latest.
COMMITTED_WITHIN: Final = timedelta(minutes=1)
#: A step that was held back by quiet hours and finds its clock paused is looked at again after this.
LOOK_AGAIN: Final = timedelta(minutes=30)
Told = list[tuple[Case, Escalation]]


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


def climb(session: Session, *, at: datetime, sweep: bool = False) -> int:
    """Mark what has become due, take every step that was reached, and tell again what nobody answered for.

    How many were told. What is looked at is what was marked, what somebody changed, and what reached a
    step since the last look; once in `SWEEP_EVERY`, or with `sweep`, everything. Safe in two clocks at
    once: one of them looks, a step is a row that can be there once, and is told of in the transaction
    that wrote it.
    """
    mark = _mark(session)
    if mark is None:
        return 0
    marked = mark_due(session, at=at)
    told: Told = []
    if ladders(session).by_id:
        sweep = (
            sweep or mark.swept_at is None or not mark.swept_at <= at < mark.swept_at + SWEEP_EVERY
        )
        _take(session, _looked_at(session, mark, marked, at=at, sweep=sweep), told, at=at)
        _repeat(session, told, at=at)
        _tell(session, told, at=at)
    mark.until = at
    session.flush()
    return len(told)


def _mark(session: Session) -> LadderMark | None:
    """How far the clock has looked; None while another looks."""
    return session.scalar(
        select(LadderMark)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )


def _looked_at(
    session: Session, mark: LadderMark, marked: Iterable[int], *, at: datetime, sweep: bool
) -> set[int]:
    """The cases of which a step may be due."""
    if sweep:
        limits = limits_of_open(session)
        mark.swept_at, mark.limits = at, [[each.value, each.unit] for each in limits]
        since = None
    else:
        limits = [Limit(value, Unit(unit)) for value, unit in mark.limits]
        since = mark.until
    reached = cases_reached(session, Stretch(since, at), at=at, limits=limits)
    lately = min(at, mark.until) - COMMITTED_WITHIN
    return reached | set(marked) | cases_touched(session, since=lately, at=at)


def _take(session: Session, ids: Collection[int], told: Told, *, at: datetime) -> None:
    ordered = sorted(ids)
    for start in range(0, len(ordered), AT_ONCE):
        due = steps_due(session, ordered[start : start + AT_ONCE], at=at)
        if due:
            taken = session.scalars(
                insert(Escalation).on_conflict_do_nothing().returning(Escalation),
                [_row(each, at=at) for each in due],
            ).all()
            cases = {each.case.id: each.case for each in due}
            told += [(cases[each.case_id], each) for each in taken if each.times]


def _row(due: Due, *, at: datetime) -> Json:
    """The step as it is kept; what is quiet or was passed has not been told."""
    step, is_told = due.step, not due.is_passed and due.quiet_until is None
    return {
        "case_id": due.case.id,
        "ladder": step.ladder,
        "clock": step.clock,
        "since": due.since,
        "level": step.level,
        "audience": step.audience,
        "way": step.way,
        "light": step.light,
        "due_at": due.due_at,
        "department_id": due.case.department_id,
        "at": at,
        "times": 1 if is_told else 0,
        "last_at": at,
        "next_at": step.again_at(at) if is_told else due.quiet_until,
    }


def _repeat(session: Session, told: Told, *, at: datetime) -> None:
    waiting = to_repeat(session, at=at, most=MOST_REPEATED)
    cases = _cases(session, [each.case_id for each in waiting])
    held = ladders(session).by_key
    for each in waiting:
        case = cases[each.case_id]
        step = held.get((each.ladder, each.clock, each.level, each.audience, each.way))
        again = None if step is None else _again(session, case, each, step, at=at)
        if step is None or again is None or again > at:
            each.next_at = again
            continue
        each.at = each.at if each.times else at
        each.times, each.last_at, each.next_at = each.times + 1, at, step.again_at(at)
        told.append((case, each))


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
    if running is None or (each.times and step.repeat_minutes is None):
        return None
    has_nobody = case.department_id is None and each.audience in UNIT
    if running.is_paused or has_nobody:
        return step.again_at(at) or at + LOOK_AGAIN
    if case.stage == Stage.DISPATCHED and each.department_id != case.department_id:
        return None
    is_red = running.due_at is not None and running.due_at <= at
    if each.light == Light.YELLOW and is_red and not each.times:
        return None  # the next step says more
    start = running.reaches(step)
    return None if start is None else max(start, step.after_quiet(at))


def _cases(session: Session, ids: list[int]) -> dict[int, Case]:
    found = session.scalars(select(Case).where(Case.id.in_(set(ids)))) if ids else ()
    return {case.id: case for case in found}


def _tell(session: Session, told: Told, *, at: datetime) -> None:
    """One fact for each case, with every step that was taken now, the highest first.

    Who is told by several of them has one notice.
    """
    by_case: dict[int, Told] = {}
    for case, each in told:
        by_case.setdefault(case.id, []).append((case, each))
    for group in by_case.values():
        case = group[0][0]
        steps = [_step(each) for _, each in sorted(group, key=_height, reverse=True)]
        publish(session, case, ESCALATED, verb="clock", at=at, extra={**steps[0], "steps": steps})


def _height(told: tuple[Case, Escalation]) -> tuple[bool, int]:
    _, each = told
    return each.light == Light.RED, each.level


def _step(each: Escalation) -> Json:
    return {
        "escalation_id": each.id,
        "ladder": each.ladder,
        "clock": each.clock,
        "level": each.level,
        "times": each.times,
        "audience": each.audience,
        "way": each.way,
        "due_at": each.due_at.isoformat() if each.due_at else None,
        "urgent": each.ladder == Ladder.HAZARD,
    }


def may_answer(person: Person, case: Case, each: Escalation) -> bool:
    """Whether the step told this person: by their post, and for a unit's people by the unit."""
    if each.times == 0 or each.audience not in audiences_of(person):
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
