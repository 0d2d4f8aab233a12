"""What becomes of the open cases of a unit that was closed: they go back to the dispatchers."""

from datetime import datetime

from sqlalchemy.orm import Session

from dispatch.cases.commands.deed import Deed, lock_case
from dispatch.cases.commands.holding import end_assignments, hand_over, refuse_pending
from dispatch.cases.queries.held import open_ids_of
from dispatch.cases.states import Stage, Verb
from dispatch.people.policy import SYSTEM

#: Stages in which a unit works on a case; later ones are finished by the centre.
_IN_WORK = frozenset({Stage.DISPATCHED, Stage.SUSPENDED})


def release_cases(
    session: Session, department_id: int, *, reason: str, at: datetime, limit: int = 200
) -> list[int]:
    """Take open cases from a unit and put them before the dispatchers; the ids of those taken.

    Cases whose work is done keep their unit: it is the one that did it.
    """
    taken = []
    for case_id in open_ids_of(session, department_id, limit=limit, stages=_IN_WORK):
        case = lock_case(session, case_id)
        if case is None or case.department_id != department_id or case.stage not in _IN_WORK:
            continue
        deed = Deed(session, case, Verb.RETURN, by=SYSTEM, at=at, body={}, note=reason)
        end_assignments(deed, reason=reason)
        hand_over(case, to=None)
        refuse_pending(deed, note=reason)
        deed.finish(Stage.FILED)
        taken.append(case_id)
    session.flush()
    return taken
