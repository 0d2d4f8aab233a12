"""The platform's processes for a test: started, killed, started again."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx2

from tests.conftest import ROOT
from tests.factories.servers import DIES_WITH_US, RedisServer, free_port, wait_until


def is_alive(pid: int) -> bool:
    """Whether a process runs, and is not merely waiting to be buried."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


class Stack:
    """Relay, clock, workers and web as real processes on a database and a Redis of their own."""

    def __init__(self, *, database_url: str, redis: RedisServer) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="stack-"))
        self.port = free_port()
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._env = {
            **os.environ,
            "DATABASE_URL": database_url,
            "REDIS_URL": redis.url,
            "DISPATCH_VAR_DIR": str(self.folder),
            "DISPATCH_RATE_EXEMPT": "127.0.0.0/8",
            "DISPATCH_WEBHOOK_NETWORKS": "127.0.0.0/8",
            "DISPATCH_LOG_LEVEL": "WARNING",
        }
        module = [sys.executable, "-m"]
        self._commands = {
            "relay": [*module, "workers.main", "relay"],
            "clock": [*module, "workers.main", "clock"],
            "worker": [*module, "workers.main", "worker"],
            "crew": [*module, "workers.main", "worker", "--count", "2"],
            "web": [
                *module,
                "uvicorn",
                "dispatch.main:app",
                *("--port", str(self.port), "--no-access-log", "--log-level", "warning"),
            ],
        }

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, *names: str) -> None:
        for name in names:
            with (self.folder / f"{name}.log").open("ab") as out:
                self._running[name] = subprocess.Popen(
                    [*DIES_WITH_US, *self._commands[name]],
                    cwd=ROOT,
                    env=self._env,
                    stdout=out,
                    stderr=out,
                )

    def kill(self, name: str) -> None:
        """`kill -9`."""
        process = self._running.pop(name)
        process.kill()
        process.wait()

    def terminate(self, name: str, *, seconds: float = 20) -> int:
        """Ask it to end, and wait until it has; its exit status."""
        process = self._running.pop(name)
        process.terminate()
        return process.wait(timeout=seconds)

    def pid(self, name: str) -> int:
        return self._running[name].pid

    def crew(self) -> set[int]:
        """The workers under the crew's parent."""
        parent = self.pid("crew")
        try:
            listed = Path(f"/proc/{parent}/task/{parent}/children").read_text("ascii").split()
        except OSError:
            return set()
        return {int(each) for each in listed if is_alive(int(each))}

    def kill_one_of_crew(self) -> int:
        """`kill -9` for one worker, once there is one; its parent starts another."""
        wait_until(self.crew, seconds=60)
        victim = min(self.crew())
        os.kill(victim, signal.SIGKILL)
        return victim

    def is_running(self, name: str) -> bool:
        return self._running[name].poll() is None

    def said(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text("utf-8")

    def wait_for_web(self) -> None:
        wait_until(self._web_answers, seconds=120, step=0.1)

    def _web_answers(self) -> bool:
        try:
            return httpx2.get(f"{self.base_url}/healthz", timeout=1).status_code == 200
        except httpx2.TransportError:
            return False

    def close(self) -> None:
        for process in self._running.values():
            process.terminate()
        until = time.monotonic() + 15
        for process in self._running.values():
            try:
                process.wait(timeout=max(0.1, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
