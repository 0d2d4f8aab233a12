"""The command line: what it says of each command is what the command says of itself."""

import pytest
from typer.testing import CliRunner

from dispatch.cli import Commands, app
from dispatch.kit.lazy_commands import Later


@pytest.mark.parametrize("command", Commands.later, ids=lambda each: each.name)
def test_each_command_is_announced_in_its_own_words(command: Later) -> None:
    own = command.load().help.split("\n\n")[0].replace("\n", " ")
    assert command.help == own
    said = CliRunner().invoke(app, [str(command.name), "--help"])
    assert said.exit_code == 0
    assert own.split(" / ")[0] in said.output
    assert f"{command.name} [OPTIONS]" in said.output


def test_all_commands_are_announced_at_once() -> None:
    said = CliRunner().invoke(app, ["--help"])
    assert [each.name for each in Commands.later if str(each.name) not in said.output] == []


def test_a_command_that_is_not_there_is_refused() -> None:
    said = CliRunner().invoke(app, ["nonsense"])
    assert said.exit_code == 2
    assert "nonsense" in said.output
