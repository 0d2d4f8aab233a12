"""Who looks at which case now, and what they are about to do: kept in Redis for as long as they say so.

Nothing of it is stored. A change is told over the live events as the number of the case alone, to
those who may hear of the case; who it is they ask for, as anybody who looks at the case.
"""

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import orjson

from dispatch.cases.commands.deed import payload_of
from dispatch.cases.model import Case
from dispatch.cases.states import Verb
from dispatch.kit.broadcast import HERE, Told, channel, encode
from dispatch.kit.config import settings
from dispatch.kit.redis import RedisError, client
from dispatch.people.policy import Person

log = logging.getLogger(__name__)

#: Pages say every 20 seconds that somebody is still there.
SECONDS: Final = 50


@dataclass(frozen=True)
class Here:
    """Somebody who has the case open; `doing` is the deed whose form they fill in, or nothing."""

    id: int
    name: str
    role: str
    doing: str


def _key(case: Case) -> str:
    return f"dispatch:here:{case.public_id}"


def _tell(case: Case, *, at: datetime) -> None:
    payload = payload_of(case, verb="", at=at)
    client().publish(channel(settings().redis_url), encode(Told(0, HERE, payload)))


def stay(case: Case, person: Person, *, doing: str, at: datetime) -> None:
    """The person looks at the case and is filling in `doing` (a verb, or nothing)."""
    known = doing if doing in set(Verb) else ""
    role = min(person.roles, default="")
    row = orjson.dumps([person.name, role, known, at.timestamp()])
    try:
        before = client().hget(_key(case), str(person.id))
        client().hset(_key(case), str(person.id), row)
        client().expire(_key(case), SECONDS)
        if before is None or _doing(before) != known:
            _tell(case, at=at)
    except RedisError as error:
        log.warning("who is here is not known, Redis does not answer: %s", error)


def go_away(case: Case, person: Person, *, at: datetime) -> None:
    """The person has left the page."""
    try:
        if client().hdel(_key(case), str(person.id)):
            _tell(case, at=at)
    except RedisError as error:
        log.warning("who is here is not known, Redis does not answer: %s", error)


def _doing(row: bytes | str) -> str:
    return str(orjson.loads(row)[2])


def others_here(case: Case, person: Person, *, at: datetime) -> list[Here]:
    """Who else has the case open, by name."""
    try:
        rows = client().hgetall(_key(case))
    except RedisError as error:
        log.warning("who is here is not known, Redis does not answer: %s", error)
        return []
    found = []
    for key, value in rows.items():
        name, role, doing, seen = orjson.loads(value)
        if int(key) != person.id and at.timestamp() - seen <= SECONDS:
            found.append(Here(int(key), name, role, doing))
    return sorted(found, key=lambda each: (each.name, each.id))
