"""Finding one's report again by its number and the end of one's phone number; wrong ends are counted."""

import re
from dataclasses import dataclass
from typing import Final

from limits import RateLimitItem, RateLimitItemPerDay, RateLimitItemPerHour
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.cases.model import Case, CaseReporter
from dispatch.intake.tokens import report_token
from dispatch.kit import ratelimit

#: Four digits are soon guessed: so few tries an hour for one number, wherever they come from, …
NUMBER: Final = RateLimitItemPerHour(5, 1, "track_number")
NUMBER_DAY: Final = RateLimitItemPerDay(15, 1, "track_number_day")
#: … and for one address, whatever the number.
ADDRESS: Final = RateLimitItemPerHour(20, 1, "track_address")
END: Final = 4
_NUMBER: Final = re.compile(r"(\d{4})第(\d{4})(\d{4,9})号")
_ID: Final = re.compile(r"\d{8}-\d{4,9}")


@dataclass(frozen=True)
class Found:
    """A report that its reporter has named, with what opens it."""

    id: str
    token: str


def id_in(text: str) -> str | None:
    """The id of a report in what somebody typed: its number, its id, or a whole link."""
    found = _NUMBER.search(text)
    if found:
        return f"{found[1]}{found[2]}-{found[3]}"
    plain = _ID.search(text)
    return plain[0] if plain else None


def report_by_phone(session: Session, number: str, phone_end: str, *, address: str) -> Found | None:
    """The report, if the phone number given with it ends so; None otherwise. Raises TooMany."""
    public_id = id_in(number)
    end = re.sub(r"\D", "", phone_end)
    if public_id is None or len(end) != END:
        return None
    keys: tuple[tuple[RateLimitItem, str], ...] = (
        (NUMBER, public_id),
        (NUMBER_DAY, public_id),
        (ADDRESS, address),
    )
    counts = ratelimit.limiter()
    for item, key in keys:  # counted before the answer is known: tries at once count too
        if not counts.hit(item, key):
            raise ratelimit.too_many(counts.retry_after(item, key))
    phones = session.scalars(
        select(CaseReporter.phone)
        .join(Case, Case.id == CaseReporter.case_id)
        .where(Case.public_id == public_id, CaseReporter.phone.is_not(None))
    )
    if not any(re.sub(r"\D", "", phone or "").endswith(end) for phone in phones):
        return None
    counts.clear(NUMBER, public_id)
    return Found(public_id, report_token(public_id))
