"""One message to a department's own system: signed, within a time limit, and never to a forbidden address."""

import hashlib
import hmac
import ssl
import time
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from urllib.parse import urlsplit

import httpcore

from dispatch.exchange.reach import Deadline, GuardedBackend, Refused
from dispatch.kit.config import settings

USER_AGENT = b"city-dispatch"
#: Bytes of an answer that are read; nobody needs more than the first words of an error.
ANSWER_BYTES = 4096
SHOWN_CHARACTERS = 200


@dataclass(frozen=True)
class Message:
    """What is sent: the delivery's id (the same at every attempt), where to, and the JSON body."""

    delivery_id: str
    event: str
    url: str
    secret: str
    body: bytes
    timeout_s: float


@dataclass(frozen=True)
class Outcome:
    """What came of it. `status` None: no answer; `error` None: delivered; `retry_after` in seconds."""

    status: int | None
    error: str | None
    seconds: float
    retry_after: float | None = None


def secret_of(department_code: str, version: int) -> str:
    """The signing secret of a department: derived, never stored; a new version makes a new one."""
    key = settings().secret_key.get_secret_value().encode()
    return hmac.new(
        key, f"webhook:{department_code}:{version}".encode(), hashlib.sha256
    ).hexdigest()


def signature(secret: str, *, timestamp: int, delivery_id: str, body: bytes) -> str:
    """`sha256=` and the HMAC of `timestamp.delivery.body` in hex."""
    signed = f"{timestamp}.{delivery_id}.".encode() + body
    return "sha256=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def headers(message: Message, *, at: datetime) -> list[tuple[bytes, bytes]]:
    """The header lines of a message sent at `at`."""
    timestamp = int(at.timestamp())
    signed = signature(
        message.secret, timestamp=timestamp, delivery_id=message.delivery_id, body=message.body
    )
    lines = {
        "Host": urlsplit(message.url).netloc.rpartition("@")[2],
        "Content-Type": "application/json",
        "Content-Length": str(len(message.body)),
        "Connection": "close",
        "X-Dispatch-Event": message.event,
        "X-Dispatch-Delivery": message.delivery_id,
        "X-Dispatch-Timestamp": str(timestamp),
        "X-Dispatch-Signature": signed,
    }
    return [
        *((name.encode(), value.encode()) for name, value in lines.items()),
        (b"User-Agent", USER_AGENT),
    ]


def send(message: Message, *, at: datetime) -> Outcome:
    """Send once and wait for the answer, `timeout_s` at most in all. Follows no redirect, never raises."""
    started = time.monotonic()
    deadline = Deadline(started + message.timeout_s)
    try:
        with httpcore.ConnectionPool(
            ssl_context=_tls(), network_backend=GuardedBackend(deadline), retries=0
        ) as pool:
            return _exchange(pool, message, started=started, at=at)
    except Refused as error:
        return Outcome(None, str(error), time.monotonic() - started)
    except (httpcore.TimeoutException, TimeoutError):
        words = f"{message.timeout_s:g} 秒内没有应答 / no answer within {message.timeout_s:g} s"
        return Outcome(None, words, time.monotonic() - started)
    except (
        httpcore.NetworkError,
        httpcore.ProtocolError,
        httpcore.UnsupportedProtocol,
        OSError,
        ValueError,
    ) as error:
        words = f"连接失败 / cannot connect: {error or type(error).__name__}"
        return Outcome(None, words, time.monotonic() - started)


def _exchange(
    pool: httpcore.ConnectionPool, message: Message, *, started: float, at: datetime
) -> Outcome:
    left = message.timeout_s
    with pool.stream(
        "POST",
        message.url,
        headers=headers(message, at=at),
        content=message.body,
        extensions={"timeout": {"connect": left, "read": left, "write": left, "pool": left}},
    ) as answer:
        head = b""
        for part in answer.iter_stream():
            head += part
            if len(head) >= ANSWER_BYTES:
                break
    seconds = time.monotonic() - started
    if 200 <= answer.status < 300:
        return Outcome(answer.status, None, seconds)
    shown = head.decode("utf-8", "replace").strip()[:SHOWN_CHARACTERS]
    return Outcome(
        answer.status,
        f"HTTP {answer.status} {shown}".strip(),
        seconds,
        _retry_after(answer.headers),
    )


def _retry_after(lines: list[tuple[bytes, bytes]]) -> float | None:
    given = next((value for name, value in lines if name.lower() == b"retry-after"), b"")
    return float(given) if given.isdigit() else None


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    context = httpcore.default_ssl_context()
    context.load_default_certs()
    return context
