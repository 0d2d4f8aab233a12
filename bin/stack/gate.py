"""`bin/test`: sets up what is missing, then holds the code against every rule of the house."""

import argparse
import contextlib
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from stack import assets, checks, packages, postgres, python_env, redis_server
from stack.places import LOG, ROOT, SETUP_LOG, VENV, make_var
from stack.report import BOLD, GREEN, RED, RESET, Failure, say, step, warn
from stack.shell import group_of, run, tied_to_parent

_NO_TESTS_RAN = 5
_COUNTS = re.compile(r"(\d+) (passed|failed|skipped|errors?|xfailed)\b")


@dataclass(frozen=True)
class Part:
    """Tests that run together: their name, where they lie, their mark, what else pytest is told."""

    name: str
    folders: tuple[str, ...]
    marked: str
    options: tuple[str, ...] = ()


_FOLDERS = sorted(f"tests/{each.parent.name}" for each in ROOT.glob("tests/*/__init__.py"))
_TWO = ("-n", "2", "--dist", "loadscope")
UNITS = Part(
    "测试 / tests",
    tuple(folder for folder in _FOLDERS if folder not in {"tests/browser", "tests/chaos"}),
    "not chaos and not browser",
    (*_TWO, "--cov", "--cov-branch", "--cov-report="),
)
BROWSER = Part("浏览器 / browser", ("tests/browser",), "browser", (*_TWO, "--no-loadscope-reorder"))
#: They kill processes and count seconds, and have the machine for themselves.
CHAOS = Part("破坏 / chaos", ("tests/chaos", "tests/ops"), "chaos")


def main(arguments: list[str]) -> int:
    """Run the gate; 0 only when everything in it passed."""
    options, for_pytest = _options(arguments)
    started = time.monotonic()
    make_var()
    signal.signal(signal.SIGTERM, _stop)
    SETUP_LOG.unlink(missing_ok=True)
    own_database, own_redis = "DATABASE_URL" not in os.environ, "REDIS_URL" not in os.environ
    packages.ensure(servers=own_database, redis=own_redis, browser=not options.fast)
    python_env.ensure(with_tests=True)
    assets.ensure()
    with _servers(own_database=own_database, own_redis=own_redis) as addresses:
        env = _environment(addresses)
        if not options.fast:
            _ensure_browser(env)
        with checks.beside(env) as asked:
            counts = _run(UNITS, for_pytest, env)
            failed = asked()
        for part in () if options.fast else (BROWSER, CHAOS):
            _add(counts, _run(part, for_pytest, env))
        if not for_pytest:
            _add(counts, _coverage(env))
    return _verdict(failed, counts, seconds=time.monotonic() - started)


def _options(arguments: list[str]) -> tuple[argparse.Namespace, list[str]]:
    parser = argparse.ArgumentParser(
        prog="bin/test",
        description="Set up and run the whole gate. Other arguments go to pytest.",
    )
    parser.add_argument("--fast", action="store_true", help="leave out browser and chaos tests")
    return parser.parse_known_args(arguments)


def _environment(addresses: dict[str, str]) -> dict[str, str]:
    settings = {name: value for name, value in os.environ.items() if name[:9] != "DISPATCH_"}
    return settings | {
        "DISPATCH_SECRET_KEY": "a key for tests only, nothing real hangs on it",
        "DISPATCH_ENVIRONMENT": "test",
        "PATH": python_env.path_with_venv(),
        "LC_ALL": "C.UTF-8",
        **addresses,
    }


@contextlib.contextmanager
def _servers(*, own_database: bool, own_redis: bool) -> Iterator[dict[str, str]]:
    """PostgreSQL and Redis for the tests alone; beside whatever `bin/dev` runs."""
    with contextlib.ExitStack() as stack, step("数据库与队列 / PostgreSQL and Redis") as progress:
        addresses = {}
        if own_database:
            cluster = postgres.prepare("test-pg", durable=False)
            if cluster.is_ready():
                progress.remark = "已在运行 / already running"
            else:
                stack.enter_context(_child("test-postgres", cluster.command(), user=cluster.user))
                _wait_for(cluster, "test-postgres")
            cluster.ensure_database("dispatch_test")
            addresses["DATABASE_URL"] = cluster.url("dispatch_test")
        if own_redis:
            redis = redis_server.prepare("test-redis", durable=False)
            if not redis.is_ready():
                stack.enter_context(_child("test-redis", redis.command(), user=None))
                _wait_for(redis, "test-redis")
            addresses["REDIS_URL"] = redis.url()
        leaving = stack.pop_all()
    with leaving:
        yield addresses


