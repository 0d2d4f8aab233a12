"""Whole clocks, with pauses, extensions and changing units, against a count minute by minute over years of holidays."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import holidays
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.cases.reckoning import Grant, Pause, Reckoning, pauses_in, reckon
from dispatch.kit.clock import CITY_ZONE
from dispatch.kit.worktime import Calendar, Limit, Unit, china_calendar

FIRST, LAST = 2022, 2026
DAY_ONE = datetime(FIRST, 1, 1, tzinfo=CITY_ZONE)
MINUTE = timedelta(minutes=1)
OWN = {date(2024, 5, 20): False, date(2024, 5, 25): True, date(2025, 3, 31): False}
CITY = china_calendar(FIRST, LAST, overrides=OWN)
CLOSED = {date(FIRST, 1, 1) + timedelta(days=7 * n): False for n in range(200)}
SHIFTS = Calendar(
    date(FIRST, 1, 1),
    date(LAST, 12, 31),
    CLOSED,
    ((time(6), time(12)), (time(13), time(21))),
    frozenset(range(7)),
)


def minutes_worked(
    hours: list[int], works: list[bool]
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """How many minutes were worked before each minute, straight from the rules."""
    day = np.repeat(np.isin(np.arange(24), hours), 60)
    every = np.concatenate([day if each else np.zeros(1440, dtype=bool) for each in works])
    return np.concatenate([[0], np.cumsum(every)])


def count() -> dict[str, np.ndarray[tuple[int], np.dtype[np.int64]]]:
    china = holidays.country_holidays("CN", years=range(FIRST, LAST + 1))
    days = [
        date(FIRST, 1, 1) + timedelta(days=n)
        for n in range((date(LAST, 12, 31) - date(FIRST, 1, 1)).days + 1)
    ]
    city = [OWN.get(day, china.is_working_day(day)) for day in days]
    shifts = [CLOSED.get(day, True) for day in days]
    return {
        "city": minutes_worked([8, 9, 10, 11, 14, 15, 16, 17], city),
        "shifts": minutes_worked([*range(6, 12), *range(13, 21)], shifts),
        "always": np.arange(len(days) * 1440 + 1),
    }


WORKED = count()
UNITS = {"city": CITY, "shifts": SHIFTS}


@dataclass
class ByMinute:
    """The same clock told off minute by minute."""

    whole: int
    is_worked: bool
    unit: str
    due: int = 0

    @property
    def worked(self) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        return WORKED[self.unit if self.is_worked else "always"]

    def begin(self, at: int, left: int) -> None:
        self.due = int(np.searchsorted(self.worked, self.worked[at] + left))

    def left_at(self, at: int) -> int:
        return int(self.worked[self.due] - self.worked[at]) if at < self.due else 0


def at(minute: int) -> datetime:
    return DAY_ONE + minute * MINUTE


@st.composite
def lives(draw: st.DrawFn) -> tuple[Reckoning, ByMinute, int, int | None]:
    """A clock through up to four pauses, each at one unit's hours, with extensions between."""
    unit = draw(st.sampled_from(list(Unit)))
    value = draw(st.integers(1, {Unit.MINUTE: 300, Unit.WORK_DAY: 20}.get(unit, 60)))
    names = draw(st.lists(st.sampled_from(["city", "shifts"]), min_size=5, max_size=5))
    holder: list[tuple[int, str]] = [(draw(st.integers(0, 1_000_000)), names[0])]
    now = holder[0][0]
    work_day = {"city": 480, "shifts": 840}[names[0]]
    sizes = {
        Unit.MINUTE: 1,
        Unit.HOUR: 60,
        Unit.DAY: 1440,
        Unit.WORK_HOUR: 60,
        Unit.WORK_DAY: work_day,
    }
    model = ByMinute(value * sizes[unit], unit.is_worked, names[0])
    model.begin(now, model.whole)
    start, pauses, grants, left = now, list[Pause](), list[Grant](), None
    for name in names[1 : draw(st.integers(1, 5))]:
        now += draw(st.integers(1, 6000))
        if draw(st.booleans()):
            until = now + draw(st.integers(1, 20_000))
            grants.append(Grant(at(now), at(until)))
            model.due = max(model.due, until)
            now += draw(st.integers(1, 3000))
        left = model.left_at(now)
        if draw(st.integers(0, 3)) == 0:
            pauses.append(Pause(at(now), None, "suspension"))
            break
        stopped, now = now, now + draw(st.integers(1, 30_000))
        pauses.append(Pause(at(stopped), at(now), "return"))
        holder.append((now, name))
        model.unit = name
        if left:
            model.begin(now, left)
        left = None

    def calendar_at(when: datetime) -> Calendar:
        minute = (when - DAY_ONE) // MINUTE
        return UNITS[[name for since, name in holder if since <= minute][-1]]

    found = reckon(
        Limit(value, unit),
        started=at(start),
        pauses=pauses,
        grants=grants,
        stopped=None,
        share=0.8,
        calendar_at=calendar_at,
    )
    return found, model, now, left


@settings(max_examples=150, deadline=None)
@given(lives())
def test_a_life_of_a_clock_agrees_with_the_count_by_minute(
    life: tuple[Reckoning, ByMinute, int, int | None],
) -> None:
    found, model, _now, left = life
    assert (found.left is None) == (left is None)
    if left is None or left == 0:
        assert abs(found.due - at(model.due)) < timedelta(seconds=1)
    else:
        assert found.left == pytest.approx(60 * left, abs=1)
    assert found.warn <= found.due or found.left is not None


def test_pause_that_was_never_ended_ends_with_the_next() -> None:
    rows: list[list[str | None]] = [
        [at(1).isoformat(), None, "return"],
        [at(9).isoformat(), at(12).isoformat(), "check"],
    ]

    first, second = pauses_in(rows)

    assert (first.until, second.until) == (at(9), at(12))


def test_extension_never_makes_a_due_time_earlier() -> None:
    limit, start = Limit(10, Unit.HOUR), at(0)
    found = reckon(
        limit,
        started=start,
        pauses=(),
        grants=(Grant(at(60), at(120)),),
        stopped=None,
        share=0.8,
        calendar_at=lambda _: CITY,
    )
    assert (found.due, found.warn) == (at(600), at(480))
