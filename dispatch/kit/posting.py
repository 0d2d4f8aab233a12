"""One POST to another system: within a time limit, to allowed addresses only, no redirect followed, never raising."""

import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

import httpcore

from dispatch.kit.reach import Deadline, GuardedBackend, Refused

USER_AGENT = "city-dispatch"
#: Bytes of an answer that are read; nobody needs more than the first words.
ANSWER_BYTES = 4096
SHOWN_CHARACTERS = 200


@dataclass(frozen=True)
class Answer:
    """What came of it. `status` None: no answer; `error` None: a 2xx; `retry_after` in seconds."""

    status: int | None
    error: str | None
    seconds: float
    retry_after: float | None = None
    body: bytes = b""


def post(url: str, *, headers: Mapping[str, str], body: bytes, timeout_s: float) -> Answer:
    """Send JSON once and wait for the answer, `timeout_s` at most in all."""
    started = time.monotonic()
    deadline = Deadline(started + timeout_s)
    try:
        with httpcore.ConnectionPool(
            ssl_context=_tls(), network_backend=GuardedBackend(deadline), retries=0
        ) as pool:
            return _exchange(pool, url, _lines(url, headers, body), body, timeout_s, started)
    except Refused as error:
        return Answer(None, str(error), time.monotonic() - started)
    except (httpcore.TimeoutException, TimeoutError):
        words = f"{timeout_s:g} 秒内没有应答 / no answer within {timeout_s:g} s"
        return Answer(None, words, time.monotonic() - started)
    except (
        httpcore.NetworkError,
        httpcore.ProtocolError,
        httpcore.UnsupportedProtocol,
        OSError,
        ValueError,
    ) as error:
        words = f"连接失败 / cannot connect: {error or type(error).__name__}"
        return Answer(None, words, time.monotonic() - started)


def _lines(url: str, headers: Mapping[str, str], body: bytes) -> list[tuple[bytes, bytes]]:
    lines = {
        "Host": urlsplit(url).netloc.rpartition("@")[2],
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "Connection": "close",
        **headers,
        "User-Agent": USER_AGENT,
    }
    return [(name.encode(), value.encode()) for name, value in lines.items()]


def _exchange(
    pool: httpcore.ConnectionPool,
    url: str,
    lines: list[tuple[bytes, bytes]],
    body: bytes,
    left: float,
    started: float,
) -> Answer:
    with pool.stream(
        "POST",
        url,
        headers=lines,
        content=body,
        extensions={"timeout": {"connect": left, "read": left, "write": left, "pool": left}},
    ) as answer:
        head = b""
        for part in answer.iter_stream():
            head += part
            if len(head) >= ANSWER_BYTES:
                break
    seconds = time.monotonic() - started
    if 200 <= answer.status < 300:
        return Answer(answer.status, None, seconds, body=head)
    shown = head.decode("utf-8", "replace").strip()[:SHOWN_CHARACTERS]
    return Answer(
        answer.status,
        f"HTTP {answer.status} {shown}".strip(),
        seconds,
        _retry_after(answer.headers),
        head,
    )


def _retry_after(lines: list[tuple[bytes, bytes]]) -> float | None:
    given = next((value for name, value in lines if name.lower() == b"retry-after"), b"")
    return float(given) if given.isdigit() else None


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    context = httpcore.default_ssl_context()
    context.load_default_certs()
    return context
