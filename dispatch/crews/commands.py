"""What a department's manager does with crews: set one up, change it, say who belongs to it, close it."""

from collections.abc import Iterable

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from dispatch.crews import queries
from dispatch.crews.model import Crew, CrewMember
from dispatch.kit import audit
from dispatch.kit.errors import Conflict, NotAllowed, NotFound, invalid
from dispatch.people.model import Role
from dispatch.people.policy import Person

MOST_CHARACTERS = 40
MOST_A_DAY = 500


def _department_of(by: Person) -> int:
    if not by.has(Role.MANAGER) or by.department_id is None:
        raise NotAllowed(
            "not_a_manager",
            "只有部门主管可以管理本单位的班组",
            "Only a department's manager manages its crews",
        )
    return by.department_id


def _name(session: Session, department_id: int, given: str, *, but: int | None = None) -> str:
    name = given.strip()
    if not 1 <= len(name) <= MOST_CHARACTERS:
        raise invalid(
            "name",
            f"请填写班组名称,最多 {MOST_CHARACTERS} 字",
            f"Give the crew a name of at most {MOST_CHARACTERS} characters",
        )
    same = session.scalar(
        select(Crew.id).where(Crew.department_id == department_id, Crew.name == name)
    )
    if same is not None and same != but:
        raise Conflict(
            "crew_exists",
            f"本单位已有班组“{name}”(可能已停用),请换个名称或恢复它",
            f"There is a crew '{name}' already, perhaps closed; take another name or open it again",
        )
    return name


def _capacity(given: int) -> int:
    if not 0 <= given <= MOST_A_DAY:
        raise invalid(
            "daily_capacity",
            f"日处理能力应在 0 到 {MOST_A_DAY} 之间",
            f"The daily capacity is between 0 and {MOST_A_DAY}",
        )
    return given


def add_crew(
    session: Session,
    *,
    name: str,
    phone: str = "",
    daily_capacity: int = 8,
    members: Iterable[int] = (),
    by: Person,
) -> Crew:
    """Set up a crew of the manager's own department. Raises Conflict for a name that is taken."""
    department_id = _department_of(by)
    crew = Crew(
        department_id=department_id,
        name=_name(session, department_id, name),
        phone=phone.strip() or None,
        daily_capacity=_capacity(daily_capacity),
    )
    session.add(crew)
    session.flush()
    _set_members(session, crew, members)
    _note(session, crew, "crew.added", by)
    return crew


def change_crew(
    session: Session,
    crew_id: int,
    *,
    name: str,
    phone: str = "",
    daily_capacity: int,
    members: Iterable[int],
    active: bool = True,
    by: Person,
) -> Crew:
    """Change a crew of one's own department; closing it leaves its history alone."""
    department_id = _department_of(by)
    crew = session.get(Crew, crew_id)
    if crew is None or crew.department_id != department_id:
        raise NotFound("crew_not_found", "本单位没有这个班组", "Your unit has no such crew")
    crew.name = _name(session, department_id, name, but=crew.id)
    crew.phone = phone.strip() or None
    crew.daily_capacity = _capacity(daily_capacity)
    crew.active = active
    _set_members(session, crew, members)
    _note(session, crew, "crew.changed", by)
    session.flush()
    return crew


def _set_members(session: Session, crew: Crew, members: Iterable[int]) -> None:
    wanted = set(members)
    known = {each.id for each in queries.workers_of(session, crew.department_id)}
    if wanted - known:
        raise invalid(
            "members",
            "只能选本单位在岗的人员",
            "Only active people of your own unit can belong to a crew",
        )
    session.execute(delete(CrewMember).where(CrewMember.crew_id == crew.id))
    session.add_all(CrewMember(crew_id=crew.id, user_id=each) for each in sorted(wanted))
    session.flush()


def _note(session: Session, crew: Crew, what: str, by: Person) -> None:
    audit.record(
        session,
        what,
        subject=f"crew:{crew.id}",
        actor=by.username or by.name,
        actor_id=by.id,
    )
