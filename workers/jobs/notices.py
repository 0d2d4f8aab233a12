"""The jobs of notices: plan who is told of events, and have what waits sent, beside the queue, a thread a way."""

from functools import partial

from dispatch.kit import clock
from dispatch.kit.db import open_session
from dispatch.kit.outbox import claim_job
from dispatch.notices.commands import (
    finish_attempt,
    opt_in,
    opt_out_known,
    plan_events,
    take_next,
)
from dispatch.notices.events import Way
from dispatch.notices.senders import sender_for
from workers.beside import SENDERS
from workers.jobs.once import once


def plan(*, items: list[dict[str, int]], job: str) -> None:
    """Plan what is to be told of these events; those that were planned before are left out."""
    events = [item["event_id"] for item in items]
    with open_session() as session:
        fresh = [each for each in events if claim_job(session, event_id=each, job=job)]
        ways = plan_events(session, fresh, at=clock.now()) if fresh else set()
    for way in ways:
        call(way)


def send_waiting(*, event_id: int, job: str, way: str) -> None:
    """Send what somebody has just written; the clock finds it too should this die."""
    with once(event_id, job):
        pass
    call(Way(way))


def opt_out(*, event_id: int, job: str, recipient: str, masked: str, wants: bool) -> None:
    """Send a follower nothing more by WeChat, or again."""
    ways, mark = (Way.WECHAT_MESSAGE, Way.WECHAT_TEMPLATE), bytes.fromhex(recipient)
    with once(event_id, job) as session:
        if session is None:
            return
        if wants:
            opt_in(session, ways=ways, recipient_hash=mark)
        else:
            opt_out_known(
                session,
                ways=ways,
                recipient_hash=mark,
                recipient=masked,
                source="wechat",
                at=clock.now(),
            )


def call(way: Way) -> None:
    """Have somebody send what waits by this way, unless somebody does here."""
    SENDERS.start(f"notices-{way}", partial(carry, way))


def carry(way: Way) -> None:
    """Send what is due until nothing is, or the provider or the end of the process says stop."""
    sender = sender_for(way)
    others: set[Way] = set()
    while sender is not None and not SENDERS.stopping.is_set():
        with open_session() as session:
            attempt = take_next(session, way, at=clock.now())
        if attempt is None:
            break
        outcome = sender.send(attempt.sending)
        with open_session() as session:
            others |= finish_attempt(
                session, attempt, outcome, provider=sender.name, at=clock.now()
            )
    for other in others - {way}:
        call(other)
