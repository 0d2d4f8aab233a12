"""Times as people read them: the city's clock, short days, spans in words."""

from datetime import datetime, timedelta
from typing import Final

from dispatch.kit.clock import CITY_ZONE
from dispatch.web.parts.language import Language

_UNITS: Final = (("天", "d", 86_400), ("小时", "h", 3_600), ("分", "min", 60))


def clock_time(at: datetime | None) -> str:
    """`11-21 20:25` in the city."""
    return "" if at is None else at.astimezone(CITY_ZONE).strftime("%m-%d %H:%M")


def full_time(at: datetime | None) -> str:
    """`2026-11-21 20:25` in the city."""
    return "" if at is None else at.astimezone(CITY_ZONE).strftime("%Y-%m-%d %H:%M")


def machine_time(at: datetime | None) -> str:
    """For `<time datetime>`."""
    return "" if at is None else at.astimezone(CITY_ZONE).isoformat(timespec="seconds")


def span(length: timedelta, language: Language) -> str:
    """A span by its two largest units: 3小时20分, 3 h 20 min."""
    seconds = max(0, int(abs(length.total_seconds())))
    parts: list[str] = []
    for zh, en, size in _UNITS:
        count, seconds = divmod(seconds, size)
        if count and len(parts) < 2:
            parts.append(f"{count}{zh}" if language is Language.ZH else f"{count} {en}")
        elif parts:
            break
    if not parts:
        return "不到1分" if language is Language.ZH else "under 1 min"
    return ("" if language is Language.ZH else " ").join(parts)


def ago(at: datetime, *, now: datetime, language: Language) -> str:
    """How long ago, roughly: `3 小时前`, `3 h ago`."""
    seconds = int((now - at).total_seconds())
    for zh, en, size in _UNITS:
        if seconds >= size:
            count = seconds // size
            return f"{count} {zh}前" if language is Language.ZH else f"{count} {en} ago"
    return "刚刚" if language is Language.ZH else "just now"


def day(at: datetime, *, now: datetime, language: Language) -> str:
    """The day alone: `今天`, `昨天`, `11月20日`."""
    local, today = at.astimezone(CITY_ZONE), now.astimezone(CITY_ZONE).date()
    days = (today - local.date()).days
    zh = {0: "今天", 1: "昨天"}.get(days, f"{local.month}月{local.day}日")
    en = {0: "today", 1: "yesterday"}.get(days, f"{local:%d %b}")
    return zh if language is Language.ZH else en


def opens(at: datetime, *, now: datetime, language: Language) -> str:
    """When a door opens or shuts: `22:00`, `明天 06:00`, `11月24日 06:00`."""
    local, today = at.astimezone(CITY_ZONE), now.astimezone(CITY_ZONE).date()
    days = (local.date() - today).days
    zh = {0: "", 1: "明天 "}.get(days, f"{local.month}月{local.day}日 ")
    en = {0: "", 1: "tomorrow "}.get(days, f"{local:%d %b} ")
    return f"{zh if language is Language.ZH else en}{local:%H:%M}"


def promise(at: datetime, *, now: datetime, language: Language) -> str:
    """`今天 17:00前`, `11月23日 17:00前`: the time that a citizen is told."""
    local, today = at.astimezone(CITY_ZONE), now.astimezone(CITY_ZONE).date()
    days = (local.date() - today).days
    zh = {0: "今天", 1: "明天"}.get(days, f"{local.month}月{local.day}日")
    en = {0: "today", 1: "tomorrow"}.get(days, f"on {local:%d %b}")
    if language is Language.ZH:
        return f"{zh} {local:%H:%M} 前"
    return f"{en} by {local:%H:%M}"


def local_instant(text: str) -> datetime | None:
    """What a `datetime-local` field says, as an instant of the city's clock; None if it says none."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=CITY_ZONE)
    except ValueError:
        return None
