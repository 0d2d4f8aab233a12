"""Who is told of an event: the people of an audience, with the addresses that they have by each way."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from dispatch.cases.model import Case, CaseReporter
from dispatch.notices.events import Audience, Way
from dispatch.notices.model import NoticeRobot
from dispatch.notices.values import Fact
from dispatch.people.model import Role, User

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
}
_OF_A_UNIT = frozenset({Audience.MANAGERS, Audience.HANDLERS})


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


def readers_of(session: Session, audience: Audience, fact: Fact) -> Sequence[Reader]:
    """Everybody of an audience whom the event concerns; never the one who did it."""
    if audience is Audience.REPORTER:
        return _reporters(session, fact)
    if audience is Audience.DEPARTMENT_GROUP:
        return _robots(session, fact.department_id)
    if audience is Audience.CENTRE_GROUP:
        return _robots(session, None)
    return _staff(session, audience, fact)


def _reporters(session: Session, fact: Fact) -> Sequence[Reader]:
    """Who reported this case, and who reported the same thing and was linked to it."""
    rows = session.execute(
        select(CaseReporter, Case.public_id)
        .join(Case, Case.id == CaseReporter.case_id)
        .where(
            or_(Case.id == fact.case.id, Case.duplicate_of_id == fact.case.id),
            CaseReporter.notify,
        )
        .order_by(CaseReporter.id)
        .limit(MOST_READERS)
    )
    return [reporter(row, report_id) for row, report_id in rows if row.phone or row.openid]


def reporter(row: CaseReporter, report_id: str) -> Reader:
    """A reporter as one who is told, with the report that their link opens."""
    return Reader(report_id=report_id, reporter_id=row.id, phone=row.phone, openid=row.openid)


def _robots(session: Session, department_id: int | None) -> Sequence[Reader]:
    whose = (
        NoticeRobot.department_id.is_(None)
        if department_id is None
        else NoticeRobot.department_id == department_id
    )
    rows = session.execute(
        select(NoticeRobot.id, NoticeRobot.name).where(NoticeRobot.enabled, whose).limit(20)
    )
    return [Reader(robot_id=row.id, name=row.name) for row in rows]


def _staff(session: Session, audience: Audience, fact: Fact) -> Sequence[Reader]:
    asked = (
        select(User.id, User.language, User.phone, User.display_name)
        .where(User.active, User.roles.contains([_ROLE_OF[audience].value]))
        .order_by(User.id)
        .limit(MOST_READERS)
    )
    for condition in _within(audience, fact):
        asked = asked.where(condition)
    return [
        Reader(language=row.language, user_id=row.id, phone=row.phone, name=row.display_name)
        for row in session.execute(asked)
        if row.id != fact.actor_id
    ]


def _within(audience: Audience, fact: Fact) -> list[ColumnElement[bool]]:
    """Only those who may see the case anyway: of its unit, its working grid, its district."""
    if audience in _OF_A_UNIT:
        units = {fact.department_id, *(fact.payload.get("department_ids") or ())} - {None}
        return [User.department_id.in_(sorted(each for each in units if each is not None))]
    if audience is Audience.INSPECTOR:
        mine = User.id == fact.case.inspector_id
        grid = fact.payload.get("working_grid") or fact.case.working_grid
        return [or_(mine, User.working_grids.contains([grid])) if grid else mine]
    return [or_(User.district_code.is_(None), User.district_code == fact.case.district_code)]
