"""The doctor's last round: what the whole installation was found to be, kept for those who look at a page."""

from dataclasses import dataclass
from datetime import datetime

import orjson
from redis import Redis

KEY = "dispatch:checkup"


@dataclass(frozen=True)
class Finding:
    """How one part stood, in words, and what puts it right."""

    check: str
    standing: str
    zh: str
    en: str
    remedy_zh: str = ""
    remedy_en: str = ""


@dataclass(frozen=True)
class Checkup:
    """A round and when it was made."""

    at: datetime
    findings: tuple[Finding, ...]

    @property
    def complaints(self) -> tuple[Finding, ...]:
        """What is not well."""
        return tuple(each for each in self.findings if each.standing != "well")


def keep(redis: Redis, findings: bytes, *, at: datetime) -> None:
    """Keep a round: the JSON that `dispatch doctor --json` writes."""
    redis.set(KEY, orjson.dumps({"at": at, "findings": orjson.loads(findings)}))


def last(redis: Redis) -> Checkup | None:
    """The last round; None before the first."""
    kept = redis.get(KEY)
    if kept is None:
        return None
    found = orjson.loads(kept)
    return Checkup(
        at=datetime.fromisoformat(found["at"]),
        findings=tuple(Finding(**each) for each in found["findings"]),
    )
