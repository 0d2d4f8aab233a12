"""The spans of days that bulletins are about, and when each is due."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from dispatch.kit.clock import CITY_ZONE


class BulletinKind(StrEnum):
    """What the centre publishes."""

    MONTHLY = "monthly"
    WECHAT = "wechat"
    HAZARDS = "hazards"


class BulletinStatus(StrEnum):
    """How far a bulletin is. What is published does not change any more."""

    MAKING = "making"
    DRAFT = "draft"
    PUBLISHED = "published"


@dataclass(frozen=True)
class Days:
    """From the first to the last day, both included."""

    first: date
    last: date

    @property
    def since(self) -> datetime:
        """The moment at which the first day begins in the city."""
        return datetime.combine(self.first, time(), CITY_ZONE)

    @property
    def until(self) -> datetime:
        """The moment at which the last day has ended."""
        return datetime.combine(self.last + timedelta(days=1), time(), CITY_ZONE)

    @property
    def is_month(self) -> bool:
        """Whether it is a whole month."""
        return self.first.day == 1 and (self.last + timedelta(days=1)).day == 1 and self.one_month

    @property
    def one_month(self) -> bool:
        """Whether both days are of the same month."""
        return (self.first.year, self.first.month) == (self.last.year, self.last.month)


def month_of(day: date) -> Days:
    """The month that a day is in."""
    first = day.replace(day=1)
    return Days(first, (first + timedelta(days=32)).replace(day=1) - timedelta(days=1))


def week_of(day: date, *, begins: int) -> Days:
    """The seven days that a day is in, beginning on a weekday (Monday is 0)."""
    first = day - timedelta(days=(day.weekday() - begins) % 7)
    return Days(first, first + timedelta(days=6))


def before(days: Days) -> Days:
    """The span of the same sort before this one."""
    day = days.first - timedelta(days=1)
    return month_of(day) if days.is_month else Days(day - (days.last - days.first), day)


def year_before(days: Days) -> Days:
    """The same month a year ago; for other spans the same days, 52 weeks ago."""
    if days.is_month:
        return month_of(days.first.replace(year=days.first.year - 1))
    shift = timedelta(weeks=52)
    return Days(days.first - shift, days.last - shift)


def latest_due(kind: BulletinKind, *, day: int, hour: int, begins: int, at: datetime) -> Days:
    """The last span whose bulletin should be there by now: `day` and `hour` as the rule's row has them."""
    local = at.astimezone(CITY_ZONE)
    days = (
        week_of(local.date(), begins=begins)
        if kind == BulletinKind.WECHAT
        else month_of(local.date())
    )
    while True:
        days = before(days)
        if kind == BulletinKind.WECHAT:
            due = days.last + timedelta(days=day)
        else:
            due = month_of(days.last + timedelta(days=1)).first + timedelta(days=day - 1)
        if local >= datetime.combine(due, time(hour), CITY_ZONE):
            return days
