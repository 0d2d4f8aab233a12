"""The sample cases, taken in through the one path of intake and brought along as a city would."""

import json
from bisect import bisect_right
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.cases.commands import act
from dispatch.cases.model import Case, Channel
from dispatch.cases.states import Stage, Verb
from dispatch.exchange.commands import deliver_assignments
from dispatch.intake.commands import receive, triage
from dispatch.intake.schemas import Report
from dispatch.kit.clock import CITY_ZONE
from dispatch.kit.errors import DomainError, invalid
from dispatch.kit.outbox import OutboxRow
from dispatch.people.model import Role, User
from dispatch.people.policy import Person
from dispatch.people.queries import person_of
from dispatch.seed.past.make import BY_HOUR
from dispatch.seed.work import bring_into_hand, set_the_hall
from dispatch.units.queries.load import advice_for
from geo.crs import Crs

FILE = "sample_cases.geojson"
#: Reports are spread over these hours before the seed, the oldest first.
HOURS = 240
#: The sample ends with so many that the rules leave to people.
HARD = 40
#: What is older than this has left the hall, and most of it is closed.
SETTLED = timedelta(hours=30)
#: How far the sample goes: the share of cases that each of these deeds follows, of young ones and of old ones.
_SHARES = {Verb.CHECK: (0.85, 0.98), Verb.CLOSE: (0.85, 0.98)}
_HANDLED = (0.72, 0.95)
_ALL = (1.0, 1.0)

Open = Callable[[], AbstractContextManager[Session]]


@dataclass(frozen=True)
class CasesSeeded:
    """How many reports became cases, how many were refused as they should be, how many were closed."""

    cases: int
    refused: int
    closed: int


def sample_features(folder: Path) -> list[dict[str, Any]]:
    """The sample's features, as the file holds them."""
    features: list[dict[str, Any]] = json.loads((folder / FILE).read_text("utf-8"))["features"]
    return features


def report_of(feature: dict[str, Any]) -> Report:
    """A feature as its channel would hand it on. Raises InvalidInput for what no channel lets through."""
    told = feature["properties"]
    crs = told.get("crs", Crs.WGS84)
    if crs not in set(Crs):
        raise invalid("crs", f"不认识的坐标系 {crs}", f"There is no coordinate system {crs}")
    point = feature["geometry"]["coordinates"] if feature["geometry"] else (None, None)
    return Report(
        channel=Channel(told["channel"]),
        description=told.get("description") or "",
        longitude=point[0],
        latitude=point[1],
        crs=Crs(crs),
        address=told.get("address"),
        category=told.get("category"),
        part_code=told.get("part_code"),
        confidence=told.get("confidence"),
        contact_name=told.get("contact_name"),
        contact_phone=told.get("contact_phone"),
        source="sample",
        dedupe_key=told["id"],
        payload=feature,
    )


def seed_cases(
    opened: Open,
    *,
    folder: Path,
    at: datetime,
    tell: Callable[[int], None] | None = None,
) -> CasesSeeded:
    """Take in every sample report that is not there yet, each in a transaction of its own."""
    chance, cases, refused, closed = Random(290), 0, 0, 0  # noqa: S311 - a demonstration, not a secret
    features = in_order(sample_features(folder))
    with opened() as session:
        staff = _staff(session)
    for index, (feature, reported) in enumerate(
        zip(features, moments(len(features), at=at), strict=True)
    ):
        try:
            with opened() as session:
                receipt = receive(session, report_of(feature), at=reported)
                if receipt.repeated:
                    continue
                cases += 1
                triage(session, receipt.case_id, at=reported + timedelta(seconds=2))
                if at - reported > SETTLED:
                    _through_the_hall(session, staff, receipt.case_id, at=reported)
                closed += _bring_along(
                    session, staff, receipt.case_id, now=at, reported=reported, chance=chance
                )
                _settle(session, [receipt.case_id], at=reported + timedelta(seconds=3))
        except DomainError:
            refused += 1
        if tell is not None:
            tell(index + 1)
    if cases:
        with opened() as session:
            _settle(session, set_the_hall(session, managers=staff.managers, at=at), at=at)
    return CasesSeeded(cases, refused, closed)


