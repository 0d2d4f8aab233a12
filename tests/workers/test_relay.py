"""The relay: what it sends, what it sends again, and what it leaves alone."""

import json
from collections.abc import Iterator
from dataclasses import replace

import psycopg
import pytest
import redis
from rq import Queue
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from dispatch.cases.model import CaseAssignment
from dispatch.cases.states import Stage
from dispatch.kit.broadcast import channel
from dispatch.kit.outbox import Event, OutboxRow, claim_job, publish
from tests.factories.cases import add_case
from tests.factories.city import City
from workers import ledger, places, queues, routes
from workers.relay import Pace, Relay

REPORTED = Event("case.reported", {"case_id": 7})


@pytest.fixture
def connection(city: City) -> Iterator[psycopg.Connection]:
    with places.connect_database("test") as opened:
        yield opened


@pytest.fixture
def relay(connection: psycopg.Connection, queue_redis: redis.Redis) -> Relay:
    return Relay(connection, queue_redis, pace=Pace())


def impatient(relay: Relay) -> Relay:
    relay._pace = replace(relay._pace, resend_after=0.0)
    return relay


def published(session: Session, *events: Event) -> list[int]:
    for event in events:
        publish(session, event)
    session.commit()
    return list(session.scalars(select(OutboxRow.id).order_by(OutboxRow.id)))


def row(session: Session, event_id: int) -> OutboxRow:
    session.rollback()
    return session.get_one(OutboxRow, event_id, populate_existing=True)


def waiting(queue_redis: redis.Redis, name: str = queues.INTAKE) -> list[str]:
    return queues.named(name, queue_redis).get_job_ids()


def test_event_becomes_a_job_and_is_marked_sent(
    relay: Relay, committing: Session, queue_redis: redis.Redis
) -> None:
    (event_id,) = published(committing, REPORTED)

    assert relay.send_new() == 1
    assert relay.send_new() == 0

    (job_id,) = waiting(queue_redis)
    job = queues.named(queues.INTAKE, queue_redis).fetch_job(job_id)
    assert job is not None
    assert job.func_name == "workers.jobs.triage.triage"
    assert job.kwargs == {"items": [{"event_id": event_id, "case_id": 7}], "job": "triage"}
    assert (row(committing, event_id).jobs, row(committing, event_id).attempts) == (1, 1)


def test_event_without_jobs_is_told_live_and_done(
    relay: Relay, committing: Session, queue_redis: redis.Redis
) -> None:
    with queue_redis.pubsub() as listening:  # type: ignore[no-untyped-call]
        listening.subscribe(channel(places.redis_url()))
        (event_id,) = published(committing, Event("case.noted", {"case_id": 1}))
        relay.send_new()
        heard = [message for _ in range(2) if (message := listening.get_message(timeout=2))]

    told = json.loads(heard[-1]["data"])
    assert told == {"id": event_id, "name": "case.noted", "payload": {"case_id": 1}}
    assert row(committing, event_id).sent_at is not None
    assert row(committing, event_id).jobs == 0


def test_each_assignment_goes_to_its_own_departments_queue(
    relay: Relay, committing: Session, queue_redis: redis.Redis, city: City
) -> None:
    case = add_case(committing, city, Stage.DISPATCHED)
    assignments = committing.scalars(
        select(CaseAssignment).where(CaseAssignment.case_id == case.id)
    ).all()
    committing.commit()

    relay.send_new()

    (job_id,) = waiting(queue_redis, "dept-works")
    job = queues.named("dept-works", queue_redis).fetch_job(job_id)
    assert job is not None
    assert [each["assignment_id"] for each in job.kwargs["items"]] == [assignments[0].id]
    assert waiting(queue_redis, "dept-cleaners") == []


