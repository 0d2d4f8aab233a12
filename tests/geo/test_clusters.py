"""Statistics of clusters against second ways of working them out."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.clusters import (
    components,
    discoveries,
    gi_star,
    near,
    poisson_tail,
    season,
    upper_tail,
)

LON, LAT, STEP = 109.4, 24.3, 0.001


def square(size: int) -> tuple[np.ndarray, np.ndarray]:
    cells = np.array(list(itertools.product(range(size), repeat=2)), dtype=float)
    return LON + cells[:, 0] * STEP, LAT + cells[:, 1] * STEP


def test_near_has_each_point_itself_and_those_within_the_metres_both_ways() -> None:
    lons, lats = square(5)
    around = near(lons, lats, metres=120)  # a step is 101 m east and 111 m north: four neighbours
    centre = 12
    assert sorted(around.second[around.first == centre].tolist()) == [7, 11, 12, 13, 17]
    pairs = set(zip(around.first.tolist(), around.second.tolist(), strict=True))
    assert pairs == {(other, one) for one, other in pairs}


def test_gi_star_is_the_formula_of_ord_and_getis_written_out() -> None:
    lons, lats = square(7)
    values = np.random.default_rng(7).poisson(2.0, 49).astype(float)
    around = near(lons, lats, metres=160)
    scores = gi_star(values, around)
    n, mean, s = 49, values.mean(), math.sqrt((values**2).mean() - values.mean() ** 2)
    for place in range(n):
        members = around.second[around.first == place]
        w = len(members)
        plain = (values[members].sum() - mean * w) / (s * math.sqrt((n * w - w * w) / (n - 1)))
        assert scores[place] == pytest.approx(plain)


def test_a_heap_of_cases_is_hot_and_an_even_field_is_not() -> None:
    lons, lats = square(9)
    around = near(lons, lats, metres=160)
    even = np.ones(81)
    assert gi_star(even, around).tolist() == [0.0] * 81
    heap = even.copy()
    heap[[39, 40, 41, 31, 49]] = 12
    scores = gi_star(heap, around)
    hot = [
        n
        for n, holds in enumerate(discoveries([upper_tail(x) for x in scores], share=0.05))
        if holds
    ]
    assert 40 in hot
    assert 0 not in hot
    assert components(hot, around)[0] == sorted(hot)


@given(st.integers(1, 60), st.floats(0.05, 40))
def test_the_poisson_tail_is_the_sum_of_what_is_beyond(count: int, mean: float) -> None:
    plain = math.fsum(
        math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)) for k in range(count, count + 400)
    )
    assert poisson_tail(count, mean) == pytest.approx(plain, rel=1e-6, abs=1e-15)


def test_few_of_many_tests_by_chance_are_not_discoveries() -> None:
    chance = [(n + 1) / 1000 for n in range(1000)]
    assert not any(discoveries(chance, share=0.05)[20:])
    assert discoveries([0.001, *chance[50:]], share=0.05).count(True) == 0
    assert discoveries([1e-9, 1e-6, *chance[50:]], share=0.05)[:2] == [True, True]
    assert discoveries([], share=0.05) == []


def test_the_bound_of_a_season_is_farringtons_and_widens_with_what_varies() -> None:
    steady, wild = season([20, 20, 20, 20]), season([5, 35, 8, 32])
    assert steady is not None
    assert wild is not None
    assert steady.expected == wild.expected == 20
    assert steady.bound == pytest.approx(20 * (1 + 2 / 3 * 2.576 * math.sqrt(1.25 / 20)) ** 1.5)
    assert wild.bound > steady.bound > 30
    assert season([20, 20]) is None
    assert season([0, 0, 0]) is None
