"""The deeds of the catalogue: what its rows may hold, and the calendars with their versions."""

from dispatch.catalogue.commands.calendars import (
    CalendarChange,
    add_calendar,
    check_code,
    save_calendar,
    settle_calendars,
)
from dispatch.catalogue.commands.checks import (
    SETTINGS,
    SettingKind,
    check_condition,
    check_limit,
    check_limit_rule,
    check_reason,
    check_stage_limit,
    hours_of,
    next_ordinal,
    setting_value,
)

__all__ = [
    "SETTINGS",
    "CalendarChange",
    "SettingKind",
    "add_calendar",
    "check_code",
    "check_condition",
    "check_limit",
    "check_limit_rule",
    "check_reason",
    "check_stage_limit",
    "hours_of",
    "next_ordinal",
    "save_calendar",
    "setting_value",
    "settle_calendars",
]