def in_order(features: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The sample as a city has it: what the rules settle and what people must look at, mixed."""
    chance = Random(41)  # noqa: S311 - a demonstration, not a secret
    early, hard = features[:-HARD], features[-HARD:]
    chance.shuffle(early)
    late = [*early[len(early) - len(hard) :], *hard]
    chance.shuffle(late)
    return [*early[: len(early) - len(hard)], *late] if len(early) > len(hard) else features


def moments(count: int, *, at: datetime) -> list[datetime]:
    """So many moments before `at`, in order: many by day, few by night."""
    hours = [at - timedelta(hours=n) for n in range(HOURS, 0, -1)]
    upto = list(accumulate(BY_HOUR[each.astimezone(CITY_ZONE).hour] for each in hours))
    found = []
    for n in range(count):
        share = upto[-1] * n / count
        hour = bisect_right(upto, share)
        before = upto[hour - 1] if hour else 0
        found.append(hours[hour] + timedelta(hours=1) * ((share - before) / (upto[hour] - before)))
    return found


def _settle(session: Session, case_ids: list[int], *, at: datetime) -> None:
    """Do what the jobs would do, so that the first real report does not wait behind the sample's."""
    session.flush()
    mine = OutboxRow.payload["case_id"].as_integer().in_(case_ids)
    for row in session.scalars(select(OutboxRow).where(OutboxRow.sent_at.is_(None), mine)):
        assignments = row.payload.get("assignment_ids", ())
        deliver_assignments(session, dict.fromkeys(assignments, row.id), at=at)
        row.sent_at = at


@dataclass(frozen=True)
class _Staff:
    """Who does the deeds of the sample."""

    managers: dict[int, Person]
    inspectors: dict[str, Person]
    leader: Person | None
    dispatcher: Person | None
    agent: Person | None


def _staff(session: Session) -> _Staff:
    managers: dict[int, Person] = {}
    inspectors: dict[str, Person] = {}
    leader = dispatcher = agent = None
    for user in session.scalars(select(User).where(User.synthetic).order_by(User.id)):
        person = person_of(user)
        if Role.MANAGER in person.roles and user.department_id is not None:
            managers.setdefault(user.department_id, person)
        for grid in user.working_grids:
            inspectors.setdefault(grid, person)
        if Role.SHIFT_LEADER in person.roles:
            leader = leader or person
        if Role.DISPATCHER in person.roles:
            dispatcher = dispatcher or person
        if Role.AGENT in person.roles:
            agent = agent or person
    return _Staff(managers, inspectors, leader, dispatcher, agent)


def _through_the_hall(session: Session, staff: _Staff, case_id: int, *, at: datetime) -> None:
    """What the rules left to people is looked at, accepted, filed and dispatched, or not accepted."""
    case, agent = session.get_one(Case, case_id), staff.agent
    inspector = staff.inspectors.get(case.working_grid or "")
    if case.stage == Stage.VERIFYING and inspector is not None:
        at += timedelta(minutes=21)
        act(session, case_id, Verb.VERIFY, by=inspector, at=at, body={"confirmed": True})
    at += timedelta(minutes=6)
    if case.stage == Stage.REPORTED and agent is not None:
        if case.condition_id is None or case.geom is None:
            why = {"reason": "反映的地点或问题不清,电话回访后不予受理"}
            act(session, case_id, Verb.REJECT, by=agent, at=at, body=why)
            return
        act(session, case_id, Verb.ACCEPT, by=agent, at=at)
    if case.stage == Stage.ACCEPTED and staff.leader is not None:
        at += timedelta(minutes=4)
        given = {"condition": case.condition_id}
        act(session, case_id, Verb.FILE, by=staff.leader, at=at, body=given)
    unit = advice_for(session, case, at=at).department_id
    if case.stage == Stage.FILED and staff.dispatcher is not None and unit is not None:
        at += timedelta(minutes=3)
        act(session, case_id, Verb.DISPATCH, by=staff.dispatcher, at=at, body={"department": unit})


def _bring_along(
    session: Session,
    staff: _Staff,
    case_id: int,
    *,
    now: datetime,
    reported: datetime,
    chance: Random,
) -> int:
    """Handle, check and close most of the cases that were dispatched, at plausible times."""
    case = session.get_one(Case, case_id)
    if case.stage != Stage.DISPATCHED or case.department_id is None:
        return 0
    at, is_old = case.stage_since, now - reported > SETTLED
    manager = staff.managers.get(case.department_id)
    if chance.random() > _HANDLED[is_old]:
        if manager is not None:
            bring_into_hand(
                session, case_id, manager=manager, hall=staff.dispatcher, at=reported, now=now
            )
        return 0
    steps: tuple[tuple[Verb, Person | None, dict[str, Any], float], ...] = (
        (Verb.ACKNOWLEDGE, manager, {}, 8),
        (Verb.START, manager, {}, 60),
        (Verb.REPORT_DONE, manager, {"result": "已处理完毕"}, 300),
        (Verb.CHECK, staff.inspectors.get(case.working_grid or ""), {"passed": True}, 90),
        (Verb.CLOSE, staff.leader, {"outcome": "fixed"}, 40),
    )
    for verb, person, body, minutes in steps:
        at += timedelta(minutes=chance.uniform(0.2, 1.6) * minutes)
        if person is None or at >= now or chance.random() > _SHARES.get(verb, _ALL)[is_old]:
            return 0
        act(session, case_id, verb, by=person, at=at, body=body)
    return 1
