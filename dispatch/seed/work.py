"""Seed what the units work with: reasons for returning a case, the demonstration's crews, cases in hand."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.cases.commands import act
from dispatch.cases.model import Case
from dispatch.cases.states import Stage, Verb
from dispatch.catalogue.model import Reason
from dispatch.crews.model import Crew, CrewMember
from dispatch.kit.errors import DomainError
from dispatch.people.model import Role, User
from dispatch.people.policy import Person
from dispatch.people.queries import person_of
from dispatch.seed.files import rows_of
from dispatch.seed.keys import add_rows
from dispatch.units.commands.handover import hand_over
from dispatch.units.queries.load import advice_for
from dispatch.units.queries.rulings import worth_watching

#: The crews of every unit of the demonstration, with what each gets done in a day.
CREWS: Final = (("一班", 10), ("二班", 8))


def seed_reasons(session: Session, folder: Path) -> int:
    """The reasons for deeds, in both languages."""
    rows = [
        {
            "verb": row["verb"],
            "code": row["code"],
            "name": row["name"],
            "name_en": row["name_en"],
            "position": int(row["position"]),
            "wants_note": row["wants_note"] == "true",
        }
        for row in rows_of(folder, "departments/reasons.csv")
    ]
    return add_rows(session, Reason, rows)


def seed_crews(session: Session, _folder: Path) -> int:
    """Two crews for each unit that has handlers, its handlers divided among them."""
    handlers: dict[int, list[int]] = defaultdict(list)
    rows = session.execute(
        select(User.department_id, User.id)
        .where(User.roles.contains([Role.HANDLER.value]), User.synthetic, User.active)
        .order_by(User.id)
    )
    for department_id, user_id in rows:
        if department_id is not None:
            handlers[department_id].append(user_id)
    made = 0
    for department_id, people in handlers.items():
        for index, (name, capacity) in enumerate(CREWS):
            crew = Crew(
                department_id=department_id, name=name, daily_capacity=capacity, synthetic=True
            )
            session.add(crew)
            session.flush()
            session.add_all(
                CrewMember(crew_id=crew.id, user_id=each) for each in people[index :: len(CREWS)]
            )
            made += 1
    return made


@dataclass(frozen=True)
class Deed:
    """A deed of the demonstration: by the unit or the hall, how likely, with what, so long after the last."""

    verb: Verb
    by: str
    share: float
    body: dict[str, Any]
    minutes: float


def _deeds(session: Session, case: Case, now: datetime, kind: float) -> list[Deed]:
    crews = session.scalars(
        select(Crew.id).where(Crew.department_id == case.department_id).order_by(Crew.id)
    ).all()
    deeds = [Deed(Verb.ACKNOWLEDGE, "unit", 0.8, {}, 6)]
    if crews:
        crew = crews[case.id % len(crews)]
        deeds.append(Deed(Verb.ASSIGN, "unit", 0.75, {"crew": crew}, 12))
    deeds.append(Deed(Verb.START, "unit", 0.6, {}, 35))
    later = (now + timedelta(days=3)).isoformat()
    ends: list[tuple[float, list[Deed]]] = [
        (
            0.1,
            [_said(Verb.RETURN, {"reason": "未移交本单位管养", "reason_code": "not_handed_over"})],
        ),
        (
            0.2,
            [
                _said(
                    Verb.EXTEND,
                    {"until": _longer(case, later), "reason": "需开挖路面,等交警审批占道"},
                )
            ],
        ),
        (0.28, [_said(Verb.SUSPEND, {"until": later, "reason": "备件已订购,三天后到货"})]),
        (
            0.34,
            [
                _said(Verb.SUSPEND, {"until": later, "reason": "连日降雨,无法施工"}),
                Deed(Verb.APPROVE_SUSPENSION, "hall", 1.0, {}, 10),
            ],
        ),
        (0.45, [Deed(Verb.URGE, "hall", 1.0, {"text": "市民多次来电,请今天内处理并反馈"}, 20)]),
    ]
    return deeds + next((more for bound, more in ends if kind < bound), [])


#: The least that a unit of a limit lasts on the clock on the wall.
_AT_LEAST = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "work_hour": timedelta(hours=1),
    "work_day": timedelta(hours=8),
}


def _longer(case: Case, otherwise: str) -> str:
    """Until when a unit would ask: as long again as it was given, at most."""
    if case.due_at is None or case.limit_value is None or case.limit_unit is None:
        return otherwise
    return (case.due_at + case.limit_value * _AT_LEAST[case.limit_unit]).isoformat()


def _said(verb: Verb, body: dict[str, Any]) -> Deed:
    return Deed(verb, "unit", 1.0, body, 15)


def bring_into_hand(
    session: Session,
    case_id: int,
    *,
    manager: Person,
    hall: Person | None,
    at: datetime,
    now: datetime,
) -> datetime:
    """Let a unit take a case up as units do; returns when it had got so far.

    Some stay unacknowledged; some are returned, urged, or wait for an answer.
    """
    case = session.get_one(Case, case_id)
    chance = Random(case_id)  # noqa: S311 - a demonstration, not a secret
    for deed in _deeds(session, case, now, chance.random()):
        after = at + timedelta(minutes=deed.minutes * chance.uniform(0.3, 1.7))
        person = manager if deed.by == "unit" else hall
        if person is None or after >= now or chance.random() > deed.share:
            break
        if case.stage not in (Stage.DISPATCHED, Stage.SUSPENDED):
            break
        try:
            with session.begin_nested():
                act(session, case_id, deed.verb, by=person, at=after, body=deed.body)
        except DomainError:
            break  # overdue by then, for one: it cannot be extended any more
        at = after
    return at


#: How many of the sample wait to be filed, and how many are in dispute between two units.
TO_FILE, DISPUTED = 14, 2


def set_the_hall(session: Session, *, managers: dict[int, Person], at: datetime) -> list[int]:
    """Leave something to file, a dispute to settle and a shift's note for those who sit down first.

    Returns the cases something was done to.
    """
    hall = {
        role: _first(session, role) for role in (Role.AGENT, Role.DISPATCHER, Role.SHIFT_LEADER)
    }
    agent, dispatcher, leader = hall.values()
    if agent is None or dispatcher is None or leader is None:
        return []
    waiting = session.scalars(
        select(Case)
        .where(Case.stage == Stage.REPORTED, Case.condition_id.is_not(None))
        .order_by(Case.id.desc())
        .limit(TO_FILE)
    ).all()
    for index, case in enumerate(waiting):
        _attempt(
            session, case, Verb.ACCEPT, by=agent, at=at - timedelta(minutes=2 + index), body={}
        )
    disputed = _dispute(session, managers, dispatcher, at=at)
    hand_over(
        session,
        shift="night",
        note="西环路积水已围挡,市政处答应天亮后抽排;供电两件井盖还没签收,接班后先督办。",
        watch=[
            (case.public_id, "看现场是否已围挡")
            for case in worth_watching(session, leader, at=at, limit=2)
        ],
        by=leader,
        at=at - timedelta(minutes=25),
    )
    return [case.id for case in (*waiting, *disputed)]


def _first(session: Session, role: Role) -> Person | None:
    user = session.scalars(
        select(User)
        .where(User.roles.contains([role.value]), User.synthetic)
        .order_by(User.id)
        .limit(1)
    ).first()
    return None if user is None else person_of(user)


def _dispute(
    session: Session, managers: dict[int, Person], dispatcher: Person, *, at: datetime
) -> Sequence[Case]:
    """What one unit returned is returned by a second one too; returns these cases."""
    returned = session.scalars(
        select(Case)
        .where(Case.stage == Stage.FILED, Case.return_count == 1)
        .order_by(Case.id)
        .limit(DISPUTED)
    ).all()
    for case in returned:
        rival = next((each.department_id for each in advice_for(session, case, at=at).rivals), None)
        manager = managers.get(rival or 0)
        if manager is None:
            continue
        there = {"department": rival, "note": "请现场核对权属"}
        back = {"reason": "产权属其他单位:井盖无本单位标识", "reason_code": "other_owner"}
        _attempt(
            session, case, Verb.DISPATCH, by=dispatcher, at=at - timedelta(hours=3), body=there
        )
        _attempt(session, case, Verb.RETURN, by=manager, at=at - timedelta(hours=2), body=back)
    return returned


def _attempt(
    session: Session, case: Case, verb: Verb, *, by: Person, at: datetime, body: dict[str, Any]
) -> None:
    try:
        with session.begin_nested():
            act(session, case.id, verb, by=by, at=at, body=body)
    except DomainError:
        return
