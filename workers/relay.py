"""The relay: reads the outbox, puts jobs into their queues, tells those who watch live, marks what is sent.

It may die between any two lines. What it has sent and not marked is sent again under the same job
id, and the receipt that each job leaves in its own transaction makes the second run do nothing.
Several relays may run at once: each locks the rows it works on and skips those of the others.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg
from psycopg import Connection
from redis import Redis, RedisError

from dispatch.kit.broadcast import Told, channel, encode
from workers import ledger, places, routes
from workers.ledger import Row
from workers.queues import Job, Sender, lengths
from workers.routes import BadEvent, Planned
from workers.signs import Signs

log = logging.getLogger(__name__)

#: Lives as long as Redis remembers anything; when it is gone, so are the queues.
EPOCH_KEY = "dispatch:relay:epoch"


@dataclass(frozen=True)
class Pace:
    """How many events at once, and in seconds: idle sleep, patience before sending again, checks.

    `gather` is the sleep after something was sent: what comes close behind shares its jobs.
    """

    batch: int = 400
    idle: float = 0.03
    gather: float = 0.2
    resend_after: float = 15.0
    resend_slowest: float = 900.0
    check_every: float = 1.0
    report_every: float = 5.0
    longest_wait: float = 5.0


class Relay:
    """One relay with its connection to the database and to Redis."""

    def __init__(self, connection: Connection, redis: Redis, *, pace: Pace) -> None:
        self._connection = connection
        self._redis = redis
        self._pace = pace
        self._sender = Sender(redis)
        self._told = ledger.told(connection)

    def send_new(self) -> int:
        """Send a batch of new events; how many there were."""
        if not ledger.anything_new(self._connection):
            return 0
        with self._connection.transaction():
            rows = ledger.lock_new(self._connection, limit=self._pace.batch)
            planned = self._plan(rows)
            jobs = routes.jobs_of(
                (row.id, row.attempts, job) for row in rows for job in planned.get(row.id, ())
            )
            self._write(jobs, live=rows)
            ledger.mark_sent(self._connection, {id_: len(jobs) for id_, jobs in planned.items()})
        return len(rows)

    def send_late_again(self, *, sent_before: datetime | None = None) -> int:
        """Send again what no receipt came for in time, or all that was sent before a moment.

        Jobs that still wait for their turn are left alone. How many events were looked at.
        """
        pace = self._pace
        with self._connection.transaction():
            if sent_before is None:
                rows = ledger.lock_late(
                    self._connection,
                    after=pace.resend_after,
                    slowest=pace.resend_slowest,
                    limit=pace.batch,
                )
            else:
                rows = ledger.lock_sent_before(self._connection, sent_before, limit=pace.batch)
            if rows:
                self._send_again(rows)
        return len(rows)

    def recover(self) -> None:
        """Send all open events again if Redis has forgotten them."""
        if not self._redis.set(EPOCH_KEY, datetime.now(UTC).isoformat(), nx=True):
            return
        moment = ledger.database_time(self._connection)
        while self.send_late_again(sent_before=moment):
            pass

    def look_up_told(self) -> None:
        """Read anew which events people are told of: an administrator may have changed the rules."""
        self._told = ledger.told(self._connection)

    def report(self, signs: Signs) -> None:
        """Give a sign of life, with what waits."""
        backlog = ledger.backlog(self._connection)
        queues = {name: count for name, count in lengths(self._redis).items() if count}
        signs.give(unsent=backlog.unsent, unconfirmed=backlog.unconfirmed, queues=queues)

    def _send_again(self, rows: list[Row]) -> None:
        planned = self._plan(rows)
        open_jobs = {
            row: [job for job in planned[row.id] if job.name not in row.done]
            for row in rows
            if row.id in planned
        }
        waiting = self._waiting(open_jobs)
        lost = {row: jobs for row, jobs in open_jobs.items() if row.id not in waiting}
        self._write(
            routes.jobs_of((row.id, row.attempts, job) for row in lost for job in lost[row])
        )
        ledger.mark_sent(self._connection, {row.id: len(planned[row.id]) for row in lost})
        ledger.look_later(self._connection, sorted(waiting))
        if lost:
            log.warning("sent %d events again that no receipt came for", len(lost))

    def _plan(self, rows: list[Row]) -> dict[int, tuple[Planned, ...]]:
        """The jobs of each event; events that cannot be routed become dead letters and are left out."""
        assignments = [
            item for row in rows for item in routes.assignments_in(row.name, row.payload)
        ]
        departments = ledger.codes_of(self._connection, assignments)
        planned = {}
        for row in rows:
            try:
                planned[row.id] = routes.plan(row.name, row.payload, departments, told=self._told)
            except BadEvent as error:  # it must not stop the others, nor be forgotten
                log.error("event %d cannot be routed: %s", row.id, error)  # noqa: TRY400
                ledger.bury(self._connection, row.id, str(error))
        return planned

    def _waiting(self, open_jobs: Mapping[Row, list[Planned]]) -> set[int]:
        """The events with a job that still stands in its queue."""
        jobs = [(row.id, job) for row, open_ in open_jobs.items() for job in open_]
        there = self._sender.waiting_in({job.queue for _, job in jobs})
        standing = {each for id_ in there for each in routes.events_in(id_)}
        return {event_id for event_id, job in jobs if (event_id, job.name) in standing}

    def _write(self, jobs: list[Job], *, live: Sequence[Row] = ()) -> None:
        if not jobs and not live:
            return
        with self._redis.pipeline(transaction=True) as pipeline:
            self._sender.add(jobs, pipeline)
            name = channel(places.redis_url()) if live else ""
            for row in live:
                pipeline.publish(name, encode(Told(row.id, row.name, row.payload)))
            pipeline.execute()


class Patience:
    """Waits longer after each failure in a row, and says only once that something is down."""

    def __init__(self, stop: threading.Event, *, longest: float) -> None:
        self._stop = stop
        self._longest = longest
        self._wait = 0.0

    def failed(self, error: Exception) -> None:
        """Note a failure and wait."""
        if not self._wait:
            log.error("cannot send, the events wait in the outbox: %s", error)
        self._wait = min(self._longest, max(0.1, self._wait * 2))
        self._stop.wait(self._wait)

    def worked(self) -> None:
        """Note a success."""
        if self._wait:
            log.info("sending again")
        self._wait = 0.0


def run(stop: threading.Event, *, pace: Pace | None = None) -> None:
    """Relay until told to stop, through any outage of the database or Redis."""
    pace = pace or Pace()
    redis = places.connect_redis()
    signs = Signs("relay", redis)
    patience = Patience(stop, longest=pace.longest_wait)
    while not stop.is_set():
        try:
            with places.connect_database("relay") as connection:
                relay = Relay(connection, redis, pace=pace)
                _work(relay, signs, stop, pace=pace, worked=patience.worked)
        except (psycopg.Error, RedisError) as error:
            patience.failed(error)


def _work(
    relay: Relay,
    signs: Signs,
    stop: threading.Event,
    *,
    pace: Pace,
    worked: Callable[[], None],
) -> None:
    next_check = next_report = 0.0
    while not stop.is_set():
        sent = relay.send_new()
        now = time.monotonic()
        if now >= next_check:
            relay.look_up_told()
            relay.recover()
            relay.send_late_again()
            next_check = now + pace.check_every
            worked()
        if now >= next_report:
            relay.report(signs)
            next_report = now + pace.report_every
        if sent < pace.batch:
            stop.wait(pace.gather if sent else pace.idle)
