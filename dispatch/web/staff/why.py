"""Why a case is due when it is, as its page tells it: sentences first, the count day by day and the rules behind them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from dispatch.cases import due_words as words
from dispatch.cases.due_shapes import day_words
from dispatch.cases.model import Case
from dispatch.cases.queries.due import DayCount, Why, why_due
from dispatch.kit.clock import CITY_ZONE

Pair = tuple[str, str]
_WEEK: Final = (
    ("周一", "Mon"),
    ("周二", "Tue"),
    ("周三", "Wed"),
    ("周四", "Thu"),
    ("周五", "Fri"),
    ("周六", "Sat"),
    ("周日", "Sun"),
)


@dataclass(frozen=True)
class DayRow:
    """A day of the count: its date and weekday, the hours that counted, how much, and up to its end."""

    day: str
    week: Pair
    hours: str
    counted: Pair | None
    total: Pair
    why: Pair | None


@dataclass(frozen=True)
class RuleRow:
    """A rule that was weighed: what it says, and why it served or did not."""

    words: Pair
    limit: Pair
    explanation: str
    chosen: bool
    why_not: Pair | None


@dataclass(frozen=True)
class Reckoning:
    """What the page shows."""

    limit: Pair | None
    due_at: datetime | None
    safe_by: datetime | None
    made_safe_at: datetime | None
    sentences: tuple[Pair, ...]
    days: tuple[DayRow, ...]
    rules: tuple[RuleRow, ...]


def clock_of(session: Session, case: Case) -> Reckoning:
    """The whole reckoning, for a person to follow."""
    why = why_due(session, case)
    return Reckoning(
        limit=None if why.limit is None else words.limit_words(why.limit),
        due_at=why.due_at,
        safe_by=why.make_safe.due_at if why.make_safe else None,
        made_safe_at=why.make_safe.made_safe_at if why.make_safe else None,
        sentences=tuple(words.sentences(session, case, why)),
        days=tuple(_day(each) for stretch in why.stretches for each in stretch.days),
        rules=tuple(_rules(session, why)),
    )


def _day(each: DayCount) -> DayRow:
    hours = "  ".join(
        f"{a.astimezone(CITY_ZONE):%H:%M}–{b.astimezone(CITY_ZONE):%H:%M}" for a, b in each.hours
    )
    return DayRow(
        each.day.isoformat(),
        _WEEK[each.day.weekday()],
        hours,
        words.span_words(each.counted) if each.counted else None,
        words.span_words(each.total),
        day_words(each) if each.off else None,
    )


def _rules(session: Session, why: Why) -> list[RuleRow]:
    return [
        RuleRow(
            words.rule_words(session, each.rule),
            words.amount_words(each.rule.limit_value, each.rule.limit_unit),
            each.rule.explanation,
            each.chosen,
            words.WHY_NOT[each.why_not] if each.why_not else None,
        )
        for each in why.weighed
    ]
