"""SMS through any gateway that takes a signed JSON request; docs/notices.md describes the exchange.

The gateway is told the same `Idempotency-Key` at every attempt, so that a message whose answer was
lost is not sent to the phone twice.
"""

import hashlib
import hmac
import time
from collections.abc import Callable
from typing import Any

import httpx
import orjson

from dispatch.notices.senders.base import (
    LONGEST_ANSWER,
    TIMEOUT_S,
    Outcome,
    Sending,
    Verdict,
)

#: Answers that say something of the gateway or our account, not of this message.
_DOWN = frozenset({401, 402, 403, 404, 408, 425, 429})
#: The gateway knows this key: it has the message already.
_KNOWN = 409


class HttpSmsSender:
    """A gateway by its address and key; `signature` is the name that stands before the text (【…】)."""

    name = "http"
    knows_keys = True

    def __init__(
        self,
        *,
        url: str,
        key_id: str,
        secret: str,
        signature: str,
        transport: httpx.BaseTransport | None = None,
        seconds: Callable[[], float] = time.time,
    ) -> None:
        self._url = url
        self._key_id = key_id
        self._secret = secret.encode()
        self._signature = signature
        self._seconds = seconds
        self._http = httpx.Client(timeout=TIMEOUT_S, transport=transport, follow_redirects=False)

    def send(self, sending: Sending) -> Outcome:
        """Post the message; the body's HMAC-SHA256 with time and key goes with it."""
        body = orjson.dumps(
            {
                "id": sending.key,
                "to": sending.address,
                "signature": self._signature,
                "text": sending.body,
                "template": sending.external_id or None,
            }
        )
        try:
            answer = self._http.post(self._url, content=body, headers=self._headers(sending, body))
        except httpx.HTTPError as error:
            return Outcome(Verdict.LATER, type(error).__name__, is_down=True)
        return _judge(answer)

    def _headers(self, sending: Sending, body: bytes) -> dict[str, str]:
        stamp = str(int(self._seconds()))
        signed = f"{stamp}.{sending.key}.".encode() + body
        return {
            "Content-Type": "application/json",
            "Idempotency-Key": sending.key,
            "X-Key-Id": self._key_id,
            "X-Timestamp": stamp,
            "X-Signature": "sha256=" + hmac.new(self._secret, signed, hashlib.sha256).hexdigest(),
        }


def _judge(answer: httpx.Response) -> Outcome:
    words = f"HTTP {answer.status_code} {_said(answer)}".strip()[:LONGEST_ANSWER]
    if answer.is_success or answer.status_code == _KNOWN:
        return Outcome(Verdict.SENT, words)
    if answer.status_code in _DOWN or answer.status_code >= 500:
        asked = answer.headers.get("retry-after", "")
        wait = float(asked) if asked.isdigit() else None
        return Outcome(Verdict.LATER, words, retry_after=wait, is_down=True)
    return Outcome(Verdict.REFUSED, words)


def _said(answer: httpx.Response) -> str:
    """The gateway's own number or reason; nothing else of an answer is kept, it may repeat the phone."""
    try:
        found: Any = answer.json()
    except ValueError:
        return ""
    if not isinstance(found, dict):
        return ""
    told = found.get("message_id") or found.get("code") or found.get("error") or ""
    return str(told)[:100]
