"""Whose figures a person may look at: the city's, those of a district, a unit's own. Nobody sees any by default."""

from sqlalchemy.orm import Session

from dispatch.departments.reference import departments
from dispatch.kit.errors import NotAllowed
from dispatch.people.model import Role
from dispatch.people.policy import CITY_WIDE, Person
from dispatch.supervision.measures import Subject

#: Areas whose code begins with that of their district.
WITHIN = frozenset(
    {
        Subject.DISTRICT,
        Subject.STREET,
        Subject.COMMUNITY,
        Subject.WORKING_GRID,
        Subject.UNIT_GRID,
    }
)


def sees_city(person: Person) -> bool:
    """Whether all figures are theirs to look at: a post of the centre that is bound to no district."""
    return person.is_system or (person.has(*CITY_WIDE) and person.district_code is None)


def district_of(person: Person) -> str | None:
    """The district that a person of the centre is bound to."""
    return person.district_code if person.has(*CITY_WIDE) else None


def sees_subject(session: Session, person: Person, subject: Subject, key: str) -> bool:
    """Whether the figures of an area or a unit are theirs to look at."""
    if sees_city(person):
        return True
    district = district_of(person)
    if district is not None:
        if subject in WITHIN:
            return key.startswith(district)
        if subject is Subject.DEPARTMENT and key.isdecimal():
            unit = departments(session).get(int(key))
            if unit is not None and unit.district_code == district:
                return True
    return (
        person.has(Role.MANAGER)
        and subject is Subject.DEPARTMENT
        and person.department_id is not None
        and key == str(person.department_id)
    )


def require_subject(session: Session, person: Person, subject: Subject, key: str) -> None:
    """Raises NotAllowed."""
    if not sees_subject(session, person, subject, key):
        raise NotAllowed(
            "not_your_figures",
            "只能查看本单位、本城区的数据",
            "You may look at the figures of your own unit or district only",
        )


def require_city(person: Person) -> None:
    """What concerns the whole city, such as publishing. Raises NotAllowed."""
    if not sees_city(person):
        raise NotAllowed(
            "city_only", "这项工作由市级岗位办理", "This is done by the posts of the city"
        )
