"""Open or not: posted hours in the city's time, and live reports while they are fresh."""

from datetime import UTC, datetime, timedelta

import pytest

from dispatch.facilities.hours import FRESH, is_live, is_open
from dispatch.facilities.model import Facility

#: A Friday, 10:00 in the city.
FRIDAY_MORNING = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


def _toilet(
    hours: str = "24/7", *, said: bool | None = None, said_at: datetime | None = None
) -> Facility:
    return Facility(opening_hours=hours, open_reported=said, availability_at=said_at)


@pytest.mark.parametrize(
    ("hours", "at", "expected"),
    [
        ("24/7", FRIDAY_MORNING, True),
        ("06:00-23:00", FRIDAY_MORNING, True),
        ("06:00-09:30", FRIDAY_MORNING, False),
        # 22:30 UTC is 06:30 of the next day in the city
        ("06:00-23:00", datetime(2026, 11, 20, 22, 30, tzinfo=UTC), True),
        ("22:00-07:00", datetime(2026, 11, 20, 22, 30, tzinfo=UTC), True),
        ("Mo-Fr 07:00-21:00; Sa,Su,PH off", datetime(2026, 11, 21, 2, 0, tzinfo=UTC), False),
        # National Day: a Thursday, and a holiday
        ("Mo-Fr 07:00-21:00; PH off", datetime(2026, 10, 1, 2, 0, tzinfo=UTC), False),
    ],
)
def test_posted_hours_are_read_in_the_citys_time(hours: str, at: datetime, expected: bool) -> None:
    assert is_open(_toilet(hours), at=at) is expected


def test_hours_that_cannot_be_read_are_not_guessed() -> None:
    assert is_open(_toilet("白天"), at=FRIDAY_MORNING) is None


def test_a_fresh_live_report_beats_the_posted_hours() -> None:
    closed = _toilet(said=False, said_at=FRIDAY_MORNING - FRESH)

    assert is_open(closed, at=FRIDAY_MORNING) is False


def test_a_stale_live_report_is_forgotten() -> None:
    closed = _toilet(said=False, said_at=FRIDAY_MORNING - FRESH - timedelta(seconds=1))

    assert is_open(closed, at=FRIDAY_MORNING) is True
    assert not is_live(closed, at=FRIDAY_MORNING)


def test_a_report_of_spaces_alone_says_nothing_of_opening() -> None:
    counted = _toilet("06:00-09:30", said_at=FRIDAY_MORNING)

    assert is_open(counted, at=FRIDAY_MORNING) is False
