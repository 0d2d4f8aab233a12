"""Limits and clocks: against a count minute by minute over years with holidays, and by example."""

import timeit
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from importlib.resources import files
from itertools import product

import holidays
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dispatch.kit.clock import CITY_ZONE
from dispatch.kit.worktime import (
    Calendar,
    Clock,
    Limit,
    Segment,
    Unit,
    china_calendar,
    due,
    due_at,
    elapsed,
    in_units,
    is_paused,
    latest_start,
    pause,
    resume,
    segments,
    share_used,
    used,
    warn_at,
)

OVERRIDES = {date(2026, 3, 7): True, date(2026, 3, 9): False, date(2027, 1, 9): True}
CALENDAR = china_calendar(2018, 2028, overrides=OVERRIDES)
DAY_ONE = datetime(2018, 1, 1, tzinfo=CITY_ZONE)
MINUTE = timedelta(minutes=1)


def count_minutes() -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return for every minute of 2018–2028 whether it is worked, straight from the rules."""
    china = holidays.country_holidays("CN", years=range(2018, 2029))
    hours = np.isin(np.arange(24), [8, 9, 10, 11, 14, 15, 16, 17])
    day = np.repeat(hours, 60)
    days = [date(2018, 1, 1) + timedelta(days=i) for i in range(4018)]
    working = [OVERRIDES.get(d, china.is_working_day(d)) for d in days]
    assert days[-1] == date(2028, 12, 31)
    return np.concatenate([day if works else np.zeros(1440, dtype=bool) for works in working])


WORKED = count_minutes()
DONE = np.concatenate([[0], np.cumsum(WORKED)])

minutes = st.integers(0, len(WORKED) - 400 * 1440)
units = st.sampled_from(list(Unit))
work_units = st.sampled_from([Unit.WORK_HOUR, Unit.WORK_DAY])


def instant(minute: int) -> datetime:
    return DAY_ONE + minute * MINUTE


def city(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CITY_ZONE)


@st.composite
def clocks(draw: st.DrawFn, *, closed: bool = True) -> Clock:
    start = draw(minutes)
    steps = draw(st.lists(st.integers(0, 20_000), max_size=8))
    ends = [instant(m) for m in np.cumsum([start, *steps]).tolist()[1:]]
    pairs: list[tuple[datetime, datetime | None]] = list(zip(ends[0::2], ends[1::2], strict=False))
    if not closed and len(ends) % 2:
        pairs.append((ends[-1], None))
    return Clock(instant(start), tuple(pairs))


@given(minutes, st.integers(0, 300_000))
def test_worked_time_agrees_with_a_count_minute_by_minute(start: int, length: int) -> None:
    counted = elapsed(instant(start), instant(start + length), CALENDAR, Unit.WORK_HOUR)
    assert counted == int(WORKED[start : start + length].sum()) * MINUTE


@given(minutes, st.integers(1, 30_000))
def test_due_time_agrees_with_a_count_minute_by_minute(start: int, worked: int) -> None:
    limit = Limit(Decimal(worked) / 60, Unit.WORK_HOUR)
    expected = int(np.searchsorted(DONE, DONE[start] + worked))
    assert abs(due_at(instant(start), limit, CALENDAR) - instant(expected)) <= timedelta(
        microseconds=1
    )


@given(minutes, units, st.integers(1, 60))
def test_what_is_elapsed_by_the_due_time_is_the_limit(start: int, unit: Unit, value: int) -> None:
    limit = Limit(value, unit)
    at = due_at(instant(start), limit, CALENDAR)
    assert in_units(elapsed(instant(start), at, CALENDAR, unit), unit, CALENDAR) == value
    just_before = at - timedelta(microseconds=1)
    assert in_units(elapsed(instant(start), just_before, CALENDAR, unit), unit, CALENDAR) < value


@given(minutes, units, st.integers(1, 60))
def test_latest_start_is_the_last_from_which_a_limit_has_run_out(
    end: int, unit: Unit, value: int
) -> None:
    limit, at = Limit(value, unit), instant(end)
    start = latest_start(at, limit, CALENDAR)
    if start is None or start < DAY_ONE:
        return
    assert due_at(start, limit, CALENDAR) <= at
    assert due_at(start + timedelta(microseconds=1), limit, CALENDAR) > at


@given(minutes, work_units, st.floats(0.001, 40))
def test_work_limits_are_never_due_outside_working_time(
    start: int, unit: Unit, value: float
) -> None:
    at = due_at(instant(start), Limit(value, unit), CALENDAR)
    moment = int((at - timedelta(microseconds=1) - DAY_ONE) / MINUTE)
    assert WORKED[moment]


@given(minutes, st.integers(0, 5_000), units, st.integers(1, 40))
def test_a_later_start_is_never_due_earlier(start: int, later: int, unit: Unit, value: int) -> None:
    limit = Limit(value, unit)
    first = due_at(instant(start), limit, CALENDAR)
    assert first <= due_at(instant(start + later), limit, CALENDAR)
    assert first < due_at(instant(start), Limit(value + 1, unit), CALENDAR)


@given(clocks(closed=False), st.integers(0, 200_000), units)
def test_time_used_is_what_the_segments_add_up_to(clock: Clock, length: int, unit: Unit) -> None:
    at = clock.started + length * MINUTE
    stretches = segments(clock, at, CALENDAR, unit)
    assert sum((s.length for s in stretches), timedelta()) == used(clock, at, CALENDAR, unit)
    for stretch in stretches:
        assert clock.started <= stretch.start < stretch.end <= at
        for stopped, went_on in clock.pauses:
            assert stretch.end <= stopped or (went_on is not None and stretch.start >= went_on)
        if unit.is_worked:
            begin = int((stretch.start - DAY_ONE) / MINUTE)
            assert WORKED[begin : int((stretch.end - DAY_ONE) / MINUTE)].all()


@given(clocks(), units, st.integers(1, 40))
def test_a_paused_clock_is_due_when_the_limit_is_used(clock: Clock, unit: Unit, value: int) -> None:
    limit = Limit(value, unit)
    at = due(clock, limit, CALENDAR)
    assert at is not None
    assert in_units(used(clock, at, CALENDAR, unit), unit, CALENDAR) == value
    assert share_used(clock, at, limit, CALENDAR) == 1
    assert due_at(clock.started, limit, CALENDAR) <= at
    warned = warn_at(clock, limit, CALENDAR)
    assert warned is not None
    assert warned < at
    assert share_used(clock, warned, limit, CALENDAR) == pytest.approx(0.8)


@given(minutes, st.integers(0, 3_000), st.integers(0, 20_000), units, st.integers(1, 40))
def test_a_pause_moves_the_due_time_by_what_it_would_have_counted(
    start: int, before: int, length: int, unit: Unit, value: int
) -> None:
    limit = Limit(value, unit)
    plain = due_at(instant(start), limit, CALENDAR)
    stopped, went_on = instant(start + before), instant(start + before + length)
    assume(stopped < plain)
    at = due(resume(pause(Clock(instant(start)), stopped), went_on), limit, CALENDAR)
    assert at is not None
    lost = elapsed(stopped, went_on, CALENDAR, unit)
    assert elapsed(instant(start), at, CALENDAR, unit) == lost + elapsed(
        instant(start), plain, CALENDAR, unit
    )
    if not unit.is_worked:
        assert at == plain + length * MINUTE


@given(clocks(closed=False), units)
def test_adding_a_pause_of_no_length_changes_nothing(clock: Clock, unit: Unit) -> None:
    assume(not is_paused(clock))
    at = max([clock.started, *(to for _, to in clock.pauses if to is not None)])
    limit = Limit(3, unit)
    assert due(resume(pause(clock, at), at), limit, CALENDAR) == due(clock, limit, CALENDAR)


@pytest.mark.parametrize(
    ("start", "limit", "expected"),
    [
        ("2026-03-02 08:00", Limit(8, Unit.WORK_HOUR), "2026-03-02 18:00"),
        ("2026-03-02 08:00", Limit(1, Unit.WORK_DAY), "2026-03-02 18:00"),
        ("2026-03-02 08:00", Limit(4, Unit.WORK_HOUR), "2026-03-02 12:00"),
        ("2026-03-02 12:30", Limit(1, Unit.WORK_HOUR), "2026-03-02 15:00"),
        ("2026-03-02 18:00", Limit(1, Unit.WORK_DAY), "2026-03-03 18:00"),
        ("2026-03-02 17:30", Limit(1, Unit.WORK_DAY), "2026-03-03 17:30"),
        ("2026-03-02 17:30", Limit(2, Unit.HOUR), "2026-03-02 19:30"),
        ("2026-03-06 23:59", Limit(2, Unit.DAY), "2026-03-08 23:59"),
        ("2026-03-02 09:10", Limit(15, Unit.MINUTE), "2026-03-02 09:25"),
        # a Friday: Saturday the 7th is worked and Monday the 9th is off, by the city's own table
        ("2026-03-06 17:00", Limit(2, Unit.WORK_DAY), "2026-03-10 17:00"),
        # Spring Festival 2026: worked on Saturday 14 and 28 February, off from the 15th to the 23rd
        ("2026-02-13 16:00", Limit(1, Unit.WORK_DAY), "2026-02-14 16:00"),
        ("2026-02-14 16:00", Limit(1, Unit.WORK_DAY), "2026-02-24 16:00"),
        ("2026-02-27 16:00", Limit(1, Unit.WORK_DAY), "2026-02-28 16:00"),
        # National Day 2025 with Mid-Autumn: 1–8 October off, worked on 28 September and 11 October
        ("2025-09-30 18:00", Limit(3, Unit.WORK_DAY), "2025-10-11 18:00"),
        ("2025-09-27 10:00", Limit(Decimal("0.5"), Unit.WORK_DAY), "2025-09-28 12:00"),
    ],
)
def test_examples_from_the_calendar(start: str, limit: Limit, expected: str) -> None:
    assert due_at(city(start), limit, CALENDAR) == city(expected)


def test_any_zone_may_come_in_and_the_city_s_comes_out() -> None:
    at = due_at(datetime(2026, 3, 2, 0, 0, tzinfo=UTC), Limit(1, Unit.WORK_HOUR), CALENDAR)
    assert at == datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
    assert at.isoformat() == "2026-03-02T09:00:00+08:00"


def test_an_instant_without_zone_is_refused() -> None:
    naive = datetime(2026, 3, 2, 8)  # noqa: DTZ001
    with pytest.raises(ValueError, match="zone"):
        due_at(naive, Limit(1, Unit.HOUR), CALENDAR)
    with pytest.raises(ValueError, match="zone"):
        Clock(naive)


def test_a_clock_paused_before_its_limit_is_not_due_until_it_goes_on() -> None:
    clock = pause(Clock(city("2026-03-02 08:00")), city("2026-03-02 09:00"))
    limit = Limit(2, Unit.WORK_HOUR)
    assert is_paused(clock)
    assert due(clock, limit, CALENDAR) is None
    assert warn_at(clock, limit, CALENDAR) is None
    assert warn_at(clock, limit, CALENDAR, share=0.5) == city("2026-03-02 09:00")
    assert used(clock, city("2026-03-05 09:00"), CALENDAR, Unit.WORK_HOUR) == timedelta(hours=1)
    going = resume(clock, city("2026-03-03 20:00"))
    assert not is_paused(going)
    assert due(going, limit, CALENDAR) == city("2026-03-04 09:00")


def test_a_clock_paused_after_its_limit_stays_overdue() -> None:
    clock = pause(Clock(city("2026-03-02 08:00")), city("2026-03-02 11:00"))
    assert due(clock, Limit(2, Unit.WORK_HOUR), CALENDAR) == city("2026-03-02 10:00")
    assert share_used(clock, city("2026-03-09 08:00"), Limit(2, Unit.WORK_HOUR), CALENDAR) == 1.5


def test_segments_explain_a_count_over_a_pause_and_a_weekend() -> None:
    clock = Clock(city("2026-03-13 16:00"), ((city("2026-03-13 17:00"), city("2026-03-16 09:00")),))
    assert segments(clock, city("2026-03-16 15:00"), CALENDAR, Unit.WORK_HOUR) == (
        Segment(city("2026-03-13 16:00"), city("2026-03-13 17:00")),
        Segment(city("2026-03-16 09:00"), city("2026-03-16 12:00")),
        Segment(city("2026-03-16 14:00"), city("2026-03-16 15:00")),
    )


def test_an_end_before_the_start_counts_nothing() -> None:
    early, late = city("2026-03-02 08:00"), city("2026-03-02 10:00")
    assert elapsed(late, early, CALENDAR, Unit.HOUR) == timedelta()
    assert used(Clock(late), early, CALENDAR, Unit.WORK_HOUR) == timedelta()
    assert segments(Clock(late), early, CALENDAR, Unit.HOUR) == ()


def test_stopping_a_stopped_clock_and_starting_a_running_one_are_refused() -> None:
    clock = Clock(city("2026-03-02 08:00"))
    with pytest.raises(ValueError, match="not paused"):
        resume(clock, city("2026-03-02 09:00"))
    stopped = pause(clock, city("2026-03-02 09:00"))
    with pytest.raises(ValueError, match="paused already"):
        pause(stopped, city("2026-03-02 10:00"))
    with pytest.raises(ValueError, match="follow"):
        resume(stopped, city("2026-03-02 08:30"))
    with pytest.raises(ValueError, match="follow"):
        Clock(clock.started, ((city("2026-03-03 08:00"), None), (city("2026-03-04 08:00"), None)))


def test_a_city_with_other_hours_counts_its_own_work_days() -> None:
    calendar = china_calendar(
        2026,
        2026,
        periods=((time(9), time(12)), (time(13), time(17, 30))),
        weekdays=frozenset(range(6)),
    )
    assert calendar.work_day == timedelta(hours=7.5)
    saturday = city("2026-03-14 09:00")
    assert due_at(saturday, Limit(1, Unit.WORK_DAY), calendar) == city("2026-03-14 17:30")
    assert in_units(timedelta(hours=15), Unit.WORK_DAY, calendar) == 2


@pytest.mark.parametrize("value", [0, -1, float("nan")])
def test_a_limit_of_nothing_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="positive"):
        Limit(value, Unit.HOUR)


@pytest.mark.parametrize(
    "periods", [(), ((time(12), time(8)),), ((time(8), time(12)), (time(11), time(18)))]
)
def test_a_calendar_of_crossed_periods_is_refused(periods: tuple[tuple[time, time], ...]) -> None:
    with pytest.raises(ValueError, match="follow"):
        Calendar(date(2026, 1, 1), date(2026, 12, 31), periods=periods)


def test_the_days_kept_are_those_that_the_library_knows() -> None:
    first, last = 2000, 2050
    known = holidays.country_holidays("CN", years=range(first, last + 1))
    worked = dict.fromkeys(known, False) | dict.fromkeys(known.weekend_workdays, True)
    lines = []
    for year, kind in product(range(first, last + 1), ("off", "work")):
        days = [d for d in sorted(worked) if d.year == year and worked[d] is (kind == "work")]
        if days:
            lines.append(" ".join([str(year), kind, *(f"{d:%m%d}" for d in days)]))
    kept = files("dispatch.kit").joinpath("holidays.txt").read_text("utf-8").splitlines()
    assert [line for line in kept if not line.startswith("#")] == lines, (
        "write these lines into dispatch/kit/holidays.txt:\n" + "\n".join(lines)
    )


def test_a_calendar_of_years_that_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="knows nothing of 2051"):
        china_calendar(2049, 2051)


def test_a_calendar_says_where_it_ends() -> None:
    with pytest.raises(ValueError, match="before it begins"):
        Calendar(date(2026, 12, 31), date(2026, 1, 1))
    short = china_calendar(2026, 2026)
    with pytest.raises(ValueError, match="later years"):
        due_at(city("2026-12-31 17:00"), Limit(2, Unit.WORK_HOUR), short)
    for outside in ("2025-12-31 17:00", "2027-01-01 09:00"):
        with pytest.raises(ValueError, match="add years"):
            due_at(city(outside), Limit(2, Unit.WORK_HOUR), short)


def test_a_due_time_takes_well_below_100_microseconds() -> None:
    start, limit = city("2026-02-13 16:20"), Limit(15, Unit.WORK_DAY)
    due_at(start, limit, CALENDAR)
    best = min(timeit.repeat(lambda: due_at(start, limit, CALENDAR), number=500, repeat=5)) / 500
    assert best < 100e-6
