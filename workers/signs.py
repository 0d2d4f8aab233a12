"""Signs of life: what each lasting process writes into Redis for the doctor, `/readyz` and `/metrics`."""

import json
import os
import socket
from datetime import UTC, datetime
from typing import Any

from redis import Redis

from dispatch.kit import alive

#: A process that is silent for so many seconds is no longer listed.
LASTS = 60


class Signs:
    """The signs of one process of a kind: relay, clock or worker."""

    def __init__(self, kind: str, redis: Redis) -> None:
        self._kind = kind
        self._redis = redis
        self._key = f"dispatch:heartbeat:{kind}:{socket.gethostname()}:{os.getpid()}"

    def give(self, **details: Any) -> None:
        """Say that this process works, and how it stands."""
        at = datetime.now(UTC)
        alive.give_sign(self._redis, self._kind, at=at)
        said = {"kind": self._kind, "pid": os.getpid(), "at": at.isoformat(), **details}
        self._redis.set(self._key, json.dumps(said), ex=LASTS)
