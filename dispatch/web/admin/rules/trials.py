"""What a change of the rules of time would do, before it takes effect, and what follows when it does."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from dispatch.cases.commands.clocks import limits_changed, stage_limit_changed
from dispatch.cases.rehearsal import Rehearsal, try_calendars, try_rule, try_stage_limit
from dispatch.catalogue.calendar import CalendarDraft, calendars_with
from dispatch.catalogue.limits import LimitRuleFacts, rule_by_id
from dispatch.kit.clock import city_date
from dispatch.kit.errors import invalid
from dispatch.kit.worktime import Limit, Unit
from dispatch.ladders.backlog import Backlog, backlog_of, step_in, switch_on
from dispatch.notices.events import GROUPS, Audience
from dispatch.web.admin.rules.table import OPEN, Change, Pair

LATER: Final = "later"
GATHERED: Final = "gathered"
#: Whom a limit reaches beside clocks that start later.
REACHES: Final[tuple[tuple[str, Pair], ...]] = (
    (
        LATER,
        (
            "只用于以后开始计时的案件,在办案件不变",
            "Only clocks that start from now on; open cases stay",
        ),
    ),
    (
        OPEN,
        (
            "在办案件也按此重新计算,变动写入各案经过",
            "Open cases are counted by it too, and say so in their history",
        ),
    ),
)
#: Whom a ladder tells of what had reached it before.
BACKLOGS: Final[tuple[tuple[str, Pair], ...]] = (
    (
        GATHERED,
        (
            "积压案件每人只发一条汇总,以后到达的逐件告知",
            "One gathered notice to each person for the backlog; case by case from now on",
        ),
    ),
    (
        LATER,
        (
            "积压案件不告知,只对以后到达的逐件告知",
            "Nothing for the backlog; case by case from now on",
        ),
    ),
)


def span_words(span: timedelta) -> Pair:
    """How far a due time would move: in days and hours, or hours and minutes."""
    minutes = round(span.total_seconds() / 60)
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = [(days, "天", "d"), (hours, "小时", "h"), (rest if not days else 0, "分", "min")]
    told = [each for each in parts if each[0]] or [(0, "分", "min")]
    return " ".join(f"{n} {zh}" for n, zh, _ in told), " ".join(f"{n} {en}" for n, _, en in told)


def _facts(values: Mapping[str, Any]) -> LimitRuleFacts:
    """A rule as its form has it, as if it held for open cases; a new one loses against none."""
    names = [name for name in LimitRuleFacts.__dataclass_fields__ if name not in ("id", "for_open")]
    row = {name: values[name] for name in names}
    return LimitRuleFacts(id=values.get("id") or 2**62, for_open=True, **row)


def try_limit_rule(
    session: Session, values: Mapping[str, Any], _said: str, at: datetime
) -> Rehearsal:
    """What open cases would be due by this rule."""
    before = rule_by_id(session, values["id"]) if values.get("id") else None
    return try_rule(session, _facts(values), replaces=before, at=at)


def try_without_rule(
    session: Session, values: Mapping[str, Any], _said: str, at: datetime
) -> Rehearsal:
    """What open cases would be due without this rule."""
    return try_rule(session, None, replaces=rule_by_id(session, values["id"]), at=at)


def rule_changed(session: Session, change: Change) -> None:
    """A rule that reaches open cases has them counted. Raises InvalidInput where it begins later."""
    if change.choice != OPEN:
        return
    if change.row is not None and change.row.valid_from > city_date(change.at):
        raise invalid(
            "valid_from",
            "在办案件要按此重算时,生效日期不能晚于今天",
            "To count open cases by it, let it begin today or before",
        )
    rows = [change.before.get("category_id"), getattr(change.row, "category_id", None)]
    limits_changed(
        session,
        [each for each in rows if each is not None],
        by=change.by,
        reason=change.reason,
        at=change.at,
    )


def try_stage(session: Session, values: Mapping[str, Any], _said: str, at: datetime) -> Rehearsal:
    """When the cases in this stage would be due."""
    limit = Limit(values["limit_value"], Unit(values["limit_unit"]))
    return try_stage_limit(session, values["stage"], values["severity"], limit, at=at)


def stage_changed(session: Session, change: Change) -> None:
    """A stage's limit that reaches the cases that are in it has them counted."""
    row = change.row
    # where no condition gives a limit this one is read whenever a case is counted: it is counted now
    if row is not None and (change.choice == OPEN or row.stage == "handle"):
        stage_limit_changed(
            session, row.stage, row.severity, by=change.by, reason=change.reason, at=change.at
        )


def try_day(session: Session, values: Mapping[str, Any], _said: str, at: datetime) -> Rehearsal:
    """What would move if this day were worked, or were not."""
    draft = CalendarDraft(values["calendar_code"], days={values["day"]: values["working"]})
    return try_calendars(session, calendars_with(session, draft), at=at)


def try_without_day(
    session: Session, values: Mapping[str, Any], _said: str, at: datetime
) -> Rehearsal:
    """What would move if this day were as usual."""
    draft = CalendarDraft(values["calendar_code"], days={values["day"]: None})
    return try_calendars(session, calendars_with(session, draft), at=at)


def try_step(session: Session, values: Mapping[str, Any], _said: str, at: datetime) -> Backlog:
    """What has reached this step already, and what will within a day."""
    return backlog_of(session, step_in(values), at=at)


def step_changed(session: Session, change: Change) -> None:
    """A step that is in use anew counts from now on; for the backlog one notice each, if chosen."""
    if change.row is None:
        return
    gathered = change.choice == GATHERED and Audience(change.row.audience) not in GROUPS
    switch_on(session, change.row, change.before, gathered=gathered, by=change.by, at=change.at)
