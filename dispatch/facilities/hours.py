"""Whether a facility is open: its opening hours in the city's time, and what a live feed last said."""

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from opening_hours import OpeningHours, validate

from dispatch.facilities.model import Facility
from dispatch.kit.clock import CITY_ZONE

#: A live report counts for so long; after that only the posted hours do.
FRESH: Final = timedelta(minutes=15)
#: The holidays of 国务院办公厅's calendar come with the library under this code.
COUNTRY: Final = "CN"


@lru_cache(maxsize=4096)
def parse_hours(text: str) -> OpeningHours | None:
    """Opening hours in OpenStreetMap's syntax; None if they cannot be read."""
    return OpeningHours(text, timezone=CITY_ZONE, country=COUNTRY) if validate(text) else None


def is_live(facility: Facility, *, at: datetime) -> bool:
    """Whether the last live report is fresh enough to be believed."""
    said = facility.availability_at
    return said is not None and at - said <= FRESH


def is_open(facility: Facility, *, at: datetime) -> bool | None:
    """Whether it is open: a fresh live report, else the posted hours; None when nobody knows."""
    if facility.open_reported is not None and is_live(facility, at=at):
        return facility.open_reported
    hours = parse_hours(facility.opening_hours)
    local = at.astimezone(CITY_ZONE)
    if hours is None or hours.is_unknown(local):
        return None
    return hours.is_open(local)


def changes_at(facility: Facility, *, at: datetime) -> datetime | None:
    """When it opens or closes next by its posted hours; None when it never does or nobody knows.

    While a live report says otherwise than the hours, they tell nothing.
    """
    hours = parse_hours(facility.opening_hours)
    if hours is None:
        return None
    local = at.astimezone(CITY_ZONE)
    if is_open(facility, at=at) is not hours.is_open(local):
        return None
    change = hours.next_change(local)
    return change if change is None or change.tzinfo else change.replace(tzinfo=CITY_ZONE)
