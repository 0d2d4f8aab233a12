"""What becomes of the open cases of a unit that was closed: its heir has them, or the dispatchers decide."""

from datetime import datetime

from sqlalchemy.orm import Session

from dispatch.cases.commands.act import perform
from dispatch.cases.commands.deed import lock_case
from dispatch.cases.queries.held import IN_WORK, UNIT_CLOSED, open_ids_of
from dispatch.cases.states import Verb
from dispatch.people.policy import SYSTEM


def release_cases(
    session: Session,
    department_id: int,
    *,
    to_id: int | None,
    reason: str,
    at: datetime,
    limit: int,
) -> int:
    """Take up to `limit` open cases from a unit; `to_id` has them then, or the dispatchers. How many.

    Cases whose work is done keep their unit: it is the one that did it.
    """
    ids = open_ids_of(session, department_id, limit=limit, stages=IN_WORK)
    returned = {"reason": reason, "reason_code": UNIT_CLOSED}
    given = {"department": to_id, "decision": {"method": "manual", "reason": reason}}
    for case_id in ids:
        case = lock_case(session, case_id)
        if case is None or case.department_id != department_id or case.stage not in IN_WORK:
            continue
        perform(session, case, Verb.RETURN, by=SYSTEM, at=at, body=returned)
        if to_id is not None:
            perform(session, case, Verb.DISPATCH, by=SYSTEM, at=at, body=given)
        session.flush()
    return len(ids)
