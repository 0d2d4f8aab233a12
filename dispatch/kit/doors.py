"""The public doors: how often a minute one address may knock at each, refused before anything is read."""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import TypeVar

import anyio.to_thread
from limits import RateLimitItem, RateLimitItemPerMinute
from starlette.types import ASGIApp, Receive, Scope, Send

from dispatch.kit.address import client_address, is_in
from dispatch.kit.config import settings
from dispatch.kit.errors import DomainError
from dispatch.kit.http import problem_of
from dispatch.kit.ratelimit import limiter, too_many

T = TypeVar("T")
#: What answers whoever must wait: problem details for programs, a page for people.
Refuse = Callable[[Scope, DomainError], ASGIApp]

#: How many addresses one process remembers by door.
MANY = 20_000


@dataclass(frozen=True)
class Door:
    """A group of public addresses that share one count: methods, pattern of the path, limit a minute."""

    name: str
    methods: frozenset[str]
    path: re.Pattern[str]
    per_minute: int


def door(name: str, methods: str, path: str, per_minute: int) -> Door:
    """A door; `methods` like "GET POST", `path` a regular expression for its beginning."""
    return Door(name, frozenset(methods.split()), re.compile(path), per_minute)


class Tally:
    """What this process knows of each address, so that few knocks need a word with Redis.

    An eighth of the limit is counted here before it is told; who was refused stays refused until
    the window ends.
    """

    def __init__(self, item: RateLimitItem, name: str) -> None:
        self._item, self._name = item, name
        self._step = max(1, item.amount // 8)
        self._untold: dict[str, int] = {}
        self._closed_until: dict[str, float] = {}

    async def wait(self, address: str) -> int:
        """Seconds that this address must wait; 0: come in."""
        closed = self._closed_until.get(address)
        if closed is not None:
            left = closed - monotonic()
            if left > 0:
                return math.ceil(left)
            del self._closed_until[address]
        untold = self._untold.get(address, 0) + 1
        if untold < self._step:
            self._note(self._untold, address, untold)
            return 0
        self._untold.pop(address, None)
        wait = await anyio.to_thread.run_sync(self._ask, address, untold)
        if wait:
            self._note(self._closed_until, address, monotonic() + wait)
        return wait

    def _ask(self, address: str, cost: int) -> int:
        counts = limiter()
        if counts.hit(self._item, self._name, address, cost=cost):
            return 0
        return counts.retry_after(self._item, self._name, address)

    @staticmethod
    def _note(kept: dict[str, T], address: str, value: T) -> None:
        if len(kept) > MANY:  # a crowd of addresses: better to forget than to grow
            kept.clear()
        kept[address] = value


def _plainly(_scope: Scope, error: DomainError) -> ASGIApp:
    return problem_of(error)


class RateLimit:
    """Middleware that refuses with 429 before a body is read or a thread taken."""

    def __init__(self, app: ASGIApp, *, doors: Sequence[Door], refuse: Refuse = _plainly) -> None:
        self.app = app
        self.refuse = refuse
        given = settings().rate_limits
        self.doors = tuple(
            (
                each,
                Tally(RateLimitItemPerMinute(given.get(each.name, each.per_minute)), each.name),
            )
            for each in doors
        )

    def _find(self, method: str, path: str) -> Tally | None:
        for each, tally in self.doors:
            if method in each.methods and each.path.match(path):
                return tally
        return None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        tally = self._find(scope["method"], scope["path"]) if scope["type"] == "http" else None
        if tally is None or (wait := await _wait(tally, scope)) == 0:
            await self.app(scope, receive, send)
            return
        await self.refuse(scope, too_many(wait))(scope, receive, send)


async def _wait(tally: Tally, scope: Scope) -> int:
    address = client_address(scope)
    exempt = settings().rate_exempt
    return 0 if exempt and is_in(address, exempt) else await tally.wait(address)
