"""Which cases a person may see, and in which capacity they act on one."""

from sqlalchemy import ColumnElement, any_, false, func, or_, select, true

from dispatch.cases.model import Case, CaseAssignment
from dispatch.cases.states import Actor, Stage, Standing, Who
from dispatch.people.model import Role
from dispatch.people.policy import CITY_WIDE, DEPARTMENTAL, Person


def visible_to(person: Person) -> ColumnElement[bool]:
    """The cases that this person may see, as a condition; nobody sees anything by default."""
    scopes = scopes_of(person)
    return or_(*scopes) if scopes else false()


def scopes_of(person: Person) -> list[ColumnElement[bool]]:
    """The same, ground by ground: each is answered by an index of its own. A case may lie in several."""
    if person.is_system or (person.has(*CITY_WIDE) and person.district_code is None):
        return [true()]
    scopes: list[ColumnElement[bool]] = []
    if person.has(*CITY_WIDE):
        scopes.append(Case.district_code == person.district_code)
    if person.has(*DEPARTMENTAL) and person.department_id is not None:
        scopes.append(Case.department_id == person.department_id)
        assists = select(CaseAssignment.case_id).where(
            CaseAssignment.department_id == person.department_id,
            CaseAssignment.ended_at.is_(None),
            CaseAssignment.leads.is_(False),
        )
        scopes.append(Case.id == any_(func.array(assists.scalar_subquery())))
    if person.has(Role.INSPECTOR) and person.id is not None:
        scopes.append(Case.working_grid.in_(sorted(person.working_grids)))
        scopes.append(Case.reported_by_id == person.id)
        scopes.append(Case.inspector_id == person.id)
    return scopes


def may_see(
    person: Person,
    *,
    department_ids: frozenset[int],
    district_code: str | None,
    working_grid: str | None,
    staff_ids: frozenset[int] = frozenset(),
) -> bool:
    """The same rule for one case or event: `department_ids` have it, `staff_ids` reported or check it."""
    if person.is_system:
        return True
    if person.has(*CITY_WIDE) and person.district_code in (None, district_code):
        return True
    if person.has(*DEPARTMENTAL) and person.department_id in department_ids:
        return True
    return person.has(Role.INSPECTOR) and (
        (working_grid is not None and working_grid in person.working_grids)
        or person.id in staff_ids
    )


def standing_of(person: Person, case: Case) -> Standing:
    """What `states.step` must know: the stage, the roles, and whether the person's unit has the case."""
    who: set[Who] = set(person.roles)
    if person.is_reporter:
        who.add(Actor.REPORTER)
    elif person.is_system:
        who.add(Actor.SYSTEM)
    return Standing(
        stage=Stage(case.stage),
        who=frozenset(who),
        is_holder=person.department_id is not None and person.department_id == case.department_id,
        facts=frozenset(case.open_requests) | _facts(person, case),
    )


#: A fact of the table of states → the column that is filled when it is so.
_FACTS = {
    "unit": "department_id",
    "acknowledged": "acknowledged_at",
    "started": "started_at",
    "settled": "settled_at",
}


def _facts(person: Person, case: Case) -> set[str]:
    found = {name for name, since in _FACTS.items() if getattr(case, since) is not None}
    if person.id is not None and case.decided_by_id == person.id:
        found.add("decided")
    return found
