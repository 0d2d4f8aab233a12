"""A client that listens to live events."""

import httpx
import orjson

from dispatch.kit.db import Json


class Listener:
    """A client that reads its stream until it has what the test waits for."""

    def __init__(self, address: str, token: str, *, last: int | None = None) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        if last is not None:
            headers["Last-Event-ID"] = str(last)
        self._client = httpx.Client(timeout=10, headers=headers)
        self._open = self._client.stream("GET", f"{address}/api/v1/live")
        self.answer = self._open.__enter__()
        self._lines = self.answer.iter_lines()

    def next(self) -> tuple[str, Json, int | None]:
        """The next event: its type, data and id."""
        kind, data, number = "message", "", None
        for line in self._lines:
            name, _, value = line.partition(": ")
            if name == "event":
                kind = value
            elif name == "data":
                data = value
            elif name == "id":
                number = int(value)
            elif not line and data:
                return kind, orjson.loads(data), number
        return "end", {}, None

    def close(self) -> None:
        """Go away."""
        self._open.__exit__(None, None, None)
        self._client.close()
