"""While processes are killed and Redis is wiped, every report reaches its department exactly once."""

import logging
import random
import threading
import time
from collections.abc import Callable

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from dispatch.cases.model import Case, CaseAssignment
from dispatch.cases.states import Stage
from dispatch.exchange.model import Delivery, DeliveryKind
from dispatch.kit.outbox import OutboxRow
from tests.chaos.reporters import Reporter, WebReporter
from tests.chaos.stack import Stack
from tests.factories.servers import RedisServer, wait_until

pytestmark = pytest.mark.chaos
log = logging.getLogger(__name__)

#: A job that died with its worker is sent again after 15 s, and 30 s later if it dies again.
SETTLED_WITHIN = 60.0


def storm(stack: Stack, redis_server: RedisServer) -> list[str]:
    """Blows in a mixed order: every process but the web several times, the web once, and Redis."""

    def strike(name: str) -> Callable[[], None]:
        def kill_and_start() -> None:
            stack.kill(name)
            stack.start(name)

        return kill_and_start

    def restart_redis() -> None:
        redis_server.kill()
        time.sleep(0.5)
        redis_server.start()

    blows: dict[str, Callable[[], object]] = {
        "relay": strike("relay"),
        "worker": stack.kill_one_of_crew,
        "clock": strike("clock"),
        "flush": redis_server.client().flushall,
        "redis": restart_redis,
        "web": strike("web"),
        "crew": strike("crew"),
    }
    rare = ["web", "crew"]
    order = [name for name in blows if name not in rare] * 2 + rare
    random.shuffle(order)
    for name in order:
        time.sleep(random.uniform(0.2, 1.4))
        blows[name]()
    return order


def unfinished(session: Session) -> int:
    """Cases that are not with a department, and assignments without their inbox delivery."""
    session.rollback()
    undispatched = select(func.count()).select_from(Case).where(Case.stage != Stage.DISPATCHED)
    delivered = select(Delivery.assignment_id).where(Delivery.kind == DeliveryKind.INBOX)
    undelivered = (
        select(func.count()).select_from(CaseAssignment).where(CaseAssignment.id.not_in(delivered))
    )
    return (session.scalar(undispatched) or 0) + (session.scalar(undelivered) or 0)


def open_events(session: Session) -> list[int]:
    """Events that are not sent or not done."""
    session.rollback()
    waits = OutboxRow.sent_at.is_(None) | (OutboxRow.confirmed < OutboxRow.jobs)
    return list(session.scalars(select(OutboxRow.id).where(waits)))


def test_every_report_reaches_its_department_exactly_once(
    stack: Stack, redis_server: RedisServer, session: Session
) -> None:
    stack.start("relay", "clock", "crew", "web")
    stack.wait_for_web()
    stop = threading.Event()
    reporters = [kind(stack.base_url, stop) for kind in (Reporter, Reporter, WebReporter)]
    for reporter in reporters:
        reporter.start()

    order = storm(stack, redis_server)

    stop.set()
    for reporter in reporters:
        reporter.join()
    took = wait_until(lambda: unfinished(session) == 0, seconds=SETTLED_WITHIN, step=0.25)

    answered = {key: id_ for reporter in reporters for key, id_ in reporter.answered.items()}
    log.info("%d reports, %d blows: %s; settled in %.1f s", len(answered), len(order), order, took)
    assert len(answered) > 60
    # One case a key, whatever was sent twice; every answer that was given names one of them.
    ids = session.scalars(select(Case.public_id)).all()
    assert len(set(answered.values())) == len(answered)
    assert set(answered.values()) == set(ids)
    # Each dispatched once and delivered once.
    assert session.scalar(select(func.count()).select_from(CaseAssignment)) == len(ids)
    assert session.scalar(select(func.count()).select_from(Delivery)) == len(ids)
    twice = text(
        "SELECT case_id FROM case_history WHERE verb = 'dispatch' GROUP BY 1 HAVING count(*) > 1"
    )
    assert session.execute(twice).all() == []
    # Nothing stays behind in the outbox.
    wait_until(lambda: not open_events(session), seconds=SETTLED_WITHIN, step=0.25)
