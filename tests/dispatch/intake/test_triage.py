"""What happens to a report without a hand: the policy's action, and where it stops and why."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from dispatch.cases.commands import act
from dispatch.cases.model import Case, CaseAssignment, CaseHistory, Channel
from dispatch.cases.states import Stage, Verb
from dispatch.catalogue.reference import catalogue
from dispatch.intake.commands import triage
from dispatch.intake.model import IntakePolicy, PolicyAction
from dispatch.intake.queries import policy_for
from dispatch.kit import reference
from dispatch.kit.outbox import OutboxRow
from dispatch.routing.model import RoutingRule
from tests.factories.cases import report
from tests.factories.city import NOW, City, add_city, spot

LATER = NOW + timedelta(seconds=2)


@pytest.fixture
def city(session: Session) -> City:
    return add_city(session)


def policies(session: Session, *rows: IntakePolicy) -> None:
    session.execute(delete(IntakePolicy))
    session.add_all(rows)
    session.flush()
    reference.forget_all()


def triaged(session: Session, **given: Any) -> Case:
    receipt = report(session, **given)
    triage(session, receipt.case_id, at=LATER)
    return session.get_one(Case, receipt.case_id, populate_existing=True)


def rows_of(session: Session, case: Case) -> list[CaseHistory]:
    query = select(CaseHistory).where(CaseHistory.case_id == case.id).order_by(CaseHistory.version)
    return list(session.scalars(query))


def verbs_of(session: Session, case: Case) -> list[str]:
    return [row.verb for row in rows_of(session, case)]


@pytest.mark.parametrize(
    ("action", "stage", "verbs"),
    [
        (PolicyAction.REVIEW, Stage.REPORTED, ["note"]),
        (PolicyAction.VERIFY, Stage.VERIFYING, ["request-verification"]),
        (PolicyAction.ACCEPT, Stage.ACCEPTED, ["accept"]),
        (PolicyAction.FILE, Stage.FILED, ["accept", "file"]),
        (PolicyAction.DISPATCH, Stage.DISPATCHED, ["accept", "file", "dispatch"]),
    ],
)
def test_case_goes_as_far_as_the_policy_says(
    session: Session, city: City, action: PolicyAction, stage: Stage, verbs: list[str]
) -> None:
    policies(session, IntakePolicy(min_confidence=0.0, action=action, explanation="本市策略"))

    case = triaged(session)

    rows = rows_of(session, case)
    assert case.stage == stage
    assert [row.verb for row in rows] == ["report", *verbs]
    assert rows[1].note == "本市策略"
    assert all((row.actor, row.role) == ("平台", "system") for row in rows[1:])
    events = session.scalars(select(OutboxRow.payload).order_by(OutboxRow.id)).all()
    assert [event["version"] for event in events] == [row.version for row in rows]


def test_review_says_why_on_the_case(session: Session, city: City) -> None:
    policies(session, IntakePolicy(min_confidence=0.99, action=PolicyAction.DISPATCH))

    case = triaged(session)

    assert (case.stage, case.review_reason) == (Stage.REPORTED, "low_confidence")
    assert rows_of(session, case)[-1].note == "没有适用的策略"


def test_dispatch_stores_the_unit_the_rule_and_the_reason(session: Session, city: City) -> None:
    case = triaged(session)

    assignment = session.scalars(select(CaseAssignment)).one()
    assert case.department_id == assignment.department_id == city.works.id
    assert (assignment.method, assignment.leads, assignment.by_id) == ("rule", True, None)
    assert assignment.rule_id is not None
    assert "雨水井盖" in assignment.reason
    assert rows_of(session, case)[-1].note == assignment.reason
    event = session.scalars(select(OutboxRow).where(OutboxRow.name == "case.dispatched")).one()
    assert event.payload["assignment_ids"] == [assignment.id]


def test_urgent_hazard_is_with_its_unit_at_once_and_its_clock_runs(
    session: Session, city: City
) -> None:
    case = triaged(session, description="路口的井盖不见了")

    assert (case.severity, case.hazard, case.stage) == ("urgent", True, Stage.DISPATCHED)
    assert case.due_at == LATER + timedelta(hours=2)


def test_running_twice_is_running_once(session: Session, city: City) -> None:
    case = triaged(session)
    version = case.version

    triage(session, case.id, at=LATER)

    assert case.version == version


def test_review_twice_is_said_once(session: Session, city: City) -> None:
    policies(session, IntakePolicy(min_confidence=0.0, action=PolicyAction.REVIEW))
    case = triaged(session)

    triage(session, case.id, at=LATER)

    assert verbs_of(session, case) == ["report", "note"]


def test_unknown_case_is_no_fault(session: Session, city: City) -> None:
    triage(session, 0, at=LATER)


@pytest.mark.parametrize(
    "given",
    [
        {"longitude": 110.4, "latitude": 25.3},
        {"description": "你好"},
        {"category": "P9999"},
        {"review_reason": "low_confidence"},
    ],
    ids=["outside", "no category", "unknown category", "the channel's own doubt"],
)
def test_doubtful_report_waits_for_a_person(
    session: Session, city: City, given: dict[str, Any]
) -> None:
    case = triaged(session, **given)

    assert case.stage == Stage.REPORTED
    assert case.review_reason is not None
    assert verbs_of(session, case) == ["report"]


def test_what_an_inspector_has_verified_is_left_to_the_agent(session: Session, city: City) -> None:
    policies(session, IntakePolicy(min_confidence=0.0, action=PolicyAction.VERIFY))
    case = triaged(session)
    body = {"confirmed": True}
    act(session, case.id, Verb.VERIFY, by=city["inspector"], at=LATER, body=body)

    triage(session, case.id, at=LATER)

    assert (case.stage, case.review_reason) == (Stage.REPORTED, "verified")


def test_without_a_department_it_stays_with_the_dispatcher_and_says_why(
    session: Session, city: City
) -> None:
    session.execute(delete(RoutingRule))
    reference.forget_all()

    case = triaged(session)

    assert (case.stage, case.review_reason) == (Stage.FILED, "no_department")
    last = rows_of(session, case)[-1]
    assert last.verb == "note"
    assert last.note == "没有适用于“雨水井盖”的规则,由派遣员判断"


def test_dispatcher_s_choice_ends_the_doubt(session: Session, city: City) -> None:
    session.execute(delete(RoutingRule))
    reference.forget_all()
    case = triaged(session)

    body = {"department": "works"}
    act(session, case.id, Verb.DISPATCH, by=city["dispatcher"], at=LATER, body=body)

    assert (case.stage, case.review_reason) == (Stage.DISPATCHED, None)


def test_rule_that_begins_tomorrow_does_not_route_today(session: Session, city: City) -> None:
    session.execute(delete(RoutingRule))
    session.add(
        RoutingRule(
            category_id=city.manhole.id,
            department_id=city.works.id,
            valid_from=date(2026, 11, 24),
        )
    )
    session.flush()
    reference.forget_all()

    assert triaged(session).review_reason == "no_department"


def test_category_without_a_condition_is_accepted_and_waits_for_filing(
    session: Session, city: City
) -> None:
    for condition in (city.missing, city.broken):
        session.delete(condition)
    session.flush()
    reference.forget_all()

    case = triaged(session, category="P0103")

    assert (case.condition_id, case.stage) == (None, Stage.ACCEPTED)


@pytest.mark.parametrize(
    ("channel", "category", "confidence", "expected"),
    [
        ("web", "manhole", 0.5, "everything"),
        ("web", "manhole", 0.7, "sure"),
        ("camera", "manhole", 0.7, "camera"),
        ("camera", "manhole", 0.95, "camera"),
        ("web", "litter", 0.7, "litter"),
        ("camera", "litter", 0.7, "litter by camera"),
        ("web", "manhole", 0.97, "group"),
        ("camera", "litter", 0.97, "litter by camera"),
    ],
)
def test_narrowest_subject_then_channel_then_the_highest_bar(
    session: Session, city: City, channel: str, category: str, confidence: float, expected: str
) -> None:
    rows: list[dict[str, Any]] = [
        {"explanation": "everything", "min_confidence": 0.0},
        {"explanation": "sure", "min_confidence": 0.6},
        {"explanation": "camera", "channel": "camera", "min_confidence": 0.2},
        {"explanation": "group", "group": "manhole", "min_confidence": 0.96},
        {"explanation": "litter", "category_id": city.litter.id, "min_confidence": 0.0},
        {
            "explanation": "litter by camera",
            "category_id": city.litter.id,
            "channel": "camera",
            "min_confidence": 0.5,
        },
    ]
    if (channel, category) == ("camera", "manhole") and confidence < 0.96:
        expected = "camera"
    policies(session, *(IntakePolicy(action=PolicyAction.FILE, **row) for row in rows))
    about = catalogue(session).by_id[getattr(city, category).id]

    found = policy_for(session, channel=channel, category=about, confidence=confidence)

    assert found is not None
    assert found.explanation == expected


def test_no_policy_below_every_bar(session: Session, city: City) -> None:
    policies(session, IntakePolicy(min_confidence=0.9, action=PolicyAction.FILE))
    about = catalogue(session).by_id[city.manhole.id]

    assert policy_for(session, channel="web", category=about, confidence=0.89) is None


def test_later_of_two_reports_that_did_not_see_each_other_is_linked(
    session: Session, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = report.__globals__["receive"].__globals__
    monkeypatch.setitem(module, "likely_duplicates", lambda *_args, **_more: ())
    first, second = report(session), report(session)
    monkeypatch.undo()
    days_later = NOW + timedelta(days=3)  # the worker was down

    triage(session, second.case_id, at=days_later)
    triage(session, first.case_id, at=days_later)

    session.expire_all()
    late, early = session.get_one(Case, second.case_id), session.get_one(Case, first.case_id)
    assert (late.stage, late.duplicate_of_id) == (Stage.DUPLICATE, early.id)
    assert (early.stage, early.reporters_count) == (Stage.DISPATCHED, 2)


def test_camera_that_is_sure_needs_no_hand_and_one_that_is_not_waits(
    session: Session, city: City
) -> None:
    alarm = {"channel": Channel.CAMERA, "category": "T:P0103", "description": "告警"}

    sure = triaged(session, confidence=0.93, **alarm)
    longitude, latitude = spot(4, 4)
    unsure = triaged(session, confidence=0.4, longitude=longitude, latitude=latitude, **alarm)

    assert sure.stage == Stage.DISPATCHED
    assert (unsure.stage, unsure.review_reason) == (Stage.REPORTED, "low_confidence")
