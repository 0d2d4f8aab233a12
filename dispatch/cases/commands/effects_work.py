"""What a department's own deeds change: it acknowledges a case, gives it to a crew, begins."""

from typing import Any

from dispatch.cases.commands.deed import Deed
from dispatch.cases.commands.holding import note_acknowledged, note_work
from dispatch.crews import queries as crews
from dispatch.kit.errors import InvalidInput, invalid
from dispatch.people.model import Role


def acknowledge(deed: Deed) -> None:
    """The unit has seen the case and takes it on."""
    note_acknowledged(deed)
    note_work(deed)


def assign(deed: Deed) -> None:
    """Give the case to a crew, a person, or a person of a crew; the last one counts."""
    case, unit = deed.case, deed.case.department_id or 0
    crew_given, person_given = deed.body.get("crew"), deed.body.get("assignee")
    if crew_given in (None, "") and person_given in (None, ""):
        raise invalid("crew", "请选择班组或人员", "Choose a crew or a person", code="missing_field")
    crew = person = None
    if crew_given not in (None, ""):
        crew = crews.crew_named(deed.session, unit, crew_given)
        if crew is None:
            raise _unknown("crew", crew_given)
    if person_given not in (None, ""):
        person = crews.worker_named(deed.session, unit, person_given)
        if person is None:
            raise _unknown("assignee", person_given)
        if crew is not None and not crews.is_member(deed.session, crew.id, person.id):
            raise invalid(
                "assignee",
                f"{person.name} 不在 {crew.name},请换人或只选班组",
                f"{person.name} does not belong to {crew.name}: choose another, or the crew alone",
            )
    case.crew_id = crew.id if crew else None
    case.assignee_id = person.id if person else None
    note_acknowledged(deed)
    case.assigned_at = deed.at
    deed.extra.update(crew_id=case.crew_id, assignee_id=case.assignee_id)
    deed.note = deed.note or " · ".join(each.name for each in (crew, person) if each)
    note_work(deed)


def _unknown(field: str, given: Any) -> InvalidInput:
    return invalid(
        field,
        f"本单位没有“{given}”,请从列表中选择",
        f"Your unit has no '{given}': choose from the list",
    )


def start(deed: Deed) -> None:
    """Work on the spot begins; a handler who begins what nobody was given takes it on."""
    case = deed.case
    note_acknowledged(deed)
    case.started_at = deed.at
    unclaimed = case.crew_id is None and case.assignee_id is None
    if unclaimed and deed.by.has(Role.HANDLER):
        case.assignee_id, case.assigned_at = deed.by.id, deed.at
    note_work(deed)
