"""One thread's connection to the platform, with the standard library's client: it costs the least."""

import http.client
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import orjson

#: A connection serves so many requests and is then made anew, so that all web processes get some.
REQUESTS_A_CONNECTION = 25
TIMEOUT = 30.0
_GONE = (BrokenPipeError, ConnectionResetError, http.client.RemoteDisconnected)


@dataclass(frozen=True)
class Answer:
    """What came back. `status` 0: nothing did, `body` then holds the words of the error."""

    status: int
    body: Any
    seconds: float


class Wire:
    """A connection that opens when needed and is not shared between threads."""

    def __init__(self, base_url: str) -> None:
        parts = urlsplit(base_url)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80
        self._open: http.client.HTTPConnection | None = None
        self._used = 0

    def send(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        json: Any = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """Send a request and read the answer whole; JSON is read as such."""
        told = dict(headers or {})
        if json is not None:
            body = orjson.dumps(json)
            told["Content-Type"] = "application/json"
        started = time.perf_counter()
        try:
            try:
                got, raw = self._exchange(method, path, body, told)
            except _GONE:
                if self._used == 1:
                    raise
                self.close()  # the server had ended the idle connection; a new one it is
                got, raw = self._exchange(method, path, body, told)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            return Answer(0, f"{type(error).__name__}: {error}", time.perf_counter() - started)
        seconds = time.perf_counter() - started
        kind = got.headers.get("Content-Type", "")
        return Answer(got.status, orjson.loads(raw) if raw and "json" in kind else raw, seconds)

    def _exchange(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str]
    ) -> tuple[http.client.HTTPResponse, bytes]:
        connection = self._connection()
        connection.request(method, path, body=body, headers=headers)
        got = connection.getresponse()
        return got, got.read()

    def _connection(self) -> http.client.HTTPConnection:
        if self._used >= REQUESTS_A_CONNECTION:
            self.close()
        if self._open is None:
            self._open = http.client.HTTPConnection(self._host, self._port, timeout=TIMEOUT)
        self._used += 1
        return self._open

    def close(self) -> None:
        """End the connection; the next request opens another."""
        if self._open is not None:
            self._open.close()
        self._open, self._used = None, 0
