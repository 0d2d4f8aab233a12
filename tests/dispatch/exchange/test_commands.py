"""Deliveries: into the inbox once, towards another system until it takes them or they are given up."""

from datetime import timedelta

import orjson
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.cases.model import Case, CaseAssignment
from dispatch.departments.model import DepartmentEndpoint
from dispatch.exchange import commands, queries
from dispatch.exchange.model import Delivery, DeliveryKind, DeliveryStatus
from dispatch.exchange.queries import OutboxState
from dispatch.exchange.webhook import Outcome
from dispatch.kit.audit import AuditEntry
from dispatch.kit.errors import Conflict, InvalidInput, NotFound
from dispatch.kit.outbox import Event, JobReceipt, OutboxRow, claim_job, publish
from dispatch.people.policy import SYSTEM
from tests.factories.city import NOW, City

TAKEN = Outcome(200, None, 0.1)
DOWN = Outcome(None, "no answer", 5.0)
WRONG = Outcome(422, "HTTP 422", 0.1)


def started(session: Session, assignment: CaseAssignment) -> Delivery:
    commands.deliver_assignments(session, {assignment.id: 1}, at=NOW)
    return session.scalars(select(Delivery).where(Delivery.kind == DeliveryKind.WEBHOOK)).one()


def test_case_lands_in_the_inbox_once(
    session: Session, case: Case, assignment: CaseAssignment, city: City
) -> None:
    for event_id in (1, 2):
        commands.deliver_assignments(session, {assignment.id: event_id}, at=NOW)

    (row,) = queries.inbox_of(session, city.works.id, before=None, limit=10)
    assert row.case.id == case.id
    assert row.delivery.delivered_at == NOW
    assert queries.inbox_of(session, city.cleaners.id, before=None, limit=10) == []


def test_unknown_assignment_is_refused(session: Session) -> None:
    with pytest.raises(NotFound):
        commands.deliver_assignments(session, {0: 1}, at=NOW)


def test_department_without_a_system_gets_no_message(
    session: Session, assignment: CaseAssignment
) -> None:
    couriers = commands.deliver_assignments(session, {assignment.id: 1}, at=NOW)

    assert couriers == set()
    assert session.scalars(select(Delivery.kind)).all() == [DeliveryKind.INBOX]


@pytest.mark.usefixtures("endpoint")
def test_message_carries_the_case_without_personal_data(
    session: Session, case: Case, assignment: CaseAssignment
) -> None:
    started(session, assignment)

    attempt = commands.take_next(session, assignment.department_id, at=NOW)

    assert attempt is not None
    told = orjson.loads(attempt.message.body)
    assert told["event"] == attempt.message.event == "case.dispatched"
    assert told["id"] == attempt.delivery_id
    assert told["case"]["number"] == case.number
    assert told["case"]["longitude"] == pytest.approx(case.longitude)
    assert told["assignment"]["leads"] is True
    assert "allowed" not in told["case"]
    assert not {"reporter", "contact_name", "contact_phone"} & set(told["case"])


@pytest.mark.usefixtures("endpoint")
def test_only_one_message_of_a_department_is_under_way(
    session: Session, assignment: CaseAssignment
) -> None:
    started(session, assignment)
    unit = assignment.department_id

    assert commands.take_next(session, unit, at=NOW) is not None
    assert commands.take_next(session, unit, at=NOW) is None
    assert queries.departments_awaiting_courier(session, at=NOW) == []


def test_message_of_a_dead_courier_is_taken_over(
    session: Session, assignment: CaseAssignment, endpoint: DepartmentEndpoint
) -> None:
    started(session, assignment)
    commands.take_next(session, assignment.department_id, at=NOW)
    assert endpoint.busy_until is not None

    later = endpoint.busy_until + timedelta(seconds=1)

    assert queries.departments_awaiting_courier(session, at=later) == [assignment.department_id]
    taken_over = commands.take_next(session, assignment.department_id, at=later)
    assert taken_over is not None
    assert session.get_one(Delivery, taken_over.delivery_id).attempts == 2


