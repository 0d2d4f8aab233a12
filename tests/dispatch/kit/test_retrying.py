"""When to try again, when to leave a system alone, how fast to send."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.kit.retrying import (
    FAILURES_TO_OPEN,
    LONGEST_PAUSE,
    LONGEST_REST,
    Blame,
    blame,
    next_slot,
    pause_after,
    rest_after,
)

START = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "fault"),
    [
        (200, Blame.NOBODY),
        (204, Blame.NOBODY),
        (302, Blame.MESSAGE),
        (400, Blame.MESSAGE),
        (422, Blame.MESSAGE),
        (401, Blame.SYSTEM),
        (404, Blame.SYSTEM),
        (429, Blame.SYSTEM),
        (503, Blame.SYSTEM),
        (None, Blame.SYSTEM),
    ],
)
def test_who_is_to_blame_for_an_answer(status: int | None, fault: Blame) -> None:
    assert blame(status) is fault


def test_pauses_grow_and_end_at_the_longest() -> None:
    pauses = [pause_after(attempt, luck=0.5) for attempt in range(1, 12)]

    assert pauses == sorted(pauses)
    assert pauses[0] == timedelta(seconds=15)
    assert pauses[1] == timedelta(minutes=1)
    assert pauses[-1] == LONGEST_PAUSE


def test_pauses_vary_by_a_fifth() -> None:
    assert pause_after(1, luck=0.0) == timedelta(seconds=12)
    assert pause_after(1, luck=1.0) == timedelta(seconds=18)


def test_the_system_may_ask_for_a_longer_pause_but_not_for_ever() -> None:
    assert pause_after(1, luck=0.5, asked=120) == timedelta(seconds=120)
    assert pause_after(1, luck=0.5, asked=10**9) == LONGEST_PAUSE


def test_a_system_is_left_alone_after_several_failures_and_each_time_longer() -> None:
    rests = [rest_after(failures) for failures in range(1, 20)]

    assert rests[: FAILURES_TO_OPEN - 1] == [None] * (FAILURES_TO_OPEN - 1)
    later = [rest for rest in rests if rest is not None]
    assert later == sorted(later)
    assert later[0] == timedelta(seconds=30)
    assert later[-1] == LONGEST_REST


@given(
    rate=st.integers(1, 300),
    steps=st.lists(st.floats(0.0, 5.0), min_size=1, max_size=400),
)
def test_in_no_minute_does_more_than_the_rate_leave(rate: int, steps: list[float]) -> None:
    at, slot, left = START, None, []
    for step in steps:
        at += timedelta(seconds=step)
        earliest, kept = next_slot(slot, rate_per_minute=rate, at=at)
        if earliest <= at:
            slot = kept
            left.append(at)
    for first in left:
        minute = [each for each in left if first <= each < first + timedelta(minutes=1)]
        assert len(minute) <= rate + 1


@given(rate=st.integers(1, 6000))
def test_a_quarter_of_a_minutes_messages_may_leave_at_once(rate: int) -> None:
    slot, count = None, 0
    while True:
        earliest, kept = next_slot(slot, rate_per_minute=rate, at=START)
        if earliest > START:
            break
        slot, count = kept, count + 1
    assert count == rate // 4 + 1
