"""The token that opens a report to its reporter: derived from the report's id, stored nowhere."""

import base64
import hashlib
import hmac
from datetime import datetime, timedelta

from dispatch.kit.clock import city_day
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


def _ticket(public_id: str, day: str) -> str:
    key = settings().secret_key.get_secret_value().encode()
    digest = hmac.new(key, f"alike:{public_id}:{day}".encode(), hashlib.sha256).digest()
    return f"{public_id}.{base64.urlsafe_b64encode(digest)[:16].decode()}"


def alike_ticket(public_id: str, *, at: datetime) -> str:
    """With what a stranger to whom a case was offered may say "this one", and see its small picture."""
    return _ticket(public_id, city_day(at))


def case_of_ticket(ticket: str, *, at: datetime) -> str | None:
    """The case of a ticket of today or yesterday; None for any other."""
    public_id = ticket.partition(".")[0]
    days = (city_day(at), city_day(at - timedelta(days=1)))
    known = [_ticket(public_id, day).encode() for day in days]
    fits = [hmac.compare_digest(each, ticket.encode()) for each in known]
    return public_id if any(fits) else None
