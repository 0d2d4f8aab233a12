"""WeChat's signatures: SHA-1 over the sorted parts, compared in constant time, within a window."""

import hashlib
import hmac
from datetime import datetime, timedelta

#: How far WeChat's clock and ours may differ; an older request is a replay.
WINDOW = timedelta(minutes=5)


def sign(*parts: str) -> str:
    """The signature of the parts (token, timestamp, nonce, and in safe mode the ciphertext)."""
    return hashlib.sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()


def is_signed(signature: str, *parts: str) -> bool:
    """Whether `signature` is that of the parts."""
    return hmac.compare_digest(signature.encode(), sign(*parts).encode())


def is_fresh(timestamp: str, *, at: datetime) -> bool:
    """Whether `timestamp` (seconds since 1970) lies within the window around `at`."""
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        return False
    return abs(at.timestamp() - int(timestamp)) <= WINDOW.total_seconds()
