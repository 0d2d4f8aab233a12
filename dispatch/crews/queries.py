"""Look-ups of crews: those of a department with their people, those of a person, one by its name."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.crews.model import Crew, CrewMember
from dispatch.people.model import Role, User

#: The posts of those who work on a department's cases.
WORKERS = (Role.MANAGER.value, Role.HANDLER.value)


@dataclass(frozen=True)
class Worker:
    """A person of a department who can be given a case."""

    id: int
    name: str
    username: str


@dataclass(frozen=True)
class CrewFacts:
    """A crew with its people."""

    id: int
    name: str
    phone: str | None
    daily_capacity: int
    active: bool
    members: tuple[Worker, ...]


def workers_of(session: Session, department_id: int) -> Sequence[Worker]:
    """The people of a department who handle cases, by name."""
    rows = session.execute(
        select(User.id, User.display_name, User.username)
        .where(User.department_id == department_id, User.active, User.roles.overlap(WORKERS))
        .order_by(User.display_name, User.id)
    )
    return [Worker(*row) for row in rows]


def crews_of(
    session: Session, department_id: int, *, with_closed: bool = False
) -> Sequence[CrewFacts]:
    """The crews of a department with their people, in the order they were set up."""
    asked = select(Crew).where(Crew.department_id == department_id).order_by(Crew.id)
    crews = session.scalars(asked if with_closed else asked.where(Crew.active)).all()
    members: dict[int, list[Worker]] = defaultdict(list)
    rows = session.execute(
        select(CrewMember.crew_id, User.id, User.display_name, User.username)
        .join(User, User.id == CrewMember.user_id)
        .where(CrewMember.crew_id.in_([crew.id for crew in crews]), User.active)
        .order_by(User.display_name, User.id)
    )
    for crew_id, user_id, name, username in rows:
        members[crew_id].append(Worker(user_id, name, username))
    return [
        CrewFacts(
            each.id,
            each.name,
            each.phone,
            each.daily_capacity,
            each.active,
            tuple(members[each.id]),
        )
        for each in crews
    ]


def crew_ids_of(session: Session, user_id: int) -> Sequence[int]:
    """The crews that a person belongs to."""
    return session.scalars(select(CrewMember.crew_id).where(CrewMember.user_id == user_id)).all()


def crew_named(session: Session, department_id: int, given: str | int) -> Crew | None:
    """An active crew of a department by its id or its name."""
    named = Crew.name == str(given)
    if str(given).isdecimal():
        named = Crew.id == int(given)
    return session.scalar(
        select(Crew).where(Crew.department_id == department_id, Crew.active, named)
    )


def worker_named(session: Session, department_id: int, given: str | int) -> Worker | None:
    """An active person of a department by id or user name."""
    for each in workers_of(session, department_id):
        if str(given) in (str(each.id), each.username):
            return each
    return None


def is_member(session: Session, crew_id: int, user_id: int) -> bool:
    """Whether the person belongs to the crew."""
    return session.get(CrewMember, (crew_id, user_id)) is not None


def names_of_crews(session: Session, ids: Iterable[int]) -> dict[int, str]:
    """Names by id, closed crews too."""
    wanted = set(ids)
    if not wanted:
        return {}
    return dict(session.execute(select(Crew.id, Crew.name).where(Crew.id.in_(wanted))).all())


def names_of_workers(session: Session, ids: Iterable[int]) -> dict[int, str]:
    """Names by id, also of those who have left."""
    wanted = set(ids)
    if not wanted:
        return {}
    found = session.execute(select(User.id, User.display_name).where(User.id.in_(wanted)))
    return dict(found.all())


def capacities(session: Session) -> dict[int, int]:
    """How many cases a day the active crews of each department get done, by department."""
    rows = session.execute(
        select(Crew.department_id, func.sum(Crew.daily_capacity))
        .where(Crew.active)
        .group_by(Crew.department_id)
    )
    return {department_id: int(total) for department_id, total in rows}
