"""Rounds over all figures, each step in a transaction of its own, so that nobody waits for long."""

import time
from collections.abc import Callable, Sequence
from datetime import date

from dispatch.kit import clock
from dispatch.kit.db import open_session
from dispatch.supervision.commands.rebuild import (
    Compared,
    mend_counts,
    mend_facts,
    months_of,
    nightly,
    note_check,
)
from dispatch.supervision.commands.rollup import (
    bound_now,
    leave_to_rebuild,
    oldest_under_way,
)
from dispatch.supervision.measures import Span
from dispatch.supervision.model import FigureCheck

#: How often it is asked whether those who were writing when a rebuild began have ended.
PAUSE = 0.2
Say = Callable[[Span, Compared], None]


def _silent(_span: Span, _found: Compared) -> None:
    """Nobody listens."""


def compare(
    months: Sequence[Span], *, say: Say = _silent, facts_since: date = date.min
) -> FigureCheck | None:
    """Compare these months with the history, heal what differs, and keep what was found.

    Months before `facts_since` have no history: what is known of their cases stays, counts are compared.
    """
    if not months:
        return None
    begun, found = time.monotonic(), Compared(0, 0, 0)
    for step in (mend_facts, mend_counts):
        for month in months:
            if step is mend_facts and month.until <= facts_since:
                continue
            with open_session() as session:
                got = step(session, month, at=clock.now())
            say(month, got)
            found = found.plus(got)
    span = Span(months[0].since, months[-1].until)
    with open_session() as session:
        return note_check(session, span, found, at=clock.now(), seconds=time.monotonic() - begun)


def rebuild(*, say: Say = _silent, facts_since: date = date.min) -> FigureCheck | None:
    """Work out every figure anew from the history, as soon as those who are writing now have ended."""
    with open_session() as session:
        last_id, number = bound_now(session)
    while True:
        with open_session() as session:
            if oldest_under_way(session) >= number:
                break
        time.sleep(PAUSE)
    with open_session() as session:
        leave_to_rebuild(session, last_id=last_id)
        months = months_of(session, at=clock.now())
    return compare(months, say=say, facts_since=facts_since)


def check_tonight() -> None:
    """What a night looks at."""
    now = clock.now()
    with open_session() as session:
        months = list(nightly(months_of(session, at=now), day=clock.city_date(now)))
    compare(months)
