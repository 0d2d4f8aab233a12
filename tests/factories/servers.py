"""Servers of a test's own: a database beside the usual one, a Redis, and other systems that misbehave."""

import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import redis
from sqlalchemy import make_url
from stack.redis_server import find_program

from dispatch.kit import config, db, reference
from tests import databases

#: Before a command: if the tests are killed, the kernel ends what they started.
DIES_WITH_US = ("setpriv", "--pdeathsig", "KILL", "--")


@contextmanager
def own_database(purpose: str) -> Iterator[str]:
    """A migrated database that tests may commit to; its address."""
    given = config.settings().sqlalchemy_url
    name = f"{make_url(given).database}_{purpose}_{os.getpid()}"
    url = databases.create(given, name)
    try:
        yield url
    finally:
        databases.drop(given, name)


@contextmanager
def using_database(url: str) -> Iterator[None]:
    """Let everything in this process that opens a session open it there."""
    db.engine().dispose()  # else its idle connections are left to the garbage collector
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATABASE_URL", url)
        config.settings.cache_clear()
        db.engine.cache_clear()
        reference.forget_all()
        try:
            yield
        finally:
            db.engine().dispose()
    config.settings.cache_clear()
    db.engine.cache_clear()
    reference.forget_all()


class RedisServer:
    """A Redis of one's own on a socket, without a memory on disk."""

    def __init__(self) -> None:
        self.folder = Path(
            tempfile.mkdtemp(prefix="redis-")
        )  # short: a socket's path has its limit
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def url(self) -> str:
        return f"unix://{self.folder}/s"

    def client(self) -> redis.Redis:
        return redis.Redis.from_url(self.url)

    def start(self) -> None:
        """Start it empty and wait until it answers."""
        program = (
            self.folder / "redis-server"
        )  # where only the tools are installed, the name counts
        if not program.exists():
            found = find_program()
            assert found is not None, "no Redis: apt-get install redis-tools"
            program.symlink_to(found)
        socket_file, folder = f"{self.folder}/s", str(self.folder)
        words = ["--port", "0", "--unixsocket", socket_file, "--save", "", "--dir", folder]
        self._process = subprocess.Popen(
            [*DIES_WITH_US, str(program), *words],
            stdout=subprocess.DEVNULL,
        )
        with self.client() as asking:
            wait_until(lambda: _answers(asking), seconds=10)

    def kill(self) -> None:
        """End it without a farewell; everything in it is gone."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        self.kill()
        shutil.rmtree(self.folder)


def _answers(asking: redis.Redis) -> bool:
    try:
        return bool(asking.ping())
    except redis.RedisError:
        return False


def wait_until(holds: Callable[[], object], *, seconds: float, step: float = 0.02) -> float:
    """Wait until it holds; after how many seconds it did. Fails if it does not in time."""
    started = time.monotonic()
    while not holds():
        if time.monotonic() - started > seconds:
            pytest.fail(f"it did not come true within {seconds:g} s")
        time.sleep(step)
    return time.monotonic() - started


class Partner:
    """A department's own system: keeps what it gets and answers as told; "hang" answers never."""

    def __init__(self, answer: int | str = 200) -> None:
        self.answer = answer
        self.headers: dict[str, str] = {}
        self.received: list[tuple[float, dict[str, str], bytes]] = []
        self._end = threading.Event()
        partner = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                partner.received.append((time.time(), dict(self.headers), body))
                partner._respond(self)

            def log_message(self, *_words: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/cases"

    def _respond(self, handler: BaseHTTPRequestHandler) -> None:
        if self.answer == "hang":
            self._end.wait(60)
            return
        if self.answer == "trickle":
            handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
            while not self._end.wait(0.1):
                try:
                    handler.wfile.write(b"X-Slow: yes\r\n")
                except OSError:
                    return
            return
        handler.send_response(int(self.answer))
        for name, value in self.headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", "2")
        handler.end_headers()
        handler.wfile.write(b"ok")

    def close(self) -> None:
        self._end.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])
