"""The outbox as the relay reads and marks it: plain SQL, because the relay does nothing else all day."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection

#: An event that was sent this often and still is not done is a dead letter: shown, not sent again.
MOST_ATTEMPTS = 8

_WAITS = "SELECT 1 FROM outbox WHERE sent_at IS NULL LIMIT 1"
_NEW = """
SELECT id, name, payload, attempts, ARRAY[]::text[], 0.0
FROM outbox WHERE sent_at IS NULL
ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
"""
_OPEN = """
SELECT id, name, payload, attempts,
       ARRAY(SELECT job FROM job_receipts WHERE event_id = outbox.id),
       extract(epoch FROM clock_timestamp() - sent_at)::float8
FROM outbox
WHERE sent_at IS NOT NULL AND confirmed < jobs AND attempts < %(most)s AND sent_at <= {until}
ORDER BY sent_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
"""
_SENT_BEFORE = _OPEN.format(until="%(before)s")
_LATE = _OPEN.format(
    until="""clock_timestamp() - make_interval(
        secs => least(%(slowest)s, %(after)s * 2.0 ^ greatest(attempts - 1, 0)))"""
)
_MARK = """
UPDATE outbox SET sent_at = clock_timestamp(), jobs = sent.jobs, attempts = attempts + 1
FROM unnest(%(ids)s::bigint[], %(jobs)s::smallint[]) AS sent (id, jobs)
WHERE outbox.id = sent.id
"""
_LATER = "UPDATE outbox SET sent_at = clock_timestamp() WHERE id = ANY(%(ids)s)"
_BURY = """
UPDATE outbox SET sent_at = clock_timestamp(), jobs = 1, attempts = %(most)s, last_error = %(error)s
WHERE id = %(id)s
"""
_CODES = """
SELECT a.id, d.code FROM case_assignments a JOIN departments d ON d.id = a.department_id
WHERE a.id = ANY(%(ids)s)
"""
_TOLD = "SELECT DISTINCT event FROM notice_rules WHERE active"
_BACKLOG = """
SELECT unsent.count, unsent.oldest, late.count
FROM (SELECT count(*),
             coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0)::float8 AS oldest
      FROM outbox WHERE sent_at IS NULL) AS unsent,
     (SELECT count(*) FROM outbox WHERE sent_at IS NOT NULL AND confirmed < jobs) AS late
"""


@dataclass(frozen=True, eq=False)
class Row:
    """An event in the outbox; `done` names the jobs that have a receipt, `age` is since sending (s)."""

    id: int
    name: str
    payload: dict[str, Any]
    attempts: int
    done: Sequence[str]
    age: float


@dataclass(frozen=True)
class Backlog:
    """How many events wait to be sent, for how many seconds at most, and how many to be done."""

    unsent: int
    oldest: float
    unconfirmed: int


def anything_new(connection: Connection) -> bool:
    """Whether an event waits to be sent."""
    return connection.execute(_WAITS).fetchone() is not None


def lock_new(connection: Connection, *, limit: int) -> list[Row]:
    """The oldest events that were not sent, locked against other relays."""
    return [Row(*row) for row in connection.execute(_NEW, {"limit": limit})]


def lock_late(connection: Connection, *, after: float, slowest: float, limit: int) -> list[Row]:
    """Events that no receipt came for in time: `after` seconds, twice as long after each attempt."""
    asked = {"after": after, "slowest": slowest, "limit": limit, "most": MOST_ATTEMPTS}
    return [Row(*row) for row in connection.execute(_LATE, asked)]


def lock_sent_before(connection: Connection, before: datetime, *, limit: int) -> list[Row]:
    """Events sent before a moment that are not done."""
    asked = {"before": before, "limit": limit, "most": MOST_ATTEMPTS}
    return [Row(*row) for row in connection.execute(_SENT_BEFORE, asked)]


def database_time(connection: Connection) -> datetime:
    """Now, as the database has it."""
    row = connection.execute("SELECT clock_timestamp()").fetchone()
    assert row is not None  # noqa: S101 - it always has a row
    found: datetime = row[0]
    return found


def mark_sent(connection: Connection, jobs: dict[int, int]) -> None:
    """Note that these events were sent now, each with so many jobs."""
    if jobs:
        connection.execute(_MARK, {"ids": list(jobs), "jobs": list(jobs.values())})


def look_later(connection: Connection, ids: list[int]) -> None:
    """Note that the jobs of these events still wait for their turn."""
    if ids:
        connection.execute(_LATER, {"ids": ids})


def bury(connection: Connection, event_id: int, error: str) -> None:
    """Make an event a dead letter, with the reason."""
    connection.execute(_BURY, {"id": event_id, "error": error, "most": MOST_ATTEMPTS})


def codes_of(connection: Connection, assignments: Iterable[int]) -> dict[int, str]:
    """The department code of each assignment."""
    wanted = list(assignments)
    if not wanted:
        return {}
    return {row[0]: row[1] for row in connection.execute(_CODES, {"ids": wanted})}


def told(connection: Connection) -> frozenset[str]:
    """The events that somebody is told of, by the administrator's rules."""
    return frozenset(row[0] for row in connection.execute(_TOLD))


def backlog(connection: Connection) -> Backlog:
    """What is not sent and what is not done."""
    row = connection.execute(_BACKLOG).fetchone()
    assert row is not None  # noqa: S101 - an aggregate always has a row
    return Backlog(*row)
