"""The rules of sending to other systems: when to try again, when to leave a system alone, how fast."""

from datetime import datetime, timedelta
from enum import StrEnum

FIRST_PAUSE = timedelta(seconds=15)
PAUSE_GROWTH = 4.0
LONGEST_PAUSE = timedelta(hours=6)
#: Share of a pause by which it varies, so that what failed together does not come back together.
JITTER = 0.2

#: So many failures in a row of the system itself, and it is left alone for a while.
FAILURES_TO_OPEN = 3
FIRST_REST = timedelta(seconds=30)
LONGEST_REST = timedelta(minutes=15)

#: Added to the time limit of a message; after that a courier is taken for dead.
LEASE_SLACK = timedelta(seconds=10)


class Blame(StrEnum):
    """Whose fault a failure is, which decides whether the system is left alone."""

    NOBODY = "nobody"
    MESSAGE = "message"
    SYSTEM = "system"


#: Answers that say something of the system, not of the message; 5xx does so too.
SYSTEM_STATUSES = frozenset({401, 403, 404, 408, 425, 429})


def blame(status: int | None) -> Blame:
    """Whose fault an HTTP status is; None is no answer at all."""
    if status is None or status >= 500 or status in SYSTEM_STATUSES:
        return Blame.SYSTEM
    return Blame.NOBODY if 200 <= status < 300 else Blame.MESSAGE


def pause_after(attempts: int, *, luck: float, asked: float | None = None) -> timedelta:
    """How long to wait after so many failed attempts.

    `luck` is 0–1; `asked` the seconds that the system asked for (Retry-After).
    """
    pause = min(LONGEST_PAUSE, FIRST_PAUSE * PAUSE_GROWTH ** min(attempts - 1, 10))
    pause *= 1 - JITTER + 2 * JITTER * luck
    return max(pause, min(LONGEST_PAUSE, timedelta(seconds=asked or 0.0)))


def rest_after(failures: int) -> timedelta | None:
    """How long a system is left alone after so many failures in a row; None: it is not."""
    if failures < FAILURES_TO_OPEN:
        return None
    return min(LONGEST_REST, FIRST_REST * 2.0 ** min(failures - FAILURES_TO_OPEN, 10))


def next_slot(
    slot: datetime | None, *, rate_per_minute: int, at: datetime
) -> tuple[datetime, datetime]:
    """From when the next message may leave, and the slot to keep once it has.

    A quarter of the minute's messages may leave at once, the rest follow at an even pace; in no
    minute does more than the rate leave (one more at the boundary).
    """
    burst = rate_per_minute // 4
    spacing = timedelta(minutes=1) / max(1, rate_per_minute - burst)
    slot = slot or at
    return slot - burst * spacing, max(slot, at) + spacing
