"""What a citizen is promised, from the limits of the catalogue: "within 2 hours"."""

from typing import Final

Pair = tuple[str, str]
UNITS: Final[dict[str, tuple[str, str, str]]] = {
    "minute": (" 分钟", "minute", "minutes"),
    "hour": (" 小时", "hour", "hours"),
    "day": (" 天", "day", "days"),
    "work_hour": (" 个工作小时", "working hour", "working hours"),
    "work_day": (" 个工作日", "working day", "working days"),
}


def limit_words(value: int | None, unit: str | None) -> Pair | None:
    """A limit as a promise: `2 小时内`, `within 2 hours`."""
    if value is None or unit not in UNITS:
        return None
    zh, one, many = UNITS[unit]
    return f"{value}{zh}内", f"within {value} {one if value == 1 else many}"
