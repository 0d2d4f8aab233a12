"""What the person at the terminal sees: steps with their seconds, and failures with advice."""

import contextlib
import sys
import threading
import time
from collections.abc import Iterator

BOLD, DIM, RED, GREEN, YELLOW, RESET = (
    ("\033[1m", "\033[2m", "\033[31m", "\033[32m", "\033[33m", "\033[0m")
    if sys.stdout.isatty()
    else ("",) * 6
)


class Failure(Exception):
    """A step that could not be done: what went wrong, and what the person can do about it."""

    def __init__(self, problem: str, *, advice: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.advice = advice


class Progress:
    """One step under way: it may add a remark to the line that the step ends with."""

    def __init__(self) -> None:
        self.remark = ""


def say(text: str = "") -> None:
    """Print a line at once, so that it stands before whatever a child process prints."""
    print(text, flush=True)


def warn(text: str) -> None:
    """Print a line that the person should not miss, though the work goes on."""
    say(f"{YELLOW}! {text}{RESET}")


def show_failure(failure: Failure) -> None:
    """Print a failure and its advice where errors belong."""
    print(f"{RED}✗ {failure.problem}{RESET}\n  → {failure.advice}", file=sys.stderr, flush=True)


@contextlib.contextmanager
def step(title: str) -> Iterator[Progress]:
    """Show a step while it runs, with a running count of seconds on a terminal."""
    progress, started, done = Progress(), time.monotonic(), threading.Event()

    def tick() -> None:
        while not done.wait(1):
            print(f"\r  {title} … {time.monotonic() - started:.0f} s ", end="", flush=True)

    ticker = threading.Thread(target=tick, daemon=True)
    if sys.stdout.isatty():
        ticker.start()
    else:
        say(f"  {title} …")
    ok = False
    try:
        yield progress
        ok = True
    finally:
        done.set()
        if ticker.is_alive():
            ticker.join()
        mark = f"{GREEN}✓{RESET}" if ok else f"{RED}✗{RESET}"
        remark = f"  {DIM}{progress.remark}{RESET}" if progress.remark else ""
        start = "\r\033[K" if sys.stdout.isatty() else ""
        say(f"{start}{mark} {title}  {time.monotonic() - started:.1f} s{remark}")
