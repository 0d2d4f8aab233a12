"""Who is told of an event: the people of an audience, with the addresses that they have by each way."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, or_, select
from sqlalchemy.orm import Session

from dispatch.cases.model import Case, CaseReporter
from dispatch.notices.events import Audience, Way
from dispatch.notices.model import NoticeRobot
from dispatch.notices.values import Fact
from dispatch.people.model import Role, User
from dispatch.people.policy import Person

#: So many people at most are told of one event; a rule that reaches more is a mistake.
MOST_READERS = 300
_ROLE_OF = {
    Audience.MANAGERS: Role.MANAGER,
    Audience.HANDLERS: Role.HANDLER,
    Audience.INSPECTOR: Role.INSPECTOR,
    Audience.AGENTS: Role.AGENT,
    Audience.DISPATCHERS: Role.DISPATCHER,
    Audience.SHIFT_LEADERS: Role.SHIFT_LEADER,
    Audience.SUPERVISORS: Role.SUPERVISOR,
    Audience.LEADERS: Role.LEADER,
}
_OF_A_UNIT = frozenset({Audience.MANAGERS, Audience.HANDLERS})


def audiences_of(person: Person) -> set[Audience]:
    """As what this person can be told."""
    return {audience for audience, role in _ROLE_OF.items() if role in person.roles}


@dataclass(frozen=True)
class Reader:
    """One who is told: a member of staff, the reporter of a report, or a group through its robot."""

    language: str = "zh"
    user_id: int | None = None
    report_id: str | None = None
    reporter_id: int | None = None
    robot_id: int | None = None
    phone: str | None = None
    openid: str | None = None
    name: str = ""

    def address(self, way: Way) -> str | None:
        """Where this way reaches them, if it does."""
        if way is Way.SMS:
            return self.phone
        if way in (Way.WECHAT_MESSAGE, Way.WECHAT_TEMPLATE):
            return self.openid
        return f"robot:{self.robot_id}" if way is Way.ROBOT and self.robot_id else None


@dataclass(frozen=True)
class Member:
    """One of the staff that an audience is, with what concerns them (as `concern_of` names it)."""

    user_id: int
    name: str
    language: str
    concerns: frozenset[object]


def members_of(session: Session, audience: Audience) -> list[Member]:
    """All the staff of an audience; none of a chat group."""
    if audience not in _ROLE_OF:
        return []
    rows = session.execute(
        select(
            User.id,
            User.display_name,
            User.language,
            User.department_id,
            User.district_code,
            User.working_grids,
        )
        .where(User.active, User.roles.contains([_ROLE_OF[audience].value]))
        .order_by(User.id)
    )
    return [
        Member(row.id, row.display_name, row.language, frozenset(_concerned_by(audience, row)))
        for row in rows
    ]


def concern_of(
    audience: Audience,
    *,
    department_id: int | None,
    district_code: str | None,
    inspector_id: int | None,
    working_grid: str | None,
) -> frozenset[object]:
    """What a case concerns of an audience: its unit, its inspector and grid, or its district (None: all)."""
    if audience in _OF_A_UNIT:
        return frozenset({department_id})
    if audience is Audience.INSPECTOR:
        return frozenset({inspector_id, working_grid or ""})
    return frozenset({None, district_code})


class Readers:
    """Everybody of an audience whom an event concerns; for several events each table is asked once."""

    def __init__(self, session: Session, facts: Sequence[Fact]) -> None:
        self._session = session
        self._facts = facts
        self._staff: dict[Audience, dict[object, list[Reader]]] = {}
        self._robots: Sequence[Row[*tuple[Any, ...]]] | None = None
        self._reporters: Sequence[tuple[CaseReporter, Row[*tuple[Any, ...]]]] | None = None

    def of(self, audience: Audience, fact: Fact) -> list[Reader]:
        """Who is told; never the one who did it."""
        if audience is Audience.REPORTER:
            return self._who_reported(fact)[:MOST_READERS]
        if audience is Audience.CENTRE_GROUP:
            return self._groups(None)
        if audience is Audience.DEPARTMENT_GROUP:
            return self._groups(fact.department_id) if fact.department_id else []
        if audience not in self._staff:
            self._staff[audience] = _by_concern(
                audience, _staff(self._session, audience, self._facts)
            )
        staff = self._staff[audience]
        found = {
            reader.user_id or 0: reader
            for concern in _concerns(audience, fact)
            for reader in staff.get(concern, ())
        }
        found.pop(fact.actor_id or 0, None)
        return [found[each] for each in sorted(found)][:MOST_READERS]

    def _who_reported(self, fact: Fact) -> list[Reader]:
        """Who reported this case, and who reported the same thing and was linked to it."""
        if self._reporters is None:
            self._reporters = _reporters(self._session, {each.case.id for each in self._facts})
        return [
            reporter(row, case.public_id)
            for row, case in self._reporters
            if fact.case.id in (case.id, case.duplicate_of_id)
        ]

    def _groups(self, unit: int | None) -> list[Reader]:
        if self._robots is None:
            columns = NoticeRobot.id, NoticeRobot.name, NoticeRobot.department_id
            asked = select(*columns).where(NoticeRobot.enabled).order_by(NoticeRobot.id)
            self._robots = self._session.execute(asked).all()
        return [
            Reader(robot_id=row.id, name=row.name)
            for row in self._robots
            if row.department_id == unit
        ]


def reporter(row: CaseReporter, report_id: str) -> Reader:
    """A reporter as one who is told, with the report that their link opens."""
    return Reader(report_id=report_id, reporter_id=row.id, phone=row.phone, openid=row.openid)


def _reporters(
    session: Session, ids: Collection[int]
) -> Sequence[tuple[CaseReporter, Row[*tuple[Any, ...]]]]:
    cases = session.execute(
        select(Case.id, Case.public_id, Case.duplicate_of_id).where(
            or_(Case.id.in_(ids), Case.duplicate_of_id.in_(ids))
        )
    )
    by_id = {case.id: case for case in cases}
    rows = session.scalars(
        select(CaseReporter)
        .where(
            CaseReporter.case_id.in_(by_id),
            CaseReporter.notify,
            or_(CaseReporter.phone.is_not(None), CaseReporter.openid.is_not(None)),
        )
        .order_by(CaseReporter.id)
        .limit(MOST_READERS * len(ids))
    )
    return [(row, by_id[row.case_id]) for row in rows if row.phone or row.openid]


def _staff(
    session: Session, audience: Audience, facts: Sequence[Fact]
) -> Sequence[Row[*tuple[Any, ...]]]:
    """Those of an audience whom any of the events may concern."""
    return session.execute(
        select(
            User.id,
            User.language,
            User.phone,
            User.display_name,
            User.department_id,
            User.district_code,
            User.working_grids,
        )
        .where(
            User.active, User.roles.contains([_ROLE_OF[audience].value]), _within(audience, facts)
        )
        .order_by(User.id)
        .limit(MOST_READERS * len(facts))
    ).all()


def _units(fact: Fact) -> set[int]:
    return {fact.department_id, *(fact.payload.get("department_ids") or ())} - {None}


def _grid(fact: Fact) -> str:
    return str(fact.payload.get("working_grid") or fact.case.working_grid or "")


def _within(audience: Audience, facts: Sequence[Fact]) -> ColumnElement[bool]:
    if audience in _OF_A_UNIT:
        return User.department_id.in_({unit for fact in facts for unit in _units(fact)})
    if audience is Audience.INSPECTOR:
        grids = sorted({_grid(fact) for fact in facts} - {""})
        return or_(
            User.id.in_({fact.case.inspector_id for fact in facts} - {None}),
            User.working_grids.overlap(grids),
        )
    return or_(
        User.district_code.is_(None),
        User.district_code.in_({fact.case.district_code for fact in facts} - {None}),
    )


def _concerns(audience: Audience, fact: Fact) -> tuple[object, ...]:
    """Only those who may see the case anyway: of its unit, its working grid, its district."""
    if audience in _OF_A_UNIT:
        return tuple(_units(fact))
    if audience is Audience.INSPECTOR:
        return fact.case.inspector_id, _grid(fact)
    return None, fact.case.district_code


def _by_concern(
    audience: Audience, rows: Sequence[Row[*tuple[Any, ...]]]
) -> dict[object, list[Reader]]:
    """The staff by what concerns them, as `_concerns` names it."""
    found: dict[object, list[Reader]] = {}
    for row in rows:
        reader = Reader(
            language=row.language, user_id=row.id, phone=row.phone, name=row.display_name
        )
        for each in _concerned_by(audience, row):
            found.setdefault(each, []).append(reader)
    return found


def _concerned_by(audience: Audience, row: Row[*tuple[Any, ...]]) -> tuple[object, ...]:
    if audience in _OF_A_UNIT:
        return (row.department_id,)
    return (row.id, *row.working_grids) if audience is Audience.INSPECTOR else (row.district_code,)