def test_taken_message_is_delivered(
    session: Session, assignment: CaseAssignment, endpoint: DepartmentEndpoint
) -> None:
    delivery = started(session, assignment)
    attempt = commands.take_next(session, assignment.department_id, at=NOW)
    assert attempt is not None

    commands.finish_attempt(session, attempt, TAKEN, at=NOW)

    assert delivery.status == DeliveryStatus.DELIVERED
    assert delivery.delivered_at == NOW
    assert commands.take_next(session, endpoint.department_id, at=NOW, holding=True) is None
    assert endpoint.busy_until is None


def test_failed_message_waits_and_is_tried_again(
    session: Session, assignment: CaseAssignment, endpoint: DepartmentEndpoint
) -> None:
    delivery = started(session, assignment)
    attempt = commands.take_next(session, assignment.department_id, at=NOW)
    assert attempt is not None

    commands.finish_attempt(session, attempt, DOWN, at=NOW)

    assert delivery.status == DeliveryStatus.PENDING
    assert delivery.last_error == "no answer"
    assert delivery.next_attempt_at is not None
    assert delivery.next_attempt_at > NOW + timedelta(seconds=10)
    assert endpoint.failures == 1
    assert commands.take_next(session, endpoint.department_id, at=NOW, holding=True) is None


def fail(
    session: Session, endpoint: DepartmentEndpoint, delivery: Delivery, outcome: Outcome
) -> None:
    at = max(filter(None, (delivery.next_attempt_at, endpoint.open_until, NOW)))
    attempt = commands.take_next(session, endpoint.department_id, at=at)
    assert attempt is not None
    commands.finish_attempt(session, attempt, outcome, at=at)
    commands.release_courier(session, endpoint.department_id)
    session.refresh(endpoint)


def test_message_that_fails_too_often_becomes_a_dead_letter_and_can_be_sent_again(
    session: Session, assignment: CaseAssignment, endpoint: DepartmentEndpoint, city: City
) -> None:
    delivery = started(session, assignment)
    for _ in range(endpoint.max_attempts):
        fail(session, endpoint, delivery, DOWN)

    assert delivery.status == DeliveryStatus.DEAD
    (letter,) = queries.dead_letters(session, department_id=None, before=None, limit=10)
    assert (letter.delivery.id, letter.department_code) == (delivery.id, "works")

    commands.resend(session, delivery.id, by=city["dispatcher"], at=NOW)

    assert (delivery.status, delivery.attempts) == (DeliveryStatus.PENDING, 0)
    assert queries.dead_letters(session, department_id=None, before=None, limit=10) == []
    actions = session.scalars(select(AuditEntry.action)).all()
    assert "delivery.resend" in actions


def test_system_that_is_down_is_left_alone_then_probed_once(
    session: Session, assignment: CaseAssignment, endpoint: DepartmentEndpoint
) -> None:
    endpoint.max_attempts = 20
    delivery = started(session, assignment)
    for _ in range(3):
        fail(session, endpoint, delivery, DOWN)
    assert endpoint.open_until is not None
    before = endpoint.open_until - timedelta(seconds=1)
    delivery.next_attempt_at = NOW
    session.flush()

    assert commands.take_next(session, endpoint.department_id, at=before) is None
    assert queries.departments_awaiting_courier(session, at=before) == []

    fail(session, endpoint, delivery, TAKEN)
    session.expire_all()
    closed = session.get_one(DepartmentEndpoint, endpoint.department_id)
    assert closed.failures == 0
    assert closed.open_until is None


def test_message_that_the_system_does_not_understand_leaves_the_circuit_closed(
    session: Session, assignment: CaseAssignment, endpoint: DepartmentEndpoint
) -> None:
    endpoint.max_attempts = 20
    delivery = started(session, assignment)

    for _ in range(5):
        fail(session, endpoint, delivery, WRONG)

    assert (endpoint.failures, endpoint.open_until) == (0, None)
    assert delivery.status == DeliveryStatus.PENDING


