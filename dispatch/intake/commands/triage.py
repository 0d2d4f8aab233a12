"""What happens to a report without a hand: as far as the policy for its channel and category says."""

from datetime import datetime

from sqlalchemy.orm import Session

from dispatch.cases.commands import perform
from dispatch.cases.commands.deed import lock_case
from dispatch.cases.model import Case
from dispatch.cases.placing import location_of_case
from dispatch.cases.states import Stage, Verb
from dispatch.catalogue.reference import CategoryFacts, catalogue
from dispatch.intake import phrases
from dispatch.intake.model import PolicyAction
from dispatch.intake.queries import is_comparable, likely_duplicates, policy_for
from dispatch.kit.clock import CITY_ZONE
from dispatch.people.policy import SYSTEM
from dispatch.routing.queries import Question, decide

_ORDER = (PolicyAction.ACCEPT, PolicyAction.FILE, PolicyAction.DISPATCH)


def triage(session: Session, case_id: int, *, at: datetime) -> None:
    """Take a case as far as policy allows; safe to run again, it then finds nothing to do."""
    with session.no_autoflush:  # the deeds are written together, in few round trips
        _triage(session, case_id, at=at)
        session.flush()


def _triage(session: Session, case_id: int, *, at: datetime) -> None:
    case = lock_case(session, case_id)
    if case is None or case.stage != Stage.REPORTED:
        return
    category = catalogue(session).by_id.get(case.category_id or 0)
    if case.review_reason is not None or category is None:
        return
    if _linked(session, case, category, at=at):
        return
    policy = policy_for(
        session,
        channel=case.channel,
        category=category,
        confidence=case.category_confidence or 0.0,
    )
    if policy is None or policy.action == PolicyAction.REVIEW:
        why = policy.explanation if policy is not None else ""
        _leave_to_a_person(
            session, case, reason="low_confidence", words=why or phrases.NO_POLICY(), at=at
        )
    elif policy.action == PolicyAction.VERIFY:
        perform(
            session,
            case,
            Verb.REQUEST_VERIFICATION,
            by=SYSTEM,
            at=at,
            body={"note": policy.explanation or phrases.VERIFY_FIRST()},
        )
    else:
        _onward(session, case, PolicyAction(policy.action), policy.explanation, at=at)


def _linked(session: Session, case: Case, category: CategoryFacts, *, at: datetime) -> bool:
    """Two reports of one thing that came in at the same moment did not see each other; now they do."""
    point = location_of_case(session, case)
    if (
        case.stands_alone
        or point is None
        or not is_comparable(
            session, radius_m=case.place_radius_m, confidence=case.category_confidence
        )
    ):
        return False
    found = likely_duplicates(
        session,
        category=category,
        longitude=point.longitude,
        latitude=point.latitude,
        at=case.created_at,
        before_case=case.id,
    )
    if not found:
        return False
    body = {"of": found[0].public_id, "note": found[0].words}
    perform(session, case, Verb.LINK_DUPLICATE, by=SYSTEM, at=at, body=body)
    return True


def _leave_to_a_person(
    session: Session, case: Case, *, reason: str, words: str, at: datetime
) -> None:
    """Say on the case, and in its history, why it does not go on by itself."""
    case.review_reason = reason
    perform(session, case, Verb.NOTE, by=SYSTEM, at=at, body={"note": words})


def _onward(session: Session, case: Case, action: PolicyAction, why: str, *, at: datetime) -> None:
    reach = _ORDER.index(action)
    perform(session, case, Verb.ACCEPT, by=SYSTEM, at=at, body={"note": why or None})
    if reach < _ORDER.index(PolicyAction.FILE) or case.condition_id is None:
        return
    perform(session, case, Verb.FILE, by=SYSTEM, at=at, body={"note": case.category_reason})
    if reach >= _ORDER.index(PolicyAction.DISPATCH):
        dispatch_by_rule(session, case, at=at)


def dispatch_by_rule(session: Session, case: Case, *, at: datetime) -> bool:
    """Dispatch a filed case to whom the routing names; False leaves it to a dispatcher."""
    point = location_of_case(session, case)
    decision = decide(
        session,
        Question(
            category=catalogue(session).by_id.get(case.category_id or 0),
            on=at.astimezone(CITY_ZONE).date(),
            longitude=point.longitude if point else None,
            latitude=point.latitude if point else None,
            location=point.location if point else None,
            part_code=case.part_code,
        ),
    )
    if decision.department_id is None:
        _leave_to_a_person(session, case, reason="no_department", words=decision.reason, at=at)
        return False
    perform(
        session,
        case,
        Verb.DISPATCH,
        by=SYSTEM,
        at=at,
        body={"department": decision.department_id, "decision": decision.as_json()},
    )
    return True
