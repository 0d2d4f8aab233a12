"""What every way of looking is given, and what it gives back."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final

from sqlalchemy.orm import Session

from dispatch.hotspots.policy import Rules
from dispatch.kit.clock import CITY_ZONE
from dispatch.kit.db import Json

#: So many cases are kept with a finding; more are counted.
MOST_CASES: Final = 200


@dataclass(frozen=True)
class Found:
    """A finding: what it is about, where, the figures that speak for it, and its latest cases."""

    subject: str
    district_code: str | None
    longitude: float | None
    latitude: float | None
    evidence: Json
    cases: int
    case_ids: list[int]


@dataclass
class Looked:
    """A search under way: its days, its rules, and how many candidates were tested last."""

    session: Session
    rules: Rules
    first: date
    last: date
    tested: int = field(default=0)

    @property
    def since(self) -> datetime:
        """The moment at which the first day begins in the city."""
        return datetime.combine(self.first, time(), CITY_ZONE)

    @property
    def until(self) -> datetime:
        """The moment at which the last day has ended."""
        return datetime.combine(self.last + timedelta(days=1), time(), CITY_ZONE)

    def before_end(self, days: int) -> datetime:
        """So many days before the end."""
        return self.until - timedelta(days=days)