@contextlib.contextmanager
def _child(name: str, command: list[str], *, user: str | None) -> Iterator[None]:
    with (LOG / f"{name}.log").open("ab") as log:
        process = subprocess.Popen(
            tied_to_parent(command, "INT"),
            user=user,
            group=group_of(user),
            extra_groups=None if user is None else [],
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield
    finally:
        process.send_signal(signal.SIGINT)  # for PostgreSQL: without waiting for clients
        process.wait(timeout=30)


def _wait_for(server: postgres.Cluster | redis_server.Redis, name: str) -> None:
    deadline = time.monotonic() + 60
    while not server.is_ready():
        if time.monotonic() > deadline:
            log = LOG / f"{name}.log"
            raise Failure(f"{name} 没有就绪 / is not ready", advice=f"请看 {log} / see there.")
        time.sleep(0.1)


def _ensure_browser(env: dict[str, str]) -> None:
    """The browser tests' Chromium: the machine's own, or (Ubuntu has only a snap) Playwright's."""
    found = packages.browser()
    if found is None:
        with step("浏览器 / browser (Playwright)"):
            run(
                [VENV / "bin/playwright", "install", "--with-deps", "chromium"],
                advice="bin/test --fast 不需要浏览器 / needs no browser.",
                env=env,
                log=SETUP_LOG,
            )
        found = _playwrights_own()
    env["CHROMIUM"] = found


def _playwrights_own() -> str:
    cache = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH", Path.home() / ".cache/ms-playwright"))
    found = sorted(cache.glob("chromium-*/chrome-linux*/chrome"))
    if not found:
        raise Failure("没有浏览器 / no browser", advice="bin/test --fast")
    return str(found[-1])


def _run(part: Part, arguments: list[str], env: dict[str, str]) -> dict[str, int]:
    """One part with pytest; the person's own arguments say themselves where tests lie."""
    told = ["-m", part.marked, *part.options, "--durations=5", "--durations-min=5"]
    return _pytest(part.name, [*told, *(arguments or part.folders)], env)


def _coverage(env: dict[str, str]) -> dict[str, int]:
    report = ["coverage", "report", "--skip-covered", "--skip-empty", "--sort=cover"]
    return {"exit": subprocess.run(report, cwd=ROOT, env=env, check=False).returncode}


def _pytest(name: str, arguments: list[str], env: dict[str, str]) -> dict[str, int]:
    """Run pytest, showing what it prints, and count what its closing line says."""
    say(f"\n{BOLD}▸ {name}{RESET}")
    process = subprocess.Popen(
        ["pytest", "--color=yes" if RESET else "--color=no", *arguments],
        cwd=ROOT,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        bufsize=1,
    )
    closing = ""
    for line in process.stdout or ():
        print(line, end="", flush=True)
        closing = line if line.strip() else closing
    status = process.wait()
    plain = re.sub(r"\033\[[0-9;]*m", "", closing)
    counts = {word.removesuffix("s"): int(number) for number, word in _COUNTS.findall(plain)}
    return counts | {"exit": 0 if status == _NO_TESTS_RAN else status}


def _add(total: dict[str, int], counts: dict[str, int]) -> None:
    for word, number in counts.items():
        total[word] = total.get(word, 0) + number


def _verdict(failed: list[str], counts: dict[str, int], *, seconds: float) -> int:
    say()
    for name in failed:
        say(f"{RED}✗ {name}{RESET}")
    passed, broken = counts.get("passed", 0), counts.get("failed", 0) + counts.get("error", 0)
    if not passed and not broken:
        warn("没有运行任何测试 / no test ran")
        counts["exit"] = 1
    good = not failed and not counts["exit"]
    word = (
        f"{GREEN}✓ 全部通过 / all passed{RESET}" if good else f"{RED}✗ 未通过 / not passed{RESET}"
    )
    say(f"{word}  {seconds / 60:.1f} min")
    say(f"{passed} passed, {broken} failed, {counts.get('skipped', 0)} skipped")
    return 0 if good else 1


def _stop(*_: object) -> None:
    raise KeyboardInterrupt
