"""Each process by itself: it ends when asked, outlives its servers, and a crew replaces its dead."""

import os
import time
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.kit import alive
from dispatch.kit.outbox import Event, OutboxRow, publish
from tests.chaos.stack import Stack, is_alive
from tests.factories.servers import RedisServer, wait_until

pytestmark = pytest.mark.chaos


def resident_megabytes(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def test_every_process_says_that_it_lives_and_ends_when_asked(
    stack: Stack, redis_server: RedisServer
) -> None:
    names = ("relay", "clock", "worker")
    stack.start(*names)
    redis = redis_server.client()
    wait_until(lambda: set(alive.last_signs(redis)) == {"relay", "clock", "worker"}, seconds=60)

    for name in ("relay", "clock"):
        assert resident_megabytes(stack.pid(name)) < 75, name
    for name in names:
        started = time.monotonic()
        assert stack.terminate(name) == 0, stack.said(name)
        assert time.monotonic() - started < 5
        assert "Traceback" not in stack.said(name)


def test_crew_replaces_a_worker_that_dies_and_goes_with_its_parent(stack: Stack) -> None:
    stack.start("crew")
    wait_until(lambda: len(stack.crew()) == 2, seconds=60)

    victim = stack.kill_one_of_crew()

    wait_until(lambda: len(stack.crew() - {victim}) == 2, seconds=60)
    left = stack.crew()
    stack.kill("crew")
    wait_until(lambda: not any(map(is_alive, left)), seconds=60)


def test_events_of_an_outage_of_redis_are_sent_when_it_is_back(
    stack: Stack, redis_server: RedisServer, session: Session
) -> None:
    stack.start("relay")
    wait_until(lambda: alive.last_signs(redis_server.client()), seconds=60)
    redis_server.kill()
    publish(session, Event("case.noted", {"case_id": 1}))
    session.commit()
    time.sleep(1.0)
    assert stack.is_running("relay")
    assert session.scalars(select(OutboxRow.sent_at)).all() == [None]
    session.rollback()

    redis_server.start()

    def is_sent() -> bool:
        session.rollback()
        return session.scalars(select(OutboxRow.sent_at)).all() != [None]

    wait_until(is_sent, seconds=10)
    assert stack.said("relay").count("cannot send") == 1
