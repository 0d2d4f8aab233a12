"""The shape of "why is it due then" over HTTP: the figures and the sentences, in both languages."""

from datetime import date, datetime

from pydantic import BaseModel
from sqlalchemy.orm import Session

from dispatch.cases import due_words as words
from dispatch.cases.model import Case
from dispatch.cases.queries.due import DayCount, Off, Source, Stretch, Why
from dispatch.departments.reference import department_name
from dispatch.kit.worktime import Limit


class Words(BaseModel):
    """The same in both languages."""

    zh: str
    en: str


class DueLimitOut(BaseModel):
    """A limit as a number of a unit of time."""

    value: float
    unit: str
    words: Words


class RuleOut(BaseModel):
    """A rule of limits as it was weighed: chosen, or why not."""

    id: int
    words: Words
    limit: DueLimitOut
    explanation: str
    chosen: bool
    why_not: Words | None


class DayOut(BaseModel):
    """What counted on a day; `off` says why a day counts other than its weekday would have it."""

    day: date
    hours: list[tuple[datetime, datetime]]
    counted_s: float
    total_s: float
    off: Off | None
    words: Words | None


class CalendarOut(BaseModel):
    """The calendar of a stretch, and which version of it."""

    code: str
    name: str
    version: int
    words: Words


class StretchOut(BaseModel):
    """A stretch that was counted, by whose calendar."""

    start: datetime
    end: datetime
    department: str | None
    calendar: CalendarOut
    counted_s: float
    days: list[DayOut]


class PauseOut(BaseModel):
    """A time that does not count."""

    since: datetime
    until: datetime | None
    why: str
    words: Words


class GrantOut(BaseModel):
    """A granted extension."""

    at: datetime
    until: datetime


class StageDueOut(BaseModel):
    """The present stage's own limit."""

    name: str
    limit: DueLimitOut | None
    since: datetime
    due_at: datetime | None


class MakeSafeOut(BaseModel):
    """By when a hazard of 井杆线 must be made safe."""

    limit: DueLimitOut
    due_at: datetime
    made_safe_at: datetime | None


class DueOut(BaseModel):
    """Why a case is due when it is. `sentences` tell the whole; the rest are the figures behind them.

    `agrees`: counted anew it comes to the due time that is kept.
    """

    due_at: datetime | None
    warn_at: datetime | None
    started_at: datetime | None
    stopped_at: datetime | None
    limit: DueLimitOut | None
    source: Source
    source_words: Words
    rules: list[RuleOut]
    stretches: list[StretchOut]
    pauses: list[PauseOut]
    extensions: list[GrantOut]
    used_s: float
    left_s: float | None
    agrees: bool
    exempt: bool
    stage: StageDueOut | None
    make_safe: MakeSafeOut | None
    sentences: list[Words]


def due_out(session: Session, case: Case, why: Why) -> DueOut:
    """The whole reckoning as it is sent."""
    return DueOut(
        due_at=why.due_at,
        warn_at=why.warn_at,
        started_at=why.started_at,
        stopped_at=why.stopped_at,
        limit=_limit(why.limit),
        source=why.source,
        source_words=_words(words.source_words(session, case, why)),
        rules=[
            RuleOut(
                id=each.rule.id,
                words=_words(words.rule_words(session, each.rule)),
                limit=_some_limit(each.rule.limit_value, each.rule.limit_unit),
                explanation=each.rule.explanation,
                chosen=each.chosen,
                why_not=_words(words.WHY_NOT[each.why_not]) if each.why_not else None,
            )
            for each in why.weighed
        ],
        stretches=[_stretch(session, each) for each in why.stretches],
        pauses=[
            PauseOut(
                since=each.since,
                until=each.until,
                why=each.why,
                words=_words(words.PAUSES.get(each.why, (each.why, each.why))),
            )
            for each in why.pauses
        ],
        extensions=[GrantOut(at=each.at, until=each.until) for each in why.grants],
        used_s=why.used.total_seconds(),
        left_s=None if why.left is None else why.left.total_seconds(),
        agrees=why.agrees,
        exempt=why.exempt,
        stage=_stage(why),
        make_safe=_make_safe(why),
        sentences=[_words(each) for each in words.sentences(session, case, why)],
    )


def _words(pair: words.Pair) -> Words:
    return Words(zh=pair[0], en=pair[1])


def _limit(limit: Limit | None) -> DueLimitOut | None:
    return None if limit is None else _some_limit(float(limit.value), limit.unit)


def _some_limit(value: float, unit: str) -> DueLimitOut:
    return DueLimitOut(value=value, unit=unit, words=_words(words.amount_words(value, unit)))


def _stretch(session: Session, each: Stretch) -> StretchOut:
    return StretchOut(
        start=each.start,
        end=each.end,
        department=department_name(session, each.department_id),
        calendar=CalendarOut(
            code=each.calendar.code,
            name=each.calendar.name,
            version=each.calendar.version,
            words=_words(words.calendar_words(each.calendar)),
        ),
        counted_s=each.counted.total_seconds(),
        days=[_day(day) for day in each.days],
    )


def _day(each: DayCount) -> DayOut:
    return DayOut(
        day=each.day,
        hours=list(each.hours),
        counted_s=each.counted.total_seconds(),
        total_s=each.total.total_seconds(),
        off=each.off,
        words=_words(day_words(each)) if each.off else None,
    )


def day_words(each: DayCount) -> words.Pair:
    """Why a day counts as it does, with the name that the city gave it."""
    zh, en = words.DAYS_OFF[each.off] if each.off else ("", "")
    return (f"{each.name}({zh})", f"{each.name} ({en})") if each.name else (zh, en)


def _stage(why: Why) -> StageDueOut | None:
    if why.stage is None:
        return None
    return StageDueOut(
        name=why.stage.name,
        limit=_limit(why.stage.limit),
        since=why.stage.since,
        due_at=why.stage.due_at,
    )


def _make_safe(why: Why) -> MakeSafeOut | None:
    if why.make_safe is None:
        return None
    limit = why.make_safe.limit
    return MakeSafeOut(
        limit=_some_limit(float(limit.value), limit.unit),
        due_at=why.make_safe.due_at,
        made_safe_at=why.make_safe.made_safe_at,
    )
