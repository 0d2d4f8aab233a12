"""What every page of a department's desk starts from: whose unit it is, and how its cases are shown."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Depends
from sqlalchemy.orm import Session

from dispatch.cases import present
from dispatch.cases.model import Case
from dispatch.cases.schemas import CaseOut
from dispatch.kit import clock
from dispatch.kit.errors import NotAllowed
from dispatch.people.http import require
from dispatch.people.permissions import Permission
from dispatch.people.policy import Person

Worker = Annotated[Person, Depends(require(Permission.UNIT_DESK))]
Manager = Annotated[Person, Depends(require(Permission.UNIT_MANAGE))]


def unit_of(person: Person) -> int:
    """The department that a person works for. Raises NotAllowed for people of none."""
    if person.department_id is None:
        raise NotAllowed(
            "no_department",
            "您不属于任何部门,没有收件箱;请联系管理员",
            "You belong to no department and have no inbox; ask an administrator",
        )
    return person.department_id


def shown(session: Session, person: Person, cases: Sequence[Case]) -> list[CaseOut]:
    """Cases as this person sees them."""
    return present.cases_out(session, cases, person=person, at=clock.now())
