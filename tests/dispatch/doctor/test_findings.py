"""A round of the doctor: every check is made, and the worst finding decides."""

import json

import pytest
from typer.testing import CliRunner

from dispatch.cli import app
from dispatch.doctor import CHECKS, Finding, Standing, examine
from dispatch.doctor.findings import broken, doubtful, well


def fail() -> Finding:
    raise ValueError("no such thing")


def test_a_check_that_fails_unexpectedly_does_not_end_the_round() -> None:
    first, second = examine({"a": fail, "b": lambda: well("好", "well")})
    assert first.finding.standing is Standing.BROKEN
    assert "no such thing" in first.finding.en
    assert second.finding.standing is Standing.WELL


def test_what_needs_a_broken_part_waits_for_it() -> None:
    checks = {"a": fail, "b": fail, "c": lambda: well("好", "well")}
    _, second, third = examine(checks, needs={"b": "a", "c": "b"})
    assert second.finding.remedy_en == "put a right first"
    assert third.finding.remedy_en == "put b right first"


def test_what_is_asked_for_alone_is_examined_without_the_part_that_it_needs() -> None:
    (found,) = examine({"a": fail, "b": lambda: well("好", "well")}, only=["b"], needs={"b": "a"})
    assert found.finding.standing is Standing.WELL


def test_only_what_is_asked_for_is_examined() -> None:
    assert [one.name for one in examine({"a": fail, "b": fail}, only=["b"])] == ["b"]


@pytest.mark.parametrize(
    ("finding", "code"),
    [
        (well("好", "well"), 0),
        (doubtful("旧", "old", do=("升级", "upgrade")), 0),
        (broken("坏", "broken", do=("修", "mend")), 1),
    ],
)
def test_only_what_is_broken_makes_the_command_fail(
    monkeypatch: pytest.MonkeyPatch, finding: Finding, code: int
) -> None:
    monkeypatch.setitem(CHECKS, "disk", lambda: finding)
    done = CliRunner().invoke(app, ["doctor", "--only", "disk"])
    assert done.exit_code == code
    assert finding.zh in done.output
    assert finding.remedy_en in done.output


def test_a_machine_reads_the_findings_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CHECKS, "disk", lambda: well("好", "well"))
    done = CliRunner().invoke(app, ["doctor", "--only", "disk", "--json"])
    (row,) = json.loads(done.output)
    assert (row["check"], row["standing"], row["zh"]) == ("disk", "well", "好")


def test_a_check_that_does_not_exist_is_refused_with_those_that_do() -> None:
    done = CliRunner().invoke(app, ["doctor", "--only", "weather"])
    assert done.exit_code == 2
    assert "weather" in done.output


@pytest.mark.usefixtures("engine")
def test_whatever_is_not_well_says_how_to_put_it_right() -> None:
    for one in examine(CHECKS):
        if one.finding.standing is not Standing.WELL:
            assert one.finding.remedy_zh, one
            assert one.finding.remedy_en, one
