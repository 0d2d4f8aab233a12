"""Couriers: each carries one department's messages to its own system, one after the other, in a thread.

A department has at most one courier at a time, which the lease in `department_endpoints` sees to
over all workers. A system that hangs holds up its own courier and nobody else.
"""

from functools import partial

from dispatch.exchange import webhook
from dispatch.exchange.commands import finish_attempt, release_courier, take_next
from dispatch.kit import clock
from dispatch.kit.db import open_session
from workers.beside import COURIERS


def call(department_id: int) -> None:
    """Send a courier, unless one is on the way for this department."""
    COURIERS.start(f"department-{department_id}", partial(carry, department_id))


def carry(department_id: int) -> None:
    """Carry what is due until nothing is, or the pace, the circuit or the end of the process says stop."""
    holding = False
    while not COURIERS.stopping.is_set():
        with open_session() as session:
            attempt = take_next(session, department_id, at=clock.now(), holding=holding)
        if attempt is None:
            return
        holding = True
        outcome = webhook.send(attempt.message, at=clock.now())
        with open_session() as session:
            finish_attempt(session, attempt, outcome, at=clock.now())
    if holding:
        with open_session() as session:
            release_courier(session, department_id)
