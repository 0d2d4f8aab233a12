"""Who am I: the person logged in, their unit, how far they see, and which deeds and queues are theirs."""

from datetime import datetime
from typing import Annotated

from fastapi import Depends
from pydantic import BaseModel

from dispatch.cases.states import OPEN, RULES, STAGE_LABELS, Stage, Verb
from dispatch.departments.model import Department
from dispatch.kit.http import Db
from dispatch.kit.routes import Router
from dispatch.people.http import CurrentLogin, require
from dispatch.people.permissions import GRANTS, Permission
from dispatch.people.policy import CITY_WIDE, DEPARTMENTAL, Person
from dispatch.people.schemas import PersonOut, person_out

router = Router(prefix="/api/v1", tags=["people"])

#: Deeds that are possible beside the way; a stage is nobody's queue because of them.
BESIDE = frozenset({Verb.NOTE, Verb.CORRECT, Verb.URGE, Verb.VOID, Verb.LINK_DUPLICATE})


class DepartmentOut(BaseModel):
    """The person's unit."""

    id: int
    code: str
    name: str


class ScopeOut(BaseModel):
    """How far the person sees; null: does not bound them."""

    city: bool
    district_code: str | None
    department_id: int | None
    working_grids: list[str]


class QueueOut(BaseModel):
    """A stage at which cases wait for this person."""

    stage: Stage
    label: str


class MeOut(PersonOut):
    """The person, and what this session may do. `csrf_token` goes with unsafe calls by cookie."""

    department: DepartmentOut | None
    scope: ScopeOut
    permissions: list[Permission]
    queues: list[QueueOut]
    verbs: list[Verb]
    csrf_token: str
    expires_at: datetime


def verbs_of(person: Person) -> list[Verb]:
    """The deeds that the person's roles can do at some stage, in the order of the table."""
    return list(dict.fromkeys(rule.verb for rule in RULES if rule.roles & person.roles))


def queues_of(person: Person) -> list[Stage]:
    """The stages at which one of the person's own deeds is the next."""
    own = [rule for rule in RULES if rule.verb not in BESIDE and rule.roles & person.roles]
    return [stage for stage in Stage if stage in OPEN and any(stage in rule.stages for rule in own)]


def scope_of(person: Person) -> ScopeOut:
    """The bounds of what the person sees."""
    return ScopeOut(
        city=person.has(*CITY_WIDE) and person.district_code is None,
        district_code=person.district_code,
        department_id=person.department_id if person.has(*DEPARTMENTAL) else None,
        working_grids=sorted(person.working_grids),
    )


def _department(session: Db, login: CurrentLogin) -> DepartmentOut | None:
    found = (
        session.get(Department, login.person.department_id) if login.person.department_id else None
    )
    return DepartmentOut(id=found.id, code=found.code, name=found.name) if found else None


@router.get("/me", summary="我的身份与权限 / Who am I and what may I do")
def show_me(
    person: Annotated[Person, Depends(require(Permission.SIGNED_IN))],
    login: CurrentLogin,
    session: Db,
) -> MeOut:
    return MeOut(
        **person_out(person).model_dump(),
        department=_department(session, login),
        scope=scope_of(person),
        permissions=[each for each, roles in GRANTS.items() if roles & person.roles],
        queues=[QueueOut(stage=stage, label=STAGE_LABELS[stage][0]) for stage in queues_of(person)],
        verbs=verbs_of(person),
        csrf_token=login.csrf_token,
        expires_at=login.expires_at,
    )
