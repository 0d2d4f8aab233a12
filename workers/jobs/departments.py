"""The job for a unit that was closed: its open cases and its rules find another place."""

from datetime import date

from dispatch.cases.commands import act
from dispatch.cases.commands.release import release_cases
from dispatch.cases.states import Verb
from dispatch.kit import clock
from dispatch.people.policy import SYSTEM
from dispatch.routing.inheritance import hand_over_rules
from workers.jobs.once import once


def hand_over(*, event_id: int, job: str, department_id: int, to_id: int | None, day: str) -> None:
    """All in one transaction: the cases move with the rules, or nothing does."""
    with once(event_id, job) as session:
        if session is None:
            return
        at = clock.now()
        reason = "原部门已停用 / the unit was closed"
        hand_over_rules(session, department_id, to_id=to_id, day=date.fromisoformat(day))
        while taken := release_cases(session, department_id, reason=reason, at=at):
            if to_id is None:
                continue
            for case_id in taken:
                body = {"department": to_id, "decision": {"method": "manual", "reason": reason}}
                act(session, case_id, Verb.DISPATCH, by=SYSTEM, at=at, body=body)
