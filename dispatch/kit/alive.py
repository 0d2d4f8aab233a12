"""Signs of life: each lasting process says now and then that it works, and the doctor listens."""

from datetime import datetime

from redis import Redis

KEY = "dispatch:alive"

#: The processes that give signs of life, and after how many seconds of silence one is missed.
SILENCE = {"relay": 30, "clock": 60, "worker": 120}


def give_sign(redis: Redis, process: str, *, at: datetime) -> None:
    """Say that this process works; cheap enough for every few seconds."""
    redis.hset(KEY, process, at.isoformat())


def last_signs(redis: Redis) -> dict[str, datetime]:
    """When each process last said that it works."""
    return {
        _text(process): datetime.fromisoformat(_text(at))
        for process, at in redis.hgetall(KEY).items()
    }


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
