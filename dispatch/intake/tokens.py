"""The token that opens a report to its reporter: derived from the report's id, stored nowhere."""

import base64
import hashlib
import hmac

from dispatch.kit.config import settings


def report_token(public_id: str) -> str:
    """The token of a report: 22 URL-safe characters (132 bits of an HMAC-SHA256)."""
    key = settings().secret_key.get_secret_value().encode()
    digest = hmac.new(key, f"report:{public_id}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest)[:22].decode()


def check_token(public_id: str, token: str) -> bool:
    """Whether the token is this report's, in constant time."""
    return hmac.compare_digest(report_token(public_id).encode(), token.encode())


def track_url(public_id: str) -> str:
    """Where the reporter can follow it."""
    return f"{settings().base_url}/track/{public_id}?token={report_token(public_id)}"
