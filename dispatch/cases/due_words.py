"""The reckoning of a due time in plain sentences, Chinese and English, for whoever disputes it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from dispatch.cases.model import Case
from dispatch.cases.queries.due import Correction, Off, Source, Stretch, Why
from dispatch.cases.reckoning import Pause
from dispatch.catalogue.calendar import NamedCalendar
from dispatch.catalogue.limits import LimitRuleFacts, area_classes
from dispatch.catalogue.reference import catalogue
from dispatch.departments.reference import words_of_unit
from dispatch.kit.clock import CITY_ZONE
from dispatch.kit.worktime import Limit, Unit

Pair = tuple[str, str]
UNITS: Final[dict[str, Pair]] = {
    Unit.MINUTE: ("分钟", "minutes"),
    Unit.HOUR: ("小时", "hours"),
    Unit.DAY: ("天", "days"),
    Unit.WORK_HOUR: ("工作时", "work hours"),
    Unit.WORK_DAY: ("工作日", "work days"),
}
PAUSES: Final[dict[str, Pair]] = {
    "suspension": ("挂账", "suspended"),
    "return": ("回退后待派遣", "given back, not yet dispatched anew"),
    "check": ("处理完毕后待核查", "reported done, not yet checked"),
}
DAYS_OFF: Final[dict[str, Pair]] = {
    Off.WEEKEND: ("休息日", "day off"),
    Off.HOLIDAY: ("法定节假日", "public holiday"),
    Off.MADE_UP: ("调休上班", "make-up working day"),
    Off.OWN_OFF: ("停工日", "own day off"),
    Off.OWN_WORK: ("加班日", "own working day"),
}
LIMITS: Final[dict[str, Pair]] = {
    "accept": ("受理", "accepting"),
    "verify": ("核实", "verifying"),
    "file": ("立案", "filing"),
    "dispatch": ("派遣", "dispatching"),
    "acknowledge": ("签收", "acknowledging"),
    "check": ("核查", "checking"),
    "close": ("结案", "closing"),
}
#: Why a rule of the category did not serve.
WHY_NOT: Final[dict[str, Pair]] = {
    "validity": ("当日不在有效期内", "it did not hold on that day"),
    "condition_id": ("属于另一立案条件", "it is about another filing condition"),
    "department_id": ("属于另一单位", "it is about another unit"),
    "area_class": ("属于另一类区域", "it is about another class of area"),
    "severity": ("属于另一缓急", "it is about another haste"),
    "less_specific": ("有更具体的规则", "a more specific rule serves"),
}
_WEEK: Final = (
    ("周一", "Mon"),
    ("周二", "Tue"),
    ("周三", "Wed"),
    ("周四", "Thu"),
    ("周五", "Fri"),
    ("周六", "Sat"),
    ("周日", "Sun"),
)


def moment(at: datetime) -> str:
    """`2026-11-23 10:00` in the city."""
    return f"{at.astimezone(CITY_ZONE):%Y-%m-%d %H:%M}"


def limit_words(limit: Limit) -> Pair:
    """4 工作时, 4 work hours."""
    return amount_words(float(limit.value), limit.unit)


def amount_words(value: float, unit: str) -> Pair:
    """So many of a unit, one of it in the singular."""
    zh, en = UNITS[unit]
    return f"{value:g} {zh}", f"{value:g} {en.removesuffix('s') if value == 1 else en}"


def span_words(span: timedelta) -> Pair:
    """Hours and minutes, as they were counted: no days, for a work day is none."""
    minutes = round(span.total_seconds() / 60)
    hours, rest = divmod(minutes, 60)
    zh = f"{hours} 小时 {rest} 分" if hours and rest else f"{hours} 小时" if hours else f"{rest} 分"
    en = f"{hours} h {rest} min" if hours and rest else f"{hours} h" if hours else f"{rest} min"
    return zh, en


def calendar_words(named: NamedCalendar) -> Pair:
    """A calendar by its name, version, hours and days of the week."""
    hours = "、".join(f"{a:%H:%M}–{b:%H:%M}" for a, b in named.days.periods)
    zh_days, en_days = _week(sorted(named.days.weekdays))
    zh_version = f"第 {named.version} 版," if named.version else ""
    en_version = f"version {named.version}, " if named.version else ""
    return (
        f"{named.name}({zh_version}{zh_days} {hours})",
        f"{named.name} ({en_version}{en_days} {hours.replace('、', ', ')})",
    )


def _week(days: list[int]) -> Pair:
    if len(days) > 2 and days == list(range(days[0], days[-1] + 1)):
        first, last = _WEEK[days[0]], _WEEK[days[-1]]
        return f"{first[0]}至{last[0]}", f"{first[1]}–{last[1]}"
    return "、".join(_WEEK[each][0] for each in days), ", ".join(_WEEK[each][1] for each in days)


def rule_words(session: Session, rule: LimitRuleFacts) -> Pair:
    """What a rule is about, as an administrator wrote it."""
    known, condition = catalogue(session), None
    category = known.by_id.get(rule.category_id)
    if rule.condition_id is not None:
        condition = known.conditions.get(rule.condition_id)
    unit = ("", "") if rule.department_id is None else words_of_unit(session, rule.department_id)
    area = area_classes(session).get(rule.area_class or "")
    zh = [category.name if category else "", condition.text if condition else "", unit[0]]
    en = [
        (category.name_en or category.name) if category else "",
        (condition.text_en or condition.text) if condition else "",
        unit[1],
    ]
    if area is not None:
        zh.append(area[0])
        en.append(area[1])
    return "·".join(filter(None, zh)), " · ".join(filter(None, en))


def source_words(session: Session, case: Case, why: Why) -> Pair:
    """What gave the limit."""
    if why.source is Source.RULE:
        if why.rule is None:
            return (
                f"按时限规则 {case.limit_rule_id}(现已删除)",
                f"by rule {case.limit_rule_id}, since removed",
            )
        zh, en = rule_words(session, why.rule)
        basis = f",依据:{why.rule.explanation}" if why.rule.explanation else ""
        basis_en = f"; it rests on: {why.rule.explanation}" if why.rule.explanation else ""
        return f"按时限规则“{zh}”{basis}", f"by the rule '{en}'{basis_en}"
    if why.source is Source.CONDITION:
        condition = catalogue(session).conditions.get(case.condition_id or 0)
        zh = f"按立案条件“{condition.text}”" if condition else "按立案条件"
        en = condition.text_en or condition.text if condition else ""
        return zh, f"by the filing condition '{en}'" if en else "by the filing condition"
    return "按缓急的一般时限", "the city's limit for this urgency"


def sentences(session: Session, case: Case, why: Why) -> list[Pair]:
    """The reckoning from the beginning to its result."""
    return [*_beginning(session, case, why), *_course(session, why), *_end(why), *_beside(why)]


def _beginning(session: Session, case: Case, why: Why) -> Iterator[Pair]:
    if why.limit is not None:
        (zh, en), (by, by_en) = limit_words(why.limit), source_words(session, case, why)
        yield f"处理时限 {zh},{by}。", f"The limit is {en}, {by_en}."
        if not why.limit.unit.is_worked:
            yield (
                "按自然时间连续计算,不分工作日与休息日。",
                "It runs on continuously, day and night.",
            )
    if why.started_at is None:
        yield (
            "尚未派遣,处理时限还没有开始计时。",
            "It has not been dispatched: the clock has not begun.",
        )
    else:
        at = moment(why.started_at)
        yield f"{at} 派遣,开始计时。", f"It was dispatched and the clock began at {at}."


def _course(session: Session, why: Why) -> Iterator[Pair]:
    """What happened to the clock, in the order in which it happened."""
    said: list[tuple[datetime, Pair]] = []
    named: set[tuple[str, int]] = set()
    for number, each in enumerate(why.stretches):
        key = each.calendar.code, each.calendar.version
        pair = _stretch(session, each, is_first=number == 0, why=why, is_named=key in named)
        named.add(key)
        said.append((each.start, pair))
    said += [(each.since, _pause(each)) for each in why.pauses]
    for grant in why.grants:
        at, until = moment(grant.at), moment(grant.until)
        pair = f"{at} 同意延期至 {until}。", f"At {at} an extension until {until} was granted."
        said.append((grant.at, pair))
    said += [(each.at, _correction(each)) for each in why.corrections]
    for _at, pair in sorted(said, key=lambda each: each[0]):
        yield pair


def _pause(pause: Pause) -> Pair:
    zh, en = PAUSES.get(pause.why, (pause.why, pause.why))
    since = moment(pause.since)
    if pause.until is None:
        return f"{since} 起不计时:{zh}。", f"From {since} on the clock stands still: {en}."
    until = _then(pause.since, pause.until)
    return (
        f"{since} 至 {until} 不计时:{zh}。",
        f"From {since} to {until} the clock stood still: {en}.",
    )


def _correction(change: Correction) -> Pair:
    at, note = moment(change.at), change.note
    before, after = (_given(each) for each in (change.before, change.after))
    zh = f"{at} {change.actor}更正,到期时间由 {before[0]} 改为 {after[0]}"
    en = f"At {at} {change.actor} put it right: due {after[1]} instead of {before[1]}"
    return (f"{zh}({note})。", f"{en} ({note}).") if note else (f"{zh}。", f"{en}.")


def _then(start: datetime, end: datetime) -> str:
    """The end of a stretch: on the same day its time alone."""
    a, b = start.astimezone(CITY_ZONE), end.astimezone(CITY_ZONE)
    return f"{b:%H:%M}" if a.date() == b.date() else moment(end)


def _given(text: str | None) -> Pair:
    return (moment(datetime.fromisoformat(text)),) * 2 if text else ("未定", "not set")


def _stretch(session: Session, each: Stretch, *, is_first: bool, why: Why, is_named: bool) -> Pair:
    start, end = moment(each.start), _then(each.start, each.end)
    zh, en = span_words(each.counted)
    unit = words_of_unit(session, each.department_id)
    by, by_en = "", ""
    if why.limit is not None and why.limit.unit.is_worked:
        zh_days, en_days = (
            (each.calendar.name, each.calendar.name) if is_named else calendar_words(each.calendar)
        )
        by, by_en = f",按{zh_days}", f", by {en_days}"
    is_due = each.runs_on or (why.due_at is not None and each.end == why.due_at)
    until = ("到期", " (due)") if is_due else ("", "")
    again = "" if is_first else "继续"
    return (
        f"{unit[0]}{again}计时 {start} 至 {end}{until[0]},计 {zh}{by}。",
        f"{unit[1] or 'The unit'}: {start} to {end}{until[1]} counts {en}{by_en}.",
    )


def _end(why: Why) -> Iterator[Pair]:
    if why.is_paused and why.left is not None and why.due_at is None:
        zh, en = span_words(why.left)
        yield (
            f"目前不计时,还剩 {zh},恢复后继续。",
            f"It stands still with {en} left, which go on later.",
        )
    if why.due_at is not None:
        at = moment(why.due_at)
        yield f"因此到期时间为 {at}。", f"So it is due at {at}."
        if why.stopped_at is not None:
            stopped, late = moment(why.stopped_at), why.stopped_at > why.due_at
            yield (
                f"{stopped} 报处理完毕,{'已超期' if late else '未超期'}。",
                f"It was reported done at {stopped}, {'overdue' if late else 'in time'}.",
            )
    if why.exempt:
        yield (
            "申诉成立:超期的事实保留,统计考核时免除。",
            "An appeal was granted: the facts stay, statistics leave them out.",
        )
    if not why.agrees:
        yield (
            "日历或规则刚有变动,到期时间正在重算。",
            "A calendar or rule has just changed: the due time is being counted anew.",
        )


def _beside(why: Why) -> Iterator[Pair]:
    if why.make_safe is not None:
        (zh, en), due = limit_words(why.make_safe.limit), moment(why.make_safe.due_at)
        yield (
            f"井杆线隐患先行排险:自派遣起 {zh},{due} 前排除危险,不因回退、挂账停止。",
            f"A hazard is made safe first: within {en} of dispatch, by {due}; nothing pauses that.",
        )
    if why.stage is not None and why.stage.limit is not None and why.stage.due_at is not None:
        name, limit = LIMITS.get(why.stage.name, ("", "")), limit_words(why.stage.limit)
        since, due = moment(why.stage.since), moment(why.stage.due_at)
        yield (
            f"本环节{name[0]}时限 {limit[0]},{since} 起算,{due} 到期。",
            f"The present step, {name[1]}, has {limit[1]} from {since}, until {due}.",
        )
