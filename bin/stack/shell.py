"""Runs other programs for a step: quietly, with their output kept, and with advice when they fail."""

import os
import pwd
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from stack.report import Failure

TAIL_LINES = 25


def run(
    command: Sequence[str | Path],
    *,
    advice: str,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    user: str | None = None,
    log: Path | None = None,
) -> str:
    """Run a program to its end and return what it printed; `Failure` with its last lines if it fails."""
    words = [str(word) for word in command]
    try:
        done = subprocess.run(
            words,
            env=dict(os.environ if env is None else env),
            cwd=cwd,
            user=user,
            group=group_of(user),
            extra_groups=None if user is None else [],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
    except OSError as error:
        raise Failure(f"{words[0]}: {error.strerror}", advice=advice) from error
    if log is not None:
        with log.open("a", encoding="utf-8") as book:
            book.write(f"$ {' '.join(words)}\n{done.stdout}\n")
    if done.returncode != 0:
        tail = "\n".join("    " + line for line in done.stdout.splitlines()[-TAIL_LINES:])
        raise Failure(f"{' '.join(words[:4])} … ({done.returncode})\n{tail}", advice=advice)
    return done.stdout


def succeeds(command: Sequence[str | Path], *, user: str | None = None) -> bool:
    """Whether a program runs and ends with 0; what it prints is thrown away."""
    try:
        done = subprocess.run(
            [str(word) for word in command],
            user=user,
            group=group_of(user),
            extra_groups=None if user is None else [],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except OSError:
        return False
    return done.returncode == 0


def group_of(user: str | None) -> int | None:
    """The first group of a user, for giving up root's rights along with root's name."""
    return None if user is None else pwd.getpwnam(user).pw_gid


def tied_to_parent(command: Sequence[str | Path], signal_name: str = "TERM") -> list[str]:
    """The command, ended by the kernel with this signal when its parent dies, however it dies."""
    return ["setpriv", "--pdeathsig", signal_name, "--", *map(str, command)]
