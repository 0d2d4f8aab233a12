"""Talks to supervisord over its socket, without the cost of starting a program for each question."""

import http.client
import socket
import xmlrpc.client  # the other side is our own supervisord, behind a private socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Process:
    """A process as supervisord knows it; `started` is 0 until it first starts (seconds since 1970)."""

    name: str
    state: str
    started: int


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=10)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


class _Transport(xmlrpc.client.Transport):
    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def make_connection(self, _host: object) -> http.client.HTTPConnection:
        return _Connection(self._path)


def ask(path: Path, method: str, *arguments: object) -> Any:
    """Call a method of supervisord's `supervisor` namespace; OSError when nobody listens."""
    with xmlrpc.client.ServerProxy(
        "http://localhost", transport=_Transport(path), allow_none=True
    ) as proxy:
        return getattr(proxy.supervisor, method)(*arguments)


def processes(path: Path) -> list[Process]:
    """Every process that supervisord looks after."""
    rows = ask(path, "getAllProcessInfo")
    return [Process(row["name"], row["statename"], int(row["start"])) for row in rows]
