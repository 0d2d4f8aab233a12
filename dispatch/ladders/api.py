"""The ladder of a case over HTTP: what was told to whom, who answered, what comes next."""

from datetime import datetime
from typing import Annotated

from fastapi import Depends
from pydantic import BaseModel

from dispatch.cases.commands import find_case
from dispatch.cases.model import Case
from dispatch.kit import clock
from dispatch.kit.http import Db
from dispatch.kit.routes import Router
from dispatch.ladders.commands import answer_step, may_answer
from dispatch.ladders.model import Clock
from dispatch.ladders.queries import Rung, ladder_of
from dispatch.people.http import require
from dispatch.people.permissions import Permission
from dispatch.people.policy import Person

router = Router(prefix="/api/v1/cases", tags=["cases"])
Reader = Annotated[Person, Depends(require(Permission.CASES_READ))]
Doer = Annotated[Person, Depends(require(Permission.CASES_ACT))]


class RungOut(BaseModel):
    """A step: told at `at` (so often), answered by somebody, or to come at `comes_at`.

    `comes_at` None on a step that was not taken: its clock stands still or is not known yet. `passed`:
    reached, and nobody told: the light had changed by then, or the step was not in use yet.
    """

    id: int | None
    clock: Clock
    level: int
    audience: str
    way: str
    at: datetime | None
    times: int
    last_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    may_acknowledge: bool
    comes_at: datetime | None
    passed: bool


class LadderOut(BaseModel):
    """The steps taken, by their time, then those to come."""

    items: list[RungOut]


def _out(rung: Rung, *, case: Case, person: Person) -> RungOut:
    taken = rung.taken
    return RungOut(
        id=taken.id if taken else None,
        clock=rung.clock,
        level=rung.level,
        audience=rung.audience,
        way=rung.way,
        at=taken.at if taken else None,
        times=taken.times if taken else 0,
        last_at=taken.last_at if taken else None,
        acknowledged_at=taken.acknowledged_at if taken else None,
        acknowledged_by=taken.acknowledged_by if taken else None,
        may_acknowledge=taken is not None
        and taken.acknowledged_at is None
        and may_answer(person, case, taken),
        comes_at=rung.comes_at,
        passed=rung.is_passed,
    )


@router.get("/{case_id}/ladder")
def case_ladder(session: Db, person: Reader, case_id: str) -> LadderOut:
    """Who was told that the case runs out of time, who answered for it, and who is told next."""
    case = find_case(session, case_id, by=person)
    return LadderOut(
        items=[_out(each, case=case, person=person) for each in ladder_of(session, case)]
    )


@router.post("/{case_id}/ladder/{step_id}/acknowledge")
def acknowledge_step(session: Db, person: Doer, case_id: str, step_id: int) -> LadderOut:
    """Answer for a step that told you: it is not told again."""
    case = find_case(session, case_id, by=person)
    answer_step(session, case, step_id, by=person, at=clock.now())
    return case_ladder(session, person, case_id)
