"""The city's rules of patrols, read from its settings."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from dispatch.catalogue.calendar import calendar_named
from dispatch.catalogue.reference import city_setting
from dispatch.kit.clock import CITY_ZONE


@dataclass(frozen=True)
class PatrolRules:
    """Spacing of points, how long they are kept, and how fast people move."""

    point_seconds: int
    point_metres: int
    accuracy_m: int
    keep_days: int
    shift_hours: int
    walk_kmh: float
    ebike_kmh: float
    minutes_at_task: int

    @property
    def kept_for(self) -> timedelta:
        """How long a point is kept."""
        return timedelta(days=self.keep_days)


def patrol_rules(session: Session) -> PatrolRules:
    """The rules as the city has set them."""
    return PatrolRules(
        point_seconds=city_setting(session, "patrol_point_seconds", 30),
        point_metres=city_setting(session, "patrol_point_metres", 25),
        accuracy_m=city_setting(session, "patrol_accuracy_m", 100),
        keep_days=city_setting(session, "patrol_keep_days", 30),
        shift_hours=city_setting(session, "patrol_shift_hours", 14),
        walk_kmh=city_setting(session, "patrol_walk_kmh", 4.5),
        ebike_kmh=city_setting(session, "patrol_ebike_kmh", 15.0),
        minutes_at_task=city_setting(session, "patrol_minutes_at_task", 5),
    )


def is_working_time(session: Session, at: datetime) -> bool:
    """Whether tracks may be kept at this instant, by the calendar that the city names for patrols."""
    days = calendar_named(session, city_setting(session, "patrol_calendar", "patrol"))
    local = at.astimezone(CITY_ZONE)
    within = any(begin <= local.time() < end for begin, end in days.periods)
    return within and days.is_working_day(local.date())
