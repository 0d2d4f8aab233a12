"""Live: server-sent events of what a person may see, fed to all of a process by one Redis subscription."""

import asyncio
import contextlib
import logging
import signal
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import FrameType
from typing import Annotated

import orjson
from fastapi import Depends, Header, Query, Request
from fastapi.responses import StreamingResponse
from sqlalchemy import func, select
from starlette.concurrency import run_in_threadpool

from dispatch.cases.policy import may_see
from dispatch.kit import clock
from dispatch.kit.broadcast import HERE, Told, channel, decode
from dispatch.kit.config import settings
from dispatch.kit.db import Json, open_session
from dispatch.kit.outbox import OutboxRow
from dispatch.kit.redis import RedisError, connect_async
from dispatch.kit.routes import Router
from dispatch.people import queries
from dispatch.people.http import CurrentLogin, require
from dispatch.people.permissions import Permission
from dispatch.people.policy import Person
from dispatch.people.queries import Login

log = logging.getLogger(__name__)
router = Router(prefix="/api/v1", tags=["cases"])

BEAT = 15.0
PATIENCE = 5.0
BACKLOG = 256
CATCH_UP, CATCH_UP_AGE = 500, timedelta(hours=1)


def may_hear(person: Person, payload: Json) -> bool:
    """Whether a person may hear of an event, by the rule for seeing the case that it is about.

    What is meant for certain people (`user_ids`) is for nobody else.
    """
    if "user_ids" in payload:
        return person.id in payload["user_ids"]
    units = (payload.get("department_id"), *(payload.get("department_ids") or ()))
    staff = (payload.get("inspector_id"), payload.get("reported_by_id"))
    return may_see(
        person,
        department_ids=frozenset(unit for unit in units if unit is not None),
        district_code=payload.get("district_code"),
        working_grid=payload.get("working_grid"),
        staff_ids=frozenset(each for each in staff if each is not None),
    )


@dataclass(eq=False)
class Watcher:
    """One open stream: for whom, and what waits to be written to it; None ends it."""

    person: Person
    waiting: asyncio.Queue[Told | None] = field(default_factory=lambda: asyncio.Queue(BACKLOG))

    def offer(self, told: Told | None) -> None:
        """Hand over an event. Whoever is too slow to take them is sent home, to come back for the rest."""
        if self.waiting.full():
            self.waiting.get_nowait()
            told = None
        self.waiting.put_nowait(told)


class Watchers:
    """Everybody who watches in this process, and the subscription that feeds them."""

    def __init__(self) -> None:
        self._all: set[Watcher] = set()
        self._task: asyncio.Task[None] | None = None
        self.subscribed = asyncio.Event()
        self.is_closing = False

    @contextlib.contextmanager
    def join(self, person: Person) -> Iterator[Watcher]:
        """Watch until the block ends. The subscription begins with the first who does."""
        if self._task is None:
            self._task = asyncio.create_task(self._listen())
        watcher = Watcher(person)
        self._all.add(watcher)
        try:
            yield watcher
        finally:
            self._all.discard(watcher)

    def tell(self, told: Told) -> None:
        """Offer an event to those who may hear of it."""
        for watcher in self._all:
            if may_hear(watcher.person, told.payload):
                watcher.offer(told)

    def send_home(self) -> None:
        """End every stream; browsers come back by themselves and say what they heard last."""
        for watcher in self._all:
            watcher.offer(None)

    def close(self) -> None:
        """The server ends: so do the streams, that it need not wait for them."""
        self.is_closing = True
        self.send_home()

    async def stop(self) -> None:
        """End the subscription."""
        self.close()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _listen(self) -> None:
        while not self.is_closing:
            try:
                await self._hear()
            except (RedisError, OSError) as error:
                log.warning("live events pause, Redis does not answer: %s", error)
            self.subscribed.clear()
            self.send_home()
            await asyncio.sleep(1)

    async def _hear(self) -> None:
        async with connect_async() as redis, redis.pubsub() as pubsub:
            await pubsub.subscribe(channel(settings().redis_url))
            async for message in pubsub.listen():
                if message["type"] == "subscribe":
                    self.subscribed.set()
                elif message["type"] == "message":
                    self._take(message["data"])

    def _take(self, data: bytes) -> None:
        try:
            self.tell(decode(data))
        except (KeyError, TypeError, ValueError):
            log.warning("a message on %s is no event: %.200r", channel(settings().redis_url), data)