def test_pace_of_a_department_is_kept(
    session: Session, assignment: CaseAssignment, endpoint: DepartmentEndpoint
) -> None:
    endpoint.rate_per_minute = 1
    delivery = started(session, assignment)
    fail(session, endpoint, delivery, WRONG)
    delivery.next_attempt_at = NOW
    session.flush()

    soon, after = NOW + timedelta(seconds=30), NOW + timedelta(seconds=61)
    assert commands.take_next(session, endpoint.department_id, at=soon) is None
    assert commands.take_next(session, endpoint.department_id, at=after) is not None


def test_switched_off_webhook_sends_nothing(
    session: Session, assignment: CaseAssignment, endpoint: DepartmentEndpoint
) -> None:
    started(session, assignment)
    endpoint.enabled = False
    session.flush()

    assert queries.departments_awaiting_courier(session, at=NOW) == []
    assert commands.take_next(session, endpoint.department_id, at=NOW) is None


@pytest.mark.usefixtures("endpoint")
def test_message_under_way_is_not_sent_again_by_hand(
    session: Session, assignment: CaseAssignment
) -> None:
    delivery = started(session, assignment)

    with pytest.raises(Conflict):
        commands.resend(session, delivery.id, by=SYSTEM, at=NOW)


def test_inbox_delivery_is_no_message_to_send_again(
    session: Session, assignment: CaseAssignment
) -> None:
    commands.deliver_assignments(session, {assignment.id: 1}, at=NOW)
    inbox = session.scalars(select(Delivery.id)).one()

    with pytest.raises(NotFound):
        commands.resend(session, inbox, by=SYSTEM, at=NOW)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.cn/",
        "example.cn/cases",
        "http://",
        "https://user:pw@example.cn/",
        "https://例子.cn/",
        "http://127.0.0.1/",
        "http://[::1]:8000/",
        "http://example.cn:port/",
    ],
)
def test_unfit_address_of_a_webhook_is_refused(session: Session, city: City, url: str) -> None:
    change = commands.EndpointChange(
        url=url, enabled=True, timeout_s=5, rate_per_minute=60, max_attempts=5
    )

    with pytest.raises(InvalidInput):
        commands.set_endpoint(session, city.works.id, change, by=city["admin"])


def sent_event(session: Session, *, attempts: int = 1, jobs: int = 1) -> int:
    publish(session, Event("case.reported", {"case_id": 1}))
    row = session.scalars(select(OutboxRow).order_by(OutboxRow.id.desc()).limit(1)).one()
    row.sent_at, row.jobs, row.attempts, row.created_at = NOW, jobs, attempts, NOW
    session.flush()
    return row.id


def test_dead_events_are_listed_and_sent_again(session: Session) -> None:
    dead = sent_event(session, attempts=queries.MOST_ATTEMPTS)
    sent_event(session)
    assert [row.id for row in queries.events_in(session, OutboxState.DEAD, limit=5)] == [dead]

    assert commands.resend_events(session, ids=None, by=SYSTEM) == 1

    session.expire_all()
    assert queries.count_events(session)[OutboxState.DEAD] == 0
    row = session.get_one(OutboxRow, dead)
    assert row.attempts == 1
    assert row.sent_at is not None
    assert row.sent_at < NOW - timedelta(days=365)


def test_events_are_cleared_away_only_when_done(session: Session) -> None:
    done, open_ = sent_event(session), sent_event(session)
    claim_job(session, event_id=done, job="triage")

    cleared = commands.forget_done_events(session, before=NOW + timedelta(days=1), limit=10)

    assert cleared == 1
    assert session.scalars(select(OutboxRow.id)).all() == [open_]
    assert session.scalars(select(JobReceipt.event_id)).all() == []


def test_recent_events_stay(session: Session) -> None:
    sent_event(session, jobs=0)

    assert commands.forget_done_events(session, before=NOW, limit=10) == 0
