"""Live events over a real server: who hears what, what is caught up, and when a stream ends."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import httpx
import pytest
import uvicorn
from sqlalchemy import Engine, delete, insert, update
from sqlalchemy.orm import Session

from dispatch import live
from dispatch.kit import clock, config
from dispatch.kit import redis as kit_redis
from dispatch.kit.broadcast import Told, channel, decode, encode
from dispatch.kit.config import settings
from dispatch.kit.db import Json
from dispatch.kit.outbox import OutboxRow
from dispatch.live import Watchers, may_hear
from dispatch.main import build_app
from dispatch.people.model import Role, User, UserSession
from dispatch.people.policy import Person
from tests.factories.listener import Listener
from tests.factories.people import add_user, open_login
from tests.factories.servers import RedisServer

PAYLOAD: Json = {
    "case_id": 1,
    "public_id": "20261121-0001",
    "department_id": 7,
    "district_code": "450203",
    "working_grid": "G12",
}


@pytest.fixture(scope="module")
def own_redis() -> Iterator[None]:
    """A Redis of this module's own: channels have no number of a database, others on it would be heard."""
    server = RedisServer()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REDIS_URL", server.url)
        config.settings.cache_clear()
        kit_redis.client.cache_clear()
        yield
        kit_redis.client().close()
    config.settings.cache_clear()
    kit_redis.client.cache_clear()
    server.close()


