"""The accuracy that the geocoder owes, on templates and names that its rules were not tuned on."""

import pytest

from bench.geocoder import MIX, WIDE, Report, World, load, run
from geo.gazetteer import Gazetteer


@pytest.fixture(scope="module")
def world() -> World:
    return load()


@pytest.fixture(scope="module")
def report(world: World, gazetteer: Gazetteer) -> Report:
    return run(gazetteer, world, half="test", seed="liuzhou", count=3_000)


def test_at_least_95_of_100_phrases_are_answered(report: Report) -> None:
    assert report.overall.answered >= 0.95 * report.overall.n


def test_at_least_90_of_100_are_right(report: Report) -> None:
    assert report.overall.right >= 0.90 * report.overall.n
    assert report.pointed.in200 >= 0.90 * report.pointed.n


def test_fewer_than_one_in_a_hundred_is_wrong_but_confident(report: Report) -> None:
    assert report.overall.wrong_sure < 0.01 * report.overall.n


def test_phrases_without_an_address_stay_unanswered(report: Report) -> None:
    assert report.false_alarms == []


def test_clean_phrases_that_name_a_point_are_nearly_all_right(report: Report) -> None:
    assert report.by_noise["none"].right >= 0.97 * report.by_noise["none"].n
    assert set(report.by_kind) == set(MIX)
    assert set(MIX) >= WIDE
