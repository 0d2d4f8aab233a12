"""Where phrases lead in a village whose distances are known."""

import math

import pytest

from geo.gazetteer import Gazetteer, Kind


def metres(a: tuple[float, float], b: tuple[float, float]) -> float:
    return math.hypot((a[0] - b[0]) * 101_500, (a[1] - b[1]) * 110_800)


def spot(
    gazetteer: Gazetteer, text: str, near: tuple[float, float] | None = None
) -> tuple[float, float]:
    best = gazetteer.geocode(text, near=near).best
    assert best is not None
    return best.lon, best.lat


@pytest.mark.parametrize(
    ("text", "lon", "lat"),
    [
        ("东西路与纵向大道路口", 109.4000, 24.3000),
        ("东西路与纵向大道交汇处往东约200米", 109.40197, 24.3000),
        ("东西路和纵向大道路口以北两百米", 109.4000, 24.30181),
        ("东西路纵向大道路口西侧100米", 109.39901, 24.3000),
        ("纵向大道8号", 109.4005, 24.2950),
        ("红星小学南侧约100米", 109.402, 24.3011),
        ("幸福小区3栋", 109.3962, 24.3041),
        ("清河桥上", 109.40, 24.313),
        ("清河桥引桥南侧", 109.40, 24.312),
        ("东西路一巷口", 109.405, 24.300),
        ("东西路一巷", 109.405, 24.30075),
        ("东西路西段", 109.394, 24.300),
        ("东西路中段", 109.400, 24.300),
        ("纵向大道北端", 109.400, 24.310),
        ("南侧100米,红星小学", 109.402, 24.3011),
    ],
)
def test_a_phrase_leads_to_its_spot(village: Gazetteer, text: str, lon: float, lat: float) -> None:
    assert metres(spot(village, text), (lon, lat)) < 15


def test_house_numbers_lie_along_the_road_between_first_and_last(village: Gazetteer) -> None:
    # 101 is the middle of 1..201, which spans 2,000 m of a road of 2,030 m
    assert metres(spot(village, "东西路101号"), (109.39 + 1000 / 101_500, 24.30)) < 20


def test_a_distance_into_a_lane_counts_from_the_road_named_before(village: Gazetteer) -> None:
    assert metres(spot(village, "东西路,东西路一巷里面"), (109.405, 24.30075)) < 15
    inside = village.geocode("东西路,纵向大道进去约100米").best
    assert inside is not None
    assert metres((inside.lon, inside.lat), (109.400, 24.300)) == pytest.approx(100, abs=15)


def test_a_stretch_covers_all_between_its_ends(village: Gazetteer) -> None:
    best = village.geocode("东西路纵向大道路口至东西路一巷段").best
    assert best is not None
    assert best.kind is Kind.STRETCH
    assert metres((best.lon, best.lat), (109.4025, 24.300)) < 15
    assert 250 < best.radius_m < 320


def test_a_road_without_more_has_a_radius_that_holds_all_of_it(village: Gazetteer) -> None:
    best = village.geocode("东西路").best
    assert best is not None
    assert metres((best.lon, best.lat), (109.39, 24.30)) <= best.radius_m


def test_crossings_are_found_from_the_lines_when_no_rows_give_them(village: Gazetteer) -> None:
    assert village.geocode("纵向大道东西路口").best is not None
    assert metres(spot(village, "东西路一巷与东西路交叉口"), (109.405, 24.300)) < 5