@pytest.fixture(scope="module")
def address(engine: Engine, own_redis: None) -> Iterator[str]:
    """A server of this process, on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(
        uvicorn.Config(build_app(), port=port, log_config=None, timeout_graceful_shutdown=5)
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(timeout=10)
    assert not thread.is_alive(), "a stream kept the server from ending"


@dataclass(frozen=True)
class Account:
    """Somebody who is logged in, for as long as the test."""

    user_id: int
    token: str


@pytest.fixture
def accounts(engine: Engine) -> Iterator[dict[str, Account]]:
    """An agent of the whole city, one of another district, and inspectors of two grids."""
    wanted: dict[str, tuple[Role, Json]] = {
        "agent": (Role.AGENT, {}),
        "elsewhere": (Role.DISPATCHER, {"district_code": "450205"}),
        "inspector": (Role.INSPECTOR, {"working_grids": ["G12"]}),
        "neighbour": (Role.INSPECTOR, {"working_grids": ["G13"]}),
    }
    with Session(engine, expire_on_commit=False) as session, session.begin():
        users = {name: add_user(session, role, **more) for name, (role, more) in wanted.items()}
        made = {
            name: Account(user.id, open_login(session, user).secret) for name, user in users.items()
        }
    yield made
    with Session(engine) as session, session.begin():
        session.execute(delete(User).where(User.id.in_([each.user_id for each in made.values()])))
        session.execute(delete(OutboxRow))


Listen = Callable[..., Listener]


@pytest.fixture
def listen(address: str) -> Iterator[Listen]:
    """Open streams; they are closed after the test."""
    opened: list[Listener] = []

    def begin(account: Account, *, last: int | None = None) -> Listener:
        listener = Listener(address, account.token, last=last)
        opened.append(listener)
        return listener

    yield begin
    for each in opened:
        each.close()


def _tell(
    number: int, name: str = "case.filed", *, of_redis: str | None = None, **payload: object
) -> None:
    message = encode(Told(number, name, {**PAYLOAD, **payload}))
    kit_redis.client().publish(channel(of_redis or settings().redis_url), message)


def _store(engine: Engine, *, minutes_ago: int = 0, **payload: object) -> int:
    with Session(engine) as session, session.begin():
        number = session.scalar(
            insert(OutboxRow)
            .values(
                name="case.dispatched",
                payload={**PAYLOAD, **payload},
                created_at=clock.now() - timedelta(minutes=minutes_ago),
            )
            .returning(OutboxRow.id)
        )
    return int(number or 0)


def test_everybody_hears_what_they_may_see(accounts: dict[str, Account], listen: Listen) -> None:
    agent, inspector = listen(accounts["agent"]), listen(accounts["inspector"])
    elsewhere, neighbour = listen(accounts["elsewhere"]), listen(accounts["neighbour"])
    for each in (agent, inspector, elsewhere, neighbour):
        assert each.next()[0] == "ready"
    _tell(10_001)
    _tell(10_002, district_code="450205", working_grid="G13")
    assert agent.next() == ("message", {"name": "case.filed", **PAYLOAD}, 10_001)
    assert agent.next()[2] == 10_002
    assert inspector.next()[2] == 10_001
    assert elsewhere.next()[2] == 10_002
    assert neighbour.next()[2] == 10_002


def test_stream_is_no_cached_buffered_or_compressed_answer(
    accounts: dict[str, Account], listen: Listen
) -> None:
    headers = listen(accounts["agent"]).answer.headers
    assert headers["content-type"].startswith("text/event-stream")
    assert headers["cache-control"] == "no-store"
    assert headers["x-accel-buffering"] == "no"
    assert "content-encoding" not in headers


def test_nobody_listens_without_logging_in(address: str) -> None:
    answer = httpx.get(f"{address}/api/v1/live")
    assert (answer.status_code, answer.json()["code"]) == (401, "not_logged_in")


def test_who_comes_back_hears_what_was_missed_and_nothing_twice(
    engine: Engine, accounts: dict[str, Account], listen: Listen
) -> None:
    first = _store(engine)
    second = _store(engine)
    hidden = _store(engine, working_grid="G13")
    inspector = listen(accounts["inspector"], last=first)
    assert inspector.next()[2] == second
    kind, _, up_to = inspector.next()
    assert (kind, up_to) == ("ready", hidden)
    _tell(second)
    _tell(hidden + 1)
    assert inspector.next()[2] == hidden + 1


def test_who_was_away_too_long_is_told_to_load_anew(
    engine: Engine, accounts: dict[str, Account], listen: Listen
) -> None:
    first = _store(engine, minutes_ago=90)
    _store(engine, minutes_ago=80)
    newest = _store(engine)
    kind, _, up_to = listen(accounts["agent"], last=first).next()
    assert (kind, up_to) == ("reset", newest)


def test_message_that_is_no_event_disturbs_nobody(
    accounts: dict[str, Account], listen: Listen
) -> None:
    agent = listen(accounts["agent"])
    agent.next()
    for rubbish in (b"rubbish", b"[]", b'{"id": 1}', b'{"id": 1, "name": "x", "payload": 3}'):
        kit_redis.client().publish(channel(settings().redis_url), rubbish)
    _tell(10_003)
    assert agent.next()[2] == 10_003


def test_what_another_installation_on_the_same_redis_tells_is_not_heard(
    accounts: dict[str, Account], listen: Listen
) -> None:
    agent = listen(accounts["agent"])
    agent.next()
    _tell(10_004, of_redis="unix:///run/redis.sock?db=4711")
    _tell(10_005)
    assert agent.next()[2] == 10_005


def test_one_subscription_serves_all(accounts: dict[str, Account], listen: Listen) -> None:
    for account in accounts.values():
        listen(account).next()
    (_, subscribers), *_ = kit_redis.client().pubsub_numsub(channel(settings().redis_url))
    assert subscribers == 1


def test_stream_ends_after_logging_out(
    engine: Engine, accounts: dict[str, Account], listen: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "BEAT", 0.1)
    agent = listen(accounts["agent"])
    agent.next()
    with Session(engine) as session, session.begin():
        session.execute(delete(UserSession).where(UserSession.user_id == accounts["agent"].user_id))
    assert agent.next()[0] == "end"


def test_stream_ends_when_the_post_changes(
    engine: Engine, accounts: dict[str, Account], listen: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "BEAT", 0.1)
    inspector = listen(accounts["inspector"])
    inspector.next()
    with Session(engine) as session, session.begin():
        session.execute(
            update(User)
            .where(User.id == accounts["inspector"].user_id)
            .values(working_grids=["G99"])
        )
    assert inspector.next()[0] == "end"


def test_streams_end_when_redis_lets_go_so_that_browsers_come_back(
    accounts: dict[str, Account], listen: Listen
) -> None:
    agent = listen(accounts["agent"])
    agent.next()
    kit_redis.client().client_kill_filter(_type="pubsub")
    assert agent.next()[0] == "end"
    again = listen(accounts["agent"])
    assert again.next()[0] == "ready"
    _tell(10_004)
    assert again.next()[2] == 10_004


def test_slow_listener_is_sent_home_instead_of_filling_the_memory() -> None:
    async def overflow() -> list[Told | None]:
        watchers = Watchers()
        agent = Person(id=1, name="a", roles=frozenset({Role.AGENT}))
        with watchers.join(agent) as watcher:
            for number in range(live.BACKLOG + 1):
                watchers.tell(Told(number, "case.filed", PAYLOAD))
            waiting = [watcher.waiting.get_nowait() for _ in range(watcher.waiting.qsize())]
        await watchers.stop()
        return waiting

    waiting = asyncio.run(overflow())
    assert len(waiting) == live.BACKLOG
    assert waiting[-1] is None


@pytest.mark.parametrize(
    ("person", "hears"),
    [
        (Person(1, "city", frozenset({Role.SUPERVISOR})), True),
        (Person(1, "district", frozenset({Role.AGENT}), district_code="450203"), True),
        (Person(1, "other district", frozenset({Role.AGENT}), district_code="450205"), False),
        (Person(1, "unit", frozenset({Role.HANDLER}), department_id=7), True),
        (Person(1, "assists", frozenset({Role.MANAGER}), department_id=8), True),
        (Person(1, "other unit", frozenset({Role.MANAGER}), department_id=9), False),
        (Person(1, "grid", frozenset({Role.INSPECTOR}), working_grids=frozenset({"G12"})), True),
        (Person(1, "other grid", frozenset({Role.INSPECTOR})), False),
        (Person(5, "checks it", frozenset({Role.INSPECTOR})), True),
        (Person(5, "no inspector", frozenset({Role.HANDLER})), False),
        (Person(1, "nobody", frozenset()), False),
    ],
    ids=lambda value: value.name if isinstance(value, Person) else "",
)
def test_rule_of_hearing_is_the_rule_of_seeing(person: Person, hears: bool) -> None:
    payload = {**PAYLOAD, "department_ids": [7, 8], "inspector_id": 5}
    assert may_hear(person, payload) is hears


def test_event_survives_the_way() -> None:
    told = Told(5, "case.closed", {"text": "已结案"})
    assert decode(encode(told)) == told
