"""Who may see where an inspector is: the inspector, and the shift leader or supervisor of their own area."""

from typing import Final

from sqlalchemy import ColumnElement, false, func, literal

from dispatch.people.model import Role, User
from dispatch.people.policy import Person

WATCHERS: Final = frozenset({Role.SHIFT_LEADER, Role.SUPERVISOR})


def watched_by(viewer: Person) -> ColumnElement[bool]:
    """The inspectors whose shifts and tracks this person answers for, as a condition on users.

    A leader of a district answers for that district's working grids, one without a district for the
    city's.
    """
    if not viewer.has(*WATCHERS):
        return false()
    condition = User.roles.contains([Role.INSPECTOR.value]) & User.active
    if viewer.district_code is not None:
        grids = literal(" ") + func.array_to_string(User.working_grids, " ")
        in_district = grids.contains(f" {viewer.district_code}", autoescape=True)
        condition &= (User.district_code == viewer.district_code) | in_district
    return condition
