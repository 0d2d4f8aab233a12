"""The made-up years of the benches: every case that was asked for, on days with seasons, in steps that fit."""

from datetime import date

import pytest

from bench.history import chunks, days

UNTIL = date(2026, 11, 23)


@pytest.mark.parametrize("cases", [1, 999, 100_000])
def test_the_days_hold_exactly_the_cases_that_were_asked_for(cases: int) -> None:
    found = days(cases=cases, years=2, until=UNTIL)
    assert sum(each.cases for each in found) == cases
    assert all(each.cases >= 0 for each in found)
    assert len({each.day for each in found}) == len(found) == 730
    assert found[-1].day < UNTIL


def test_summers_are_busier_than_winters_and_weekdays_than_sundays() -> None:
    found = days(cases=500_000, years=3, until=UNTIL)

    def mean(wanted: list[int]) -> float:
        return sum(wanted) / len(wanted)

    by_month = {m: mean([d.cases for d in found if d.day.month == m]) for m in (1, 7)}
    assert by_month[7] > 1.4 * by_month[1]
    by_day = {w: mean([d.cases for d in found if d.day.weekday() == w]) for w in (0, 6)}
    assert by_day[0] > 1.2 * by_day[6]


def test_steps_take_every_day_once_and_are_no_larger_than_a_day_more() -> None:
    found = days(cases=20_000, years=1, until=UNTIL)
    steps = list(chunks(found, 1_000))
    assert [each for step in steps for each in step] == found
    busiest = max(each.cases for each in found)
    assert all(sum(each.cases for each in step) < 1_000 + busiest for step in steps)
