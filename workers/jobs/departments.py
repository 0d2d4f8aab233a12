"""The job for a unit that was closed: its rules and its open cases find another place."""

from datetime import date
from typing import Final

from dispatch.cases.commands.release import release_cases
from dispatch.departments import events, queries
from dispatch.kit import clock
from dispatch.kit.outbox import publish
from dispatch.people.policy import SYSTEM
from dispatch.routing.commands import hand_over_rules
from workers.jobs.once import once

#: Cases to a job, so that it ends long before it would be sent again.
AT_ONCE: Final = 40
REASON: Final = "原部门已停用 / the unit was closed"


def hand_over(*, event_id: int, job: str, department_id: int, day: str) -> None:
    """First the rules, so that nothing new comes to the unit, then some of its cases.

    The rest follows by an event of its own. A unit that was opened again meanwhile keeps what it has.
    """
    with once(event_id, job) as session:
        if session is None or queries.is_active(session, department_id):
            return
        heir, at = queries.heir_of(session, department_id), clock.now()
        hand_over_rules(
            session,
            department_id,
            to_id=heir,
            day=date.fromisoformat(day),
            by=SYSTEM,
            why=REASON,
        )
        taken = release_cases(
            session, department_id, to_id=heir, reason=REASON, at=at, limit=AT_ONCE
        )
        if taken == AT_ONCE:
            publish(session, events.left(department_id, day=date.fromisoformat(day)))
