"""The jobs of notices: plan who is told of events, and have what waits sent, beside the queue, a thread a way."""

import time
from collections.abc import Sequence
from functools import partial

from sqlalchemy.orm import Session

from dispatch.kit import clock
from dispatch.kit.db import open_session
from dispatch.notices.commands import (
    BATCH,
    Attempt,
    finish_attempts,
    hand_back,
    opt_in,
    opt_out_known,
    plan_events,
    take_due,
)
from dispatch.notices.events import Way
from dispatch.notices.senders.base import Outcome, Sender
from dispatch.notices.senders.choice import sender_for
from workers.beside import SENDERS
from workers.jobs.once import Item, once, together_once


def plan(*, items: Sequence[Item], job: str) -> None:
    """Plan what is to be told of these events."""
    for way in together_once(items, job, _plan):
        call(way)


def _plan(session: Session, items: Sequence[Item]) -> set[Way]:
    return plan_events(session, [each["event_id"] for each in items], at=clock.now())


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
            attempts = take_due(session, way, at=clock.now())
        if not attempts:
            break
        others |= _send(sender, way, attempts)
    for other in others - {way}:
        call(other)


def _send(sender: Sender, way: Way, attempts: Sequence[Attempt]) -> set[Way]:
    """Send these one after the other well within their lease; what is not tried is handed back."""
    others: set[Way] = set()
    unnoted: list[tuple[Attempt, Outcome]] = []
    tried, ends = 0, time.monotonic() + BATCH.total_seconds()
    try:
        for attempt in attempts:
            outcome = sender.send(attempt.sending)
            unnoted.append((attempt, outcome))
            tried += 1
            if not sender.knows_keys:
                others |= _note(sender, way, unnoted)
            if outcome.is_down or time.monotonic() > ends or SENDERS.stopping.is_set():
                break
    finally:
        others |= _note(sender, way, unnoted)
        if tried < len(attempts):
            with open_session() as session:
                hand_back(session, attempts[tried:], at=clock.now())
    return others


def _note(sender: Sender, way: Way, unnoted: list[tuple[Attempt, Outcome]]) -> set[Way]:
    """Put down what came of them; nothing is left to be put down."""
    if not unnoted:
        return set()
    with open_session() as session:
        others = finish_attempts(session, unnoted, way=way, provider=sender.name, at=clock.now())
    unnoted.clear()
    return others
