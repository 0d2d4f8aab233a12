"""The demonstration's people, who have logged in before their day begins."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from dispatch.simulate.wire import Answer, Wire


@dataclass
class People:
    """Who can act: log-ins from `var/demo.json`; tokens are fetched once and shared."""

    base_url: str
    demo: dict[str, Any]
    _tokens: dict[str, str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _local: threading.local = field(default_factory=threading.local)

    @property
    def wire(self) -> Wire:
        """This thread's connection."""
        if not hasattr(self._local, "wire"):
            self._local.wire = Wire(self.base_url)
        found: Wire = self._local.wire
        return found

    def username(self, role: str) -> str:
        """The user name of a role's demonstration log-in."""
        return str(self.demo["users"][role]["username"])

    def manager_of(self, department: str) -> str:
        """The user name of a department's manager."""
        return str(self.demo["managers"][department])

    def inspector_of(self, working_grid: str | None) -> str:
        """The user name of a working grid's inspector; without a grid the shift leader's."""
        return str(self.demo["inspectors"].get(working_grid) or self.username("shift_leader"))

    def begin(self) -> Iterator[int]:
        """Log everybody in who may have something to do; after each, how many are still to come."""
        roles = {each["username"] for each in self.demo["users"].values()}
        posts = {*self.demo["managers"].values(), *self.demo["inspectors"].values()}
        everybody = sorted(map(str, roles | posts))
        for left, username in zip(reversed(range(len(everybody))), everybody, strict=True):
            self._token(username)
            yield left

    def ask(self, username: str, method: str, path: str, json: Any = None) -> Answer:
        """A request by somebody who is logged in."""
        return self.wire.send(
            method,
            path,
            json=json,
            headers={"Authorization": f"Bearer {self._token(username)}"},
        )

    def _token(self, username: str) -> str:
        with self._lock:
            if username not in self._tokens:
                password = self.demo["users"]["agent"]["password"]
                answer = self.wire.send(
                    "POST",
                    "/api/v1/session",
                    json={"username": username, "password": password},
                )
                if answer.status not in (200, 201):
                    message = f"{username} cannot log in: {answer.status} {answer.body}"
                    raise RuntimeError(message)
                self._tokens[username] = answer.body["token"]
            return self._tokens[username]
