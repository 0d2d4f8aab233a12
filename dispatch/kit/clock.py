"""Now: the only place that asks the machine for the time."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

CITY_ZONE = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """The present instant, in UTC with zone."""
    return datetime.now(UTC)


def city_date(at: datetime) -> date:
    """The day in the city that `at` falls on."""
    return at.astimezone(CITY_ZONE).date()


def city_day(at: datetime) -> str:
    """The day in the city that `at` falls on, as `YYYYMMDD`."""
    return at.astimezone(CITY_ZONE).strftime("%Y%m%d")
