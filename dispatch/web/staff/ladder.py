"""The ladder on the page of a case: the steps that were taken, who answered for them, and what comes next."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends
from fastapi.responses import Response
from sqlalchemy.orm import Session

from dispatch.cases.commands import find_case
from dispatch.cases.model import Case
from dispatch.kit import clock
from dispatch.kit.errors import Conflict
from dispatch.kit.http import Db
from dispatch.kit.routes import Router
from dispatch.ladders.commands import answer_step, may_answer
from dispatch.ladders.model import Escalation
from dispatch.ladders.queries import Rung, ladder_of
from dispatch.notices.events import AUDIENCES, Audience
from dispatch.notices.values import CLOCKS
from dispatch.people.http import require
from dispatch.people.permissions import Permission
from dispatch.people.policy import Person
from dispatch.web.parts.forms import Form
from dispatch.web.parts.page import go

router = Router(include_in_schema=False)
Doer = Annotated[Person, Depends(require(Permission.CASES_ACT))]
Pair = tuple[str, str]


@dataclass(frozen=True)
class RungRow:
    """A step as it is shown. `state`: answered, told, passed (nobody was told) or coming."""

    state: str
    level: int
    audience: Pair
    taken: Escalation | None
    may_answer: bool
    comes_at: datetime | None


def ladder_rows(
    session: Session, case: Case, person: Person, *, at: datetime
) -> list[tuple[Pair, list[RungRow]]]:
    """The ladder for one person by what runs out: the steps taken, and the next one to come."""
    found: dict[str, list[RungRow]] = {}
    rungs = ladder_of(session, case)
    for rung in rungs:
        rows = found.setdefault(rung.clock, [])
        is_next = not any(row.state == "coming" for row in rows)
        will_come = is_next and (rung.comes_at is None or rung.comes_at > at)
        if rung.taken is not None or rung.is_passed or will_come:
            rows.append(_row(rung, case, person))
    return [(CLOCKS[clock], rows) for clock, rows in found.items() if rows]


def _row(rung: Rung, case: Case, person: Person) -> RungRow:
    taken = rung.taken
    is_answered = taken is not None and taken.acknowledged_at is not None
    told = "coming" if taken is None else "answered" if is_answered else "told"
    return RungRow(
        state="passed" if rung.is_passed else told,
        level=rung.level,
        audience=AUDIENCES[Audience(rung.audience)],
        taken=taken,
        may_answer=taken is not None and not is_answered and may_answer(person, case, taken),
        comes_at=rung.comes_at,
    )


@router.post("/cases/{case_id}/ladder/{step_id}")
def answer(session: Db, person: Doer, case_id: str, step_id: int, _posted: Form) -> Response:
    """Answer for a step; somebody else having been quicker is no fault."""
    case = find_case(session, case_id, by=person)
    try:
        with session.begin_nested():
            answer_step(session, case, step_id, by=person, at=clock.now())
    except Conflict:
        pass
    return go(f"/cases/{case_id}#ladder")
