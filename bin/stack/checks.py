"""The part of the gate that runs no test: format, rules, types, imports, templates."""

import contextlib
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from stack.places import ROOT
from stack.report import BOLD, GREEN, RED, RESET, say
from stack.shell import tied_to_parent


@dataclass(frozen=True)
class Check:
    """One part of the gate: its name and its command."""

    name: str
    command: tuple[str, ...]


CHECKS = (
    Check("格式 / ruff format", ("ruff", "format", "--check", ".")),
    Check("规则 / ruff check", ("ruff", "check", ".")),
    Check("类型 / mypy --strict", ("mypy",)),
    Check("引用规则 / lint-imports", ("lint-imports",)),
    Check("模板 / djlint", ("djlint", "dispatch/web/templates", "--lint", "--quiet")),
)


@contextlib.contextmanager
def beside(env: dict[str, str]) -> Iterator[Callable[[], list[str]]]:
    """Run the checks while the tests run; called, wait for them and name those that failed."""
    with contextlib.ExitStack() as stack:
        running = {each.name: stack.enter_context(_under_way(each, env)) for each in CHECKS}
        yield lambda: [name for name, passed in running.items() if not passed()]


@contextlib.contextmanager
def _under_way(check: Check, env: dict[str, str]) -> Iterator[Callable[[], bool]]:
    """One check; what it prints is kept until somebody asks how it ended. It yields to the tests."""
    command = tied_to_parent(["nice", "-n", "5", *check.command], "KILL")
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen(
            command,
            cwd=ROOT,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
        ) as process,
    ):

        def passed() -> bool:
            ok = process.wait() == 0
            said.seek(0)
            mark = f"{GREEN}✓{RESET}" if ok else f"{RED}✗{RESET}"
            say(f"\n{BOLD}▸ {check.name}{RESET}\n{said.read().decode('utf-8', 'replace').rstrip()}")
            say(f"{mark} {check.name}")
            return ok

        try:
            yield passed
        finally:
            process.kill()
