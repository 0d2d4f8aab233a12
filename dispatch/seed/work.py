"""Seed what the units work with: reasons for returning a case, the demonstration's crews, cases in hand."""

from collections import defaultdict
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
from dispatch.seed.files import rows_of
from dispatch.seed.keys import add_rows

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
        (0.2, [_said(Verb.EXTEND, {"until": later, "reason": "需开挖路面,等交警审批占道"})]),
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
