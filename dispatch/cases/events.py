"""The facts that a case publishes, each a name and what a listener needs to know whether it may hear it."""

from dispatch.cases.states import Verb
from dispatch.kit.db import Json
from dispatch.kit.outbox import Event

#: The fact that each deed makes true.
FACTS: dict[Verb, str] = {
    Verb.REPORT: "case.reported",
    Verb.ACCEPT: "case.accepted",
    Verb.REJECT: "case.rejected",
    Verb.TAKE_BACK: "case.taken_back",
    Verb.REQUEST_VERIFICATION: "case.verifying",
    Verb.VERIFY: "case.verified",
    Verb.FILE: "case.filed",
    Verb.VOID: "case.voided",
    Verb.LINK_DUPLICATE: "case.duplicate",
    Verb.HANDLE_ON_THE_SPOT: "case.handled_on_the_spot",
    Verb.DISPATCH: "case.dispatched",
    Verb.ACKNOWLEDGE: "case.acknowledged",
    Verb.ASSIGN: "case.assigned",
    Verb.START: "case.started",
    Verb.RETURN: "case.returned",
    Verb.EXTEND: "case.extension_requested",
    Verb.APPROVE_EXTENSION: "case.extended",
    Verb.REFUSE_EXTENSION: "case.extension_refused",
    Verb.SUSPEND: "case.suspension_requested",
    Verb.APPROVE_SUSPENSION: "case.suspended",
    Verb.REFUSE_SUSPENSION: "case.suspension_refused",
    Verb.RESUME: "case.resumed",
    Verb.MAKE_SAFE: "case.made_safe",
    Verb.REPORT_DONE: "case.handled",
    Verb.CHECK: "case.checked",
    Verb.REWORK: "case.rework",
    Verb.CLOSE: "case.closed",
    Verb.REOPEN: "case.reopened",
    Verb.URGE: "case.urged",
    Verb.APPEAL: "case.appealed",
    Verb.DECIDE_APPEAL: "case.appeal_decided",
    Verb.CORRECT: "case.corrected",
    Verb.NOTE: "case.noted",
}
WARNED = "case.warned"
OVERDUE = "case.overdue"
STAGE_WARNED = "case.stage_warned"
STAGE_OVERDUE = "case.stage_overdue"
#: A setting that due times or lights may depend on.
SETTINGS_CHANGED = "settings.changed"
#: Rules of limits, or the limit of a stage, that open cases are to be counted by.
LIMITS_CHANGED = "limits.changed"
STAGE_LIMITS_CHANGED = "stage_limits.changed"
#: A unit has had a case for longer than it may without acknowledging it.
UNACKNOWLEDGED = "case.unacknowledged"


def fact(name: str, payload: Json) -> Event:
    """An event about a case; see `commands.record.payload_of` for what it carries."""
    return Event(name, payload)
