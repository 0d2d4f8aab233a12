"""bin/dev as a person uses it: start, a process that is killed, a second start, Ctrl-C, start again."""

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 180  # a machine that does much else at the same time
STOP_SECONDS = 45

pytestmark = pytest.mark.chaos


@pytest.fixture
def var() -> Iterator[Path]:
    """A `var/` of its own, so that a stack which runs in this checkout is left alone."""
    folder = Path(tempfile.mkdtemp(prefix="city-dispatch-test-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def start(var: Path) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    """Starts bin/dev with that `var/`; whatever still runs at the end is stopped."""
    started: list[subprocess.Popen[str]] = []
    ours = ("DATABASE_URL", "REDIS_URL")
    env = {
        name: value
        for name, value in os.environ.items()
        if name not in ours and not name.startswith("DISPATCH_")
    }

    def run() -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [ROOT / "bin/dev", "--empty", "--port", "18100"],
            env=env | {"CITY_DISPATCH_VAR": str(var)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        return process

    yield run
    for process in started:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.communicate(timeout=STOP_SECONDS)


def address_of(var: Path, process: subprocess.Popen[str]) -> str:
    """The address of the running stack, once it answers that it is ready."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        text = (var / "dev.lock").read_text("utf-8") if (var / "dev.lock").exists() else ""
        if text and is_ready(address := str(json.loads(text)["address"])):
            return address
        time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    output = process.communicate(timeout=STOP_SECONDS)[0]
    logs = "".join(log.read_text("utf-8")[-2000:] for log in sorted((var / "log").glob("w*.log")))
    raise AssertionError(f"{output}\n{logs}")


def is_ready(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/readyz", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def server(var: Path) -> int:
    """PostgreSQL's process as it says itself; 0 while it says nothing."""
    try:
        return int((var / "pg/data/postmaster.pid").read_text("utf-8").split()[0])
    except (OSError, IndexError):
        return 0


def processes_using(var: Path) -> list[str]:
    """The command lines of all processes that have this `var/` in them."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(var) in words:
            found.append(words)
    return found


def test_it_starts_survives_a_killed_server_refuses_a_second_start_and_stops_cleanly(
    var: Path, start: Callable[[], subprocess.Popen[str]]
) -> None:
    first = start()
    address = address_of(var, first)

    second = start()
    output, _ = second.communicate(timeout=20)
    assert second.returncode == 1
    assert address in output
    assert str(first.pid) in output

    killed = server(var)
    os.kill(killed, signal.SIGKILL)
    deadline = time.monotonic() + START_SECONDS
    while (server(var) == killed or not is_ready(address)) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert is_ready(address)
    assert server(var) != killed
    assert first.poll() is None

    first.send_signal(signal.SIGINT)
    first.communicate(timeout=STOP_SECONDS)
    assert first.returncode == 0
    assert processes_using(var) == []
    assert (var / "pg/data/PG_VERSION").is_file()
    assert not (var / "pg/data/postmaster.pid").exists()


def test_the_whole_stack_ends_when_bin_dev_itself_is_killed(
    var: Path, start: Callable[[], subprocess.Popen[str]]
) -> None:
    process = start()
    address = address_of(var, process)
    process.kill()
    deadline = time.monotonic() + STOP_SECONDS
    while processes_using(var) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert processes_using(var) == []
    host, port = address.removeprefix("http://").split(":")
    with socket.socket() as probe:
        assert probe.connect_ex((host, int(port))) != 0
