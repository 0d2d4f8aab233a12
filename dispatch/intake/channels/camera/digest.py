"""HTTP Digest as GA/T 1400 asks for it at registration (RFC 7616, MD5, qop auth), without memory.

A nonce is a time with our own seal on it, good for five minutes; nothing is stored for a challenge.
"""

import hashlib
import hmac
import re
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from dispatch.kit.config import settings

REALM = "VIID"
GOOD_FOR = timedelta(minutes=5)
_FIELD = re.compile(r'(\w+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))')


def challenge(*, at: datetime) -> str:
    """The value of WWW-Authenticate."""
    return (
        f'Digest realm="{REALM}", qop="auth", algorithm=MD5, nonce="{_nonce(int(at.timestamp()))}"'
    )


def answers(
    header: str, *, method: str, path: str, passwords: tuple[str, ...], at: datetime
) -> bool:
    """Whether an Authorization header answers a fresh challenge for this request with a password."""
    scheme, _, rest = header.partition(" ")
    if scheme.lower() != "digest":
        return False
    given = {name.lower(): quoted or bare for name, quoted, bare in _FIELD.findall(rest)}
    if given.get("realm") != REALM or not _is_ours(given.get("nonce", ""), at=at):
        return False
    if not _is_same(urlsplit(given.get("uri", "")).path, path):
        return False
    response = given.get("response", "").lower().encode()
    expected = [_response(given, method, password).encode() for password in passwords]
    return any(hmac.compare_digest(response, each) for each in expected)


def _is_same(signed: str, path: str) -> bool:
    """Whether the path that the device signed is this one, or its end behind a rewriting proxy."""
    return signed == path or (signed.startswith("/VIID/") and path.endswith(signed))


def _response(given: dict[str, str], method: str, password: str) -> str:
    who = _md5(f"{given.get('username', '')}:{REALM}:{password}")
    what = _md5(f"{method}:{given.get('uri', '')}")
    nonce = given.get("nonce", "")
    if given.get("qop") == "auth":
        return _md5(f"{who}:{nonce}:{given.get('nc', '')}:{given.get('cnonce', '')}:auth:{what}")
    return _md5(f"{who}:{nonce}:{what}")


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _nonce(seconds: int) -> str:
    key = settings().secret_key.get_secret_value().encode()
    seal = hmac.new(key, f"viid-nonce:{seconds}".encode(), hashlib.sha256).hexdigest()
    return f"{seconds:x}.{seal[:32]}"


def _is_ours(nonce: str, *, at: datetime) -> bool:
    written, _, _ = nonce.partition(".")
    if not re.fullmatch(r"[0-9a-f]{1,12}", written):
        return False
    seconds = int(written, 16)
    fresh = abs(at.timestamp() - seconds) <= GOOD_FOR.total_seconds()
    return hmac.compare_digest(nonce.encode(), _nonce(seconds).encode()) and fresh
