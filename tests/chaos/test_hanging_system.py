"""A department whose system never answers holds up nobody else."""

import logging
import time
from collections.abc import Iterator

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.departments.model import DepartmentEndpoint
from dispatch.exchange.model import Delivery, DeliveryKind, DeliveryStatus
from dispatch.kit import alive
from tests.chaos.reporters import take_in
from tests.chaos.stack import Stack
from tests.factories.city import City
from tests.factories.servers import Partner, RedisServer, wait_until

pytestmark = pytest.mark.chaos
log = logging.getLogger(__name__)

REPORTS = 60


@pytest.fixture
def hanging() -> Iterator[Partner]:
    made = Partner("hang")
    yield made
    made.close()


@pytest.fixture
def healthy() -> Iterator[Partner]:
    made = Partner()
    yield made
    made.close()


def count(session: Session, department_id: int, kind: str, status: str) -> int:
    session.rollback()
    asked = (
        select(func.count())
        .select_from(Delivery)
        .where(
            Delivery.department_id == department_id,
            Delivery.kind == kind,
            Delivery.status == status,
        )
    )
    return session.scalar(asked) or 0


def test_hanging_system_of_one_department_delays_no_other(
    stack: Stack,
    redis_server: RedisServer,
    session: Session,
    city: City,
    hanging: Partner,
    healthy: Partner,
) -> None:
    for department, partner in ((city.works, hanging), (city.cleaners, healthy)):
        session.add(
            DepartmentEndpoint(
                department_id=department.id,
                url=partner.url,
                secret_version=1,
                timeout_s=3,
                rate_per_minute=6000,
            )
        )
    session.commit()
    stack.start("relay", "clock", "worker")
    wait_until(lambda: len(alive.last_signs(redis_server.client())) == 3, seconds=60)

    for number in range(REPORTS):
        take_in("路口的井盖不见了", key=f"cover {number}")
        take_in("路边有暴露垃圾", key=f"litter {number}")
        time.sleep(0.05)

    wait_until(lambda: len(healthy.received) >= REPORTS, seconds=10)
    delivered = DeliveryStatus.DELIVERED
    units = (city.works.id, city.cleaners.id)
    wait_until(
        lambda: all(
            count(session, unit, DeliveryKind.INBOX, delivered) == REPORTS for unit in units
        ),
        seconds=5,
    )
    delays = sorted(
        (row.delivered_at - row.created_at).total_seconds()
        for row in session.scalars(
            select(Delivery).where(
                Delivery.department_id == city.cleaners.id, Delivery.kind == DeliveryKind.WEBHOOK
            )
        )
        if row.delivered_at is not None
    )
    log.info("webhook delay: median %.3f s, worst %.3f s", delays[len(delays) // 2], delays[-1])
    assert len(delays) == REPORTS
    assert delays[int(0.95 * len(delays))] < 1.0
    # The hanging system was tried one message at a time, and then left alone.
    assert count(session, city.works.id, DeliveryKind.WEBHOOK, delivered) == 0
    assert 1 <= len(hanging.received) <= 4
