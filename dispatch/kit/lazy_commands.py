"""Commands that are imported when they are called: `--help` and small commands need not wait for all others."""

from importlib import import_module
from typing import Any

from typer import Typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command, get_group


class Later(TyperCommand):
    """A command, or a group of commands, that stands in a module which is imported when it is called."""

    def __init__(self, name: str, place: str, words: str) -> None:
        super().__init__(name, help=words)
        self._place = place

    def load(self) -> Any:
        """The command itself (Typer keeps its type private).

        The place is `module:name` of a function, or of a Typer application.
        """
        module, name = self._place.split(":")
        found = getattr(import_module(module), name)
        if isinstance(found, Typer):
            return get_group(found)
        alone = Typer(add_completion=False, pretty_exceptions_enable=False)
        alone.command(self.name)(found)
        return get_command(alone)

    def make_context(
        self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any
    ) -> Any:
        """The context of the command itself, which then runs in place of this one."""
        return self.load().make_context(info_name, args, parent, **extra)


class LazyGroup(TyperGroup):
    """A group of such commands; a subclass names them."""

    later: tuple[Later, ...] = ()

    def __init__(self, **attrs: Any) -> None:
        super().__init__(**attrs)
        self.commands = {each.name or "": each for each in self.later}