def test_redis_down_the_events_wait(
    connection: psycopg.Connection, committing: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    (event_id,) = published(committing, REPORTED)
    monkeypatch.setenv("REDIS_URL", "unix:///nonexistent/redis")
    nowhere = Relay(connection, places.connect_redis(), pace=Pace())

    with pytest.raises(redis.RedisError):
        nowhere.send_new()

    assert row(committing, event_id).sent_at is None


def test_death_between_enqueue_and_mark_leaves_one_job_to_do(
    relay: Relay, committing: Session, queue_redis: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    (event_id,) = published(committing, REPORTED)

    def die(*_given: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(ledger, "mark_sent", die)
        with pytest.raises(KeyboardInterrupt):
            relay.send_new()
    assert row(committing, event_id).sent_at is None

    relay.send_new()

    assert set(waiting(queue_redis)) == {f"{event_id}-0-triage"}
    assert row(committing, event_id).attempts == 1


def test_job_that_still_waits_for_its_turn_is_not_sent_again(
    relay: Relay, committing: Session, queue_redis: redis.Redis
) -> None:
    (event_id,) = published(committing, REPORTED)
    relay.send_new()

    assert impatient(relay).send_late_again() == 1

    assert waiting(queue_redis) == [f"{event_id}-0-triage"]
    assert row(committing, event_id).attempts == 1


def test_lost_job_is_sent_again_under_a_new_id(
    relay: Relay, committing: Session, queue_redis: redis.Redis
) -> None:
    (event_id,) = published(committing, REPORTED)
    relay.send_new()
    queue_redis.lpop(Queue.redis_queue_namespace_prefix + queues.INTAKE)  # its worker died

    impatient(relay).send_late_again()

    assert waiting(queue_redis) == [f"{event_id}-1-triage"]
    assert row(committing, event_id).attempts == 2


def test_what_died_with_its_worker_is_sent_again_though_others_wait(
    relay: Relay, committing: Session, queue_redis: redis.Redis
) -> None:
    lost = published(committing, REPORTED, REPORTED)
    relay.send_new()
    queue_redis.lpop(Queue.redis_queue_namespace_prefix + queues.INTAKE)
    other = published(committing, REPORTED)[-1]
    relay.send_new()

    impatient(relay).send_late_again()

    assert waiting(queue_redis) == [f"{other}-0-triage", routes.gathered_id(lost, 1, "triage")]


def test_before_its_time_nothing_is_sent_again(
    relay: Relay, committing: Session, queue_redis: redis.Redis
) -> None:
    published(committing, REPORTED)
    relay.send_new()
    queue_redis.delete(Queue.redis_queue_namespace_prefix + queues.INTAKE)

    assert relay.send_late_again() == 0
    assert waiting(queue_redis) == []


def test_done_job_is_not_sent_again(
    relay: Relay, committing: Session, queue_redis: redis.Redis
) -> None:
    (event_id,) = published(committing, REPORTED)
    relay.send_new()
    assert claim_job(committing, event_id=event_id, job="triage")
    committing.commit()

    assert impatient(relay).send_late_again() == 0


def test_wiped_redis_gets_everything_back_at_once(
    relay: Relay, committing: Session, queue_redis: redis.Redis
) -> None:
    relay.recover()
    ids = published(committing, *(Event("case.reported", {"case_id": n}) for n in range(3)))
    relay.send_new()
    queue_redis.flushall()

    relay.recover()
    relay.recover()

    assert waiting(queue_redis) == [routes.gathered_id(ids, 1, "triage")]


def test_event_sent_too_often_is_left_as_a_dead_letter(
    relay: Relay, committing: Session, queue_redis: redis.Redis
) -> None:
    (event_id,) = published(committing, REPORTED)
    for _ in range(ledger.MOST_ATTEMPTS + 2):
        relay.send_new()
        impatient(relay).send_late_again()
        queue_redis.flushall()

    assert row(committing, event_id).attempts == ledger.MOST_ATTEMPTS
    assert waiting(queue_redis) == []


def test_event_that_cannot_be_routed_is_buried_and_stops_nobody(
    relay: Relay, committing: Session, queue_redis: redis.Redis
) -> None:
    bad, good = published(committing, Event("case.reported", {}), REPORTED)

    relay.send_new()

    assert waiting(queue_redis) == [f"{good}-0-triage"]
    buried = row(committing, bad)
    assert buried.attempts == ledger.MOST_ATTEMPTS
    assert buried.last_error is not None
    assert "case_id" in buried.last_error


def test_two_relays_share_the_work(
    relay: Relay, committing: Session, queue_redis: redis.Redis
) -> None:
    ids = published(committing, *(Event("case.reported", {"case_id": n}) for n in range(6)))
    other_connection = places.connect_database("other")
    with other_connection as opened:
        other = Relay(opened, queue_redis, pace=Pace(batch=10))
        first = Relay(relay._connection, queue_redis, pace=Pace(batch=4))
        with relay._connection.transaction():
            held = ledger.lock_new(relay._connection, limit=4)
            assert other.send_new() == 2
        assert first.send_new() == 4

    assert len(held) == 4
    assert sorted(waiting(queue_redis)) == sorted(
        routes.gathered_id(some, 0, "triage") for some in (ids[:4], ids[4:])
    )


def test_backlog_counts_what_waits(
    relay: Relay, connection: psycopg.Connection, committing: Session
) -> None:
    published(committing, REPORTED, REPORTED)
    committing.execute(text("UPDATE outbox SET created_at = now() - interval '9 s'"))
    committing.commit()

    found = ledger.backlog(connection)

    assert (found.unsent, found.unconfirmed) == (2, 0)
    assert 8 < found.oldest < 60
