"""The page of states is the table: every stage, deed and way is on it, and the one in `docs/` is up to date."""

import re
from pathlib import Path

from typer.testing import CliRunner

from dispatch.cases import statesdoc
from dispatch.cases.states import OPEN, RULES, STAGE_LABELS, Stage
from dispatch.cli import app

PAGE = Path(__file__).resolve().parents[3] / "docs" / "states.md"


def test_page_in_the_documentation_is_up_to_date() -> None:
    assert PAGE.read_text() == statesdoc.page(), "run: dispatch docs states > docs/states.md"


def test_command_prints_the_page() -> None:
    printed = CliRunner().invoke(app, ["docs", "states"])

    assert printed.exit_code == 0
    assert printed.stdout == statesdoc.page()


def test_diagram_draws_every_way_of_the_table_and_no_other() -> None:
    drawn = set(re.findall(r"^    (\w+) --> (\w+):", statesdoc.page(), re.MULTILINE))

    assert drawn == {(origin, rule.to) for rule in RULES if rule.to for origin in rule.stages}


def test_every_stage_has_a_line_and_every_rule_a_row() -> None:
    lines = statesdoc.page().splitlines()

    for stage in Stage:
        zh, en = STAGE_LABELS[stage]
        assert any(line.startswith(f"| `{stage}` | {zh} | {en} |") for line in lines)
    rows = [line for line in lines if "`case." in line]
    assert len(rows) == len(RULES)
    assert all(line.count(" | ") == 7 for line in rows)


def test_no_open_stage_is_a_dead_end() -> None:
    leaving = {stage for rule in RULES if rule.to is not None for stage in rule.stages}

    assert leaving >= OPEN
