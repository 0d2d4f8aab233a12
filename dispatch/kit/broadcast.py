"""The channel on which the relay tells every web process what has happened, for those who watch live."""

from dataclasses import dataclass
from typing import Any

import orjson
from redis.connection import parse_url

#: Told without a row in the outbox (id 0): who looks at a case has changed. Nobody catches up on it.
HERE = "here"


@dataclass(frozen=True)
class Told:
    """An event as it is told: the id of its row in the outbox, its name, what it carries."""

    id: int
    name: str
    payload: dict[str, Any]


def channel(redis_url: str) -> str:
    """The Redis channel of this installation; a message is one event of the outbox as JSON.

    Keys and queues are kept apart by Redis' database number; channels are not, so the name carries it.
    """
    address = parse_url(redis_url)  # type: ignore[no-untyped-call]
    return f"dispatch:live:{address.get('db') or 0}"


def encode(event: Told) -> bytes:
    """The message for the channel."""
    return orjson.dumps({"id": event.id, "name": event.name, "payload": event.payload})


def decode(message: bytes) -> Told:
    """The event in a message. ValueError or KeyError if it is none."""
    found = orjson.loads(message)
    return Told(int(found["id"]), str(found["name"]), dict(found["payload"]))
