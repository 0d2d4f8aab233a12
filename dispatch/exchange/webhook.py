"""One message to a department's own system: signed, within a time limit, and never to a forbidden address."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime

from dispatch.kit.config import settings
from dispatch.kit.posting import Answer, post

#: What came of a message.
Outcome = Answer


@dataclass(frozen=True)
class Message:
    """What is sent: the delivery's id (the same at every attempt), where to, and the JSON body."""

    delivery_id: str
    event: str
    url: str
    secret: str
    body: bytes
    timeout_s: float


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


def headers(message: Message, *, at: datetime) -> dict[str, str]:
    """What a message sent at `at` carries beside its body."""
    timestamp = int(at.timestamp())
    return {
        "X-Dispatch-Event": message.event,
        "X-Dispatch-Delivery": message.delivery_id,
        "X-Dispatch-Timestamp": str(timestamp),
        "X-Dispatch-Signature": signature(
            message.secret, timestamp=timestamp, delivery_id=message.delivery_id, body=message.body
        ),
    }


def send(message: Message, *, at: datetime) -> Outcome:
    """Send once and wait for the answer, `timeout_s` at most in all. Follows no redirect, never raises."""
    return post(
        message.url,
        headers=headers(message, at=at),
        body=message.body,
        timeout_s=message.timeout_s,
    )