@contextlib.asynccontextmanager
async def watching() -> AsyncIterator[Watchers]:
    """The watchers of this process, until the server ends."""
    watchers = Watchers()
    _end_with_the_server(watchers)
    try:
        yield watchers
    finally:
        await watchers.stop()


def _end_with_the_server(watchers: Watchers) -> None:
    # A server that is told to stop waits for open answers; these would never end by themselves.
    if threading.current_thread() is not threading.main_thread():
        return
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        before = signal.getsignal(number)
        if not callable(before):
            continue

        def end(caught: int, frame: FrameType | None, before: object = before) -> None:
            loop.call_soon_threadsafe(watchers.close)
            if callable(before):
                before(caught, frame)

        signal.signal(number, end)


@dataclass(frozen=True)
class Missed:
    """What happened since: the events, the id up to which that is, whether it was too much to tell."""

    events: list[Told]
    up_to: int
    too_much: bool


def missed_since(person: Person, last: int | None, *, at: datetime) -> Missed:
    """The events after `last` that the person may hear of; without `last` only where we are now."""
    with open_session() as session:
        newest = session.scalar(select(func.max(OutboxRow.id))) or 0
        if last is None:
            return Missed([], newest, too_much=False)
        rows = session.execute(
            select(OutboxRow.id, OutboxRow.name, OutboxRow.payload, OutboxRow.created_at)
            .where(OutboxRow.id > last)
            .order_by(OutboxRow.id)
            .limit(CATCH_UP + 1)
        ).all()
    if len(rows) > CATCH_UP or any(row.created_at < at - CATCH_UP_AGE for row in rows):
        return Missed([], newest, too_much=True)
    told = [Told(row.id, row.name, row.payload) for row in rows]
    heard = [each for each in told if may_hear(person, each.payload)]
    return Missed(heard, told[-1].id if told else last, too_much=False)


def _still_holds(login: Login, *, at: datetime) -> bool:
    with open_session() as session:
        now = queries.login_by_hash(session, login.secret_hash, at=at)
    return now is not None and now.person == login.person


def _written(told: Told) -> bytes:
    if told.name == HERE:
        # no id: the browser goes on from the last event that has one; no more than which case
        return b"event: here\ndata: %b\n\n" % orjson.dumps({"public_id": told.payload["public_id"]})
    # whom it is meant for is nobody else's business
    shown = {name: value for name, value in told.payload.items() if name != "user_ids"}
    data = orjson.dumps({"name": told.name, **shown})
    return b"id: %d\ndata: %b\n\n" % (told.id, data)


async def _catch_up(person: Person, last: int | None, seen: set[int]) -> AsyncIterator[bytes]:
    missed = await run_in_threadpool(missed_since, person, last, at=clock.now())
    for told in missed.events:
        seen.add(told.id)
        yield _written(told)
    kind = b"reset" if missed.too_much else b"ready"
    yield b"id: %d\nevent: %b\ndata: {}\n\n" % (missed.up_to, kind)


async def stream(watchers: Watchers, login: Login, last: int | None) -> AsyncIterator[bytes]:
    """What is written to one client, until the session, the server or the subscription ends."""
    with watchers.join(login.person) as watcher:
        yield b"retry: 2000\n\n"
        try:
            async with asyncio.timeout(PATIENCE):
                await watchers.subscribed.wait()
        except TimeoutError:
            return
        seen: set[int] = set()
        async for part in _catch_up(login.person, last, seen):
            yield part
        while clock.now() < login.expires_at:
            try:
                async with asyncio.timeout(BEAT):
                    told = await watcher.waiting.get()
            except TimeoutError:
                if not await run_in_threadpool(_still_holds, login, at=clock.now()):
                    return
                yield b": \n\n"
                continue
            if told is None:
                return
            if told.name == HERE or told.id not in seen:
                yield _written(told)


@router.get(
    "/live",
    summary="实时事件 / What happens, as it happens",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
)
async def watch(
    request: Request,
    login: CurrentLogin,
    _person: Annotated[Person, Depends(require(Permission.CASES_READ))],
    last_event_id: Annotated[int | None, Header()] = None,
    since: Annotated[int | None, Query(description="as the Last-Event-ID header")] = None,
) -> StreamingResponse:
    """Events as `data: {"name": "case.filed", …}`; `ready` first; `reset` where too much was missed."""
    last = last_event_id if last_event_id is not None else since
    return StreamingResponse(
        stream(request.state.watchers, login, last),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )
