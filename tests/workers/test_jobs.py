"""The way of a report from the outbox into the department's inbox, with a real worker in this process."""

import logging
import time
from collections.abc import Callable, Iterator

import pytest
import redis
from rq.worker import DequeueStrategy
from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session

from dispatch.cases.model import Case, CaseAssignment
from dispatch.cases.states import Stage
from dispatch.departments.model import Department, DepartmentEndpoint, DepartmentKind
from dispatch.exchange.model import Delivery, DeliveryKind, DeliveryStatus
from dispatch.kit import alive, clock, config, db
from dispatch.kit.errors import NotFound
from dispatch.kit.outbox import Event, JobReceipt, OutboxRow, publish
from tests.factories.cases import report
from tests.factories.city import City, spot
from tests.factories.servers import Partner, wait_until
from workers import places, queues
from workers.beside import COURIERS
from workers.clock import Clock
from workers.consumer import Worker, _names
from workers.jobs import clocks, couriers, deliver, ticks
from workers.jobs.triage import triage
from workers.relay import Pace, Relay
from workers.signs import Signs
from workers.timers import Timer


@pytest.fixture
def relay(city: City, queue_redis: redis.Redis) -> Iterator[Relay]:
    with places.connect_database("test") as opened:
        yield Relay(opened, queue_redis, pace=Pace())


@pytest.fixture
def worker(city: City, queue_redis: redis.Redis) -> Worker:
    return Worker(queues.EVERYTHING, redis=queue_redis, signs=Signs("worker", queue_redis))


@pytest.fixture
def partner(monkeypatch: pytest.MonkeyPatch) -> Iterator[Partner]:
    monkeypatch.setenv("DISPATCH_WEBHOOK_NETWORKS", "127.0.0.0/8")
    config.settings.cache_clear()
    made = Partner()
    yield made
    wait_until(lambda: not COURIERS._running, seconds=10)
    made.close()


def work(relay: Relay, worker: Worker) -> None:
    """Relay and work until nothing is left."""
    while relay.send_new():
        worker.work(
            burst=True, dequeue_strategy=DequeueStrategy.ROUND_ROBIN, logging_level="WARNING"
        )


def taken_in(session: Session, *, column: int, row: int = 4) -> Case:
    """A report that no other test has made at this place."""
    longitude, latitude = spot(column, row)
    receipt = report(session, longitude=longitude, latitude=latitude, at=clock.now())
    session.commit()
    return session.get_one(Case, receipt.case_id)


def deliveries(session: Session, case: Case) -> list[Delivery]:
    session.rollback()
    return list(
        session.scalars(select(Delivery).where(Delivery.case_id == case.id).order_by(Delivery.kind))
    )


def test_report_reaches_the_inbox_of_the_responsible_department(
    relay: Relay, worker: Worker, committing: Session, city: City
) -> None:
    case = taken_in(committing, column=0)

    work(relay, worker)

    (delivery,) = deliveries(committing, case)
    assert (delivery.kind, delivery.status) == (DeliveryKind.INBOX, DeliveryStatus.DELIVERED)
    assert delivery.department_id == city.works.id
    committing.refresh(case)
    assert case.stage == Stage.DISPATCHED
    undone = select(OutboxRow).where(OutboxRow.confirmed < OutboxRow.jobs)
    assert committing.scalars(undone).all() == []


def test_job_that_runs_twice_does_its_work_once(
    relay: Relay, worker: Worker, committing: Session
) -> None:
    case = taken_in(committing, column=1)
    event_id = committing.scalars(
        select(OutboxRow.id).where(OutboxRow.name == "case.reported")
    ).one()
    committing.commit()

    for _ in range(3):
        triage(items=[{"event_id": event_id, "case_id": case.id}], job="triage")
    work(relay, worker)

    open_assignments = select(func.count()).where(
        CaseAssignment.case_id == case.id, CaseAssignment.ended_at.is_(None)
    )
    assert committing.scalar(open_assignments) == 1
    assert len(deliveries(committing, case)) == 1
    confirmed = committing.scalars(select(OutboxRow.confirmed).where(OutboxRow.id == event_id))
    assert confirmed.one() == 1


def test_message_goes_to_the_departments_own_system_too(
    relay: Relay, worker: Worker, committing: Session, city: City, partner: Partner
) -> None:
    committing.add(
        DepartmentEndpoint(department_id=city.works.id, url=partner.url, secret_version=1)
    )
    case = taken_in(committing, column=2)

    work(relay, worker)

    wait_until(lambda: partner.received, seconds=5)
    wait_until(
        lambda: [each.status for each in deliveries(committing, case)] == ["delivered"] * 2,
        seconds=5,
    )
    assert case.number.encode() in partner.received[0][2]


def test_courier_that_was_not_called_is_sent_by_the_clock(
    relay: Relay,
    worker: Worker,
    committing: Session,
    city: City,
    partner: Partner,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    committing.add(
        DepartmentEndpoint(department_id=city.works.id, url=partner.url, secret_version=1)
    )
    with monkeypatch.context() as patch:
        patch.setattr(COURIERS, "start", lambda *_given: False)  # as if the process had died here
        taken_in(committing, column=3)
        work(relay, worker)
    assert partner.received == []

    ticks.call_couriers()

    wait_until(lambda: partner.received, seconds=5)


def test_courier_carries_everything_that_is_due_one_after_the_other(
    relay: Relay, worker: Worker, committing: Session, city: City, partner: Partner
) -> None:
    case = taken_in(committing, column=4)
    work(relay, worker)
    committing.add(
        DepartmentEndpoint(
            department_id=city.works.id, url=partner.url, secret_version=1, rate_per_minute=600
        )
    )
    assignment = committing.scalars(
        select(CaseAssignment).where(CaseAssignment.case_id == case.id)
    ).one()
    for number in range(5):
        again = CaseAssignment(
            case_id=case.id,
            department_id=city.works.id,
            leads=True,
            method="rule",
            reason=str(number),
            at=assignment.at,
            ended_at=assignment.at,
        )
        committing.add(again)
        committing.flush()
        committing.add(
            Delivery(
                event_id=1,
                assignment_id=again.id,
                case_id=case.id,
                department_id=city.works.id,
                kind=DeliveryKind.WEBHOOK,
                next_attempt_at=clock.now(),
                payload={"event": "case.dispatched"},
            )
        )
    committing.commit()

    couriers.carry(city.works.id)

    assert len(partner.received) == 5
    committing.rollback()
    assert committing.get_one(DepartmentEndpoint, city.works.id).busy_until is None


def test_failing_job_leaves_its_reason_and_no_receipt(
    relay: Relay,
    worker: Worker,
    committing: Session,
    queue_redis: redis.Redis,
    caplog: pytest.LogCaptureFixture,
) -> None:
    publish(committing, Event("case.dispatched", {"assignment_ids": [10**12]}))
    committing.commit()
    with caplog.at_level(logging.CRITICAL):
        work(relay, worker)

    committing.rollback()
    row = committing.scalars(select(OutboxRow)).one()
    assert (row.jobs, row.confirmed) == (1, 0)
    assert row.last_error is not None
    assert "assignment_not_found" in row.last_error
    assert committing.scalars(select(JobReceipt)).all() == []
    failed = queues.named(queues.INTAKE, queue_redis).failed_job_registry
    assert len(failed.get_job_ids()) == 1


def sleep_in_the_database() -> None:
    """A job that waits for the database longer than it may."""
    with db.open_session() as session:
        session.execute(text("SELECT pg_sleep(60)"))


def test_one_that_cannot_be_done_does_not_hold_up_those_that_share_its_job(
    relay: Relay, worker: Worker, committing: Session, caplog: pytest.LogCaptureFixture
) -> None:
    case = taken_in(committing, column=4, row=0)
    with caplog.at_level(logging.CRITICAL):
        work(relay, worker)
        assignment = committing.scalars(
            select(CaseAssignment).where(CaseAssignment.case_id == case.id)
        ).one()
        committing.execute(delete(Delivery).where(Delivery.case_id == case.id))
        committing.add_all(events := [OutboxRow(name="test", payload={}) for _ in range(2)])
        committing.commit()
        items = [
            {"event_id": event.id, "assignment_id": id_}
            for event, id_ in zip(events, (10**12, assignment.id), strict=True)
        ]
        with pytest.raises(NotFound):
            deliver.deliver(items=items, job="deliver")

    assert [each.kind for each in deliveries(committing, case)] == [DeliveryKind.INBOX]
    for each in events:
        committing.refresh(each)
    assert [(each.confirmed, each.last_error is None) for each in events] == [(0, False), (1, True)]


def test_job_that_hangs_is_cut_off_and_the_next_one_works(
    relay: Relay, worker: Worker, committing: Session, queue_redis: redis.Redis
) -> None:
    hanging = f"{__name__}.{sleep_in_the_database.__name__}"
    queues.named(queues.CLOCK, queue_redis).enqueue_call(hanging, job_id="hangs", timeout=1)
    case = taken_in(committing, column=0, row=3)
    started = time.monotonic()

    work(relay, worker)

    assert time.monotonic() - started < 30
    assert len(deliveries(committing, case)) == 1
    failed = queues.named(queues.CLOCK, queue_redis).failed_job_registry
    assert failed.get_job_ids() == ["hangs"]


def test_worker_follows_departments_founded_while_it_runs(
    worker: Worker, committing: Session, queue_redis: redis.Redis
) -> None:
    assert "dept-works" in worker.queue_names()
    code = f"new-{time.monotonic_ns()}"
    committing.add(Department(code=code, name="新部门", kind=DepartmentKind.BUREAU))
    committing.commit()

    worker._next_follow = 0.0
    assert worker.should_run_maintenance_tasks
    worker.run_maintenance_tasks()

    assert f"dept-{code}" in worker.queue_names()
    assert f"dept-{code}" in [queue.name for queue in worker._ordered_queues]
    assert not worker.should_run_maintenance_tasks


def test_worker_takes_only_what_its_patterns_name(city: City, queue_redis: redis.Redis) -> None:
    worker = Worker(("dept-w*", "media"), redis=queue_redis, signs=Signs("worker", queue_redis))

    worker.follow(_names(queue_redis))

    assert worker.queue_names() == ["dept-works", "media"]


def test_busy_department_does_not_starve_the_others(
    worker: Worker, queue_redis: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    monkeypatch.setattr(
        "workers.jobs.ticks.prune_sessions", lambda: None
    )  # a function by its name that takes nothing
    original = worker.execute_job

    def noted(job: object, queue: object) -> None:
        done.append(queue.name)  # type: ignore[attr-defined]
        original(job, queue)  # type: ignore[arg-type]

    monkeypatch.setattr(worker, "execute_job", noted)
    for name, count in (("dept-cleaners", 50), ("dept-works", 2)):
        for number in range(count):
            queues.named(name, queue_redis).enqueue_call(
                "workers.jobs.ticks.prune_sessions", job_id=f"{name}-{number}", result_ttl=0
            )

    worker.work(burst=True, dequeue_strategy=DequeueStrategy.ROUND_ROBIN, logging_level="WARNING")

    assert len(done) == 52
    assert "dept-works" in done[:3]
    assert done.index("dept-works", done.index("dept-works") + 1) < 5


def test_worker_gives_signs_of_life(worker: Worker, queue_redis: redis.Redis) -> None:
    worker.heartbeat()

    assert "worker" in alive.last_signs(queue_redis)
    assert len(list(queue_redis.scan_iter("dispatch:heartbeat:worker:*"))) == 1


def test_clock_asks_once_in_each_slot_however_many_clocks_there_are(
    queue_redis: redis.Redis,
) -> None:
    timers = (Timer("a", 5.0, "workers.jobs.ticks.prune_sessions"),)
    first, second = Clock(queue_redis, timers), Clock(queue_redis, timers)

    assert first.tick(100.0) == ["a"]
    assert first.tick(104.9) == []
    assert second.tick(101.0) == []
    assert second.tick(105.0) == ["a"]
    assert first.tick(105.1) == []
    assert queues.named(queues.CLOCK, queue_redis).get_job_ids() == ["a-20", "a-21"]


@pytest.mark.parametrize(
    "tick",
    [
        ticks.call_couriers,
        clocks.look_at_the_clock,
        ticks.resume_due_cases,
        ticks.finish_conversations,
        ticks.retry_media,
        ticks.prune_outbox,
        ticks.prune_sessions,
    ],
)
@pytest.mark.usefixtures("city")
def test_tick_with_nothing_due_does_nothing(tick: Callable[[], None]) -> None:
    tick()
