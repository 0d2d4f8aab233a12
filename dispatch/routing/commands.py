"""Deeds on routing rules: a new one, another in its place from a day on, an end. What was decided stays decided."""

from dataclasses import asdict, dataclass, replace
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.catalogue.reference import catalogue
from dispatch.departments.reference import departments
from dispatch.jurisdiction.reference import area_names
from dispatch.kit import audit, ruling
from dispatch.kit.audit import Actor
from dispatch.kit.errors import invalid
from dispatch.routing.model import RoutingRule
from dispatch.routing.queries import RuleFacts

#: What the log of a rule tells.
COLUMNS = (
    "category_id",
    "group",
    "kind",
    "area_kind",
    "area_code",
    "department_id",
    "valid_from",
    "valid_to",
    "reason",
    "reason_en",
    "source",
)


@dataclass(frozen=True)
class RuleDraft:
    """A rule as an administrator sets it; `valid_from` is the day from which it takes effect."""

    department_id: int
    valid_from: date
    category_id: int | None = None
    group: str | None = None
    kind: str | None = None
    area_kind: str | None = None
    area_code: str | None = None
    valid_to: date | None = None
    reason: str = ""
    reason_en: str = ""
    source: str = ""

    def as_facts(self) -> RuleFacts:
        """The rule as routing would hold it; its id loses against every other."""
        unneeded = ("source", "reason_en")
        values = {name: value for name, value in asdict(self).items() if name not in unneeded}
        return RuleFacts(id=2**62, **values)


def subject_of(rule_id: int) -> str:
    """What the audit log calls a rule."""
    return f"routing-rule:{rule_id}"


def check(session: Session, draft: RuleDraft, *, today: date) -> None:
    """Refuse a rule that names what is not there or takes effect in the past. Raises InvalidInput."""
    unit = departments(session).get(draft.department_id)
    if unit is None or not unit.active:
        raise invalid("department", "请选择一个在用的部门", "Choose a unit that is active")
    if draft.category_id is not None and draft.category_id not in catalogue(session).by_id:
        raise invalid("category", "没有这个类别", "There is no such category")
    if sum(each is not None for each in (draft.category_id, draft.group, draft.kind)) > 1:
        raise invalid(
            "category",
            "类别、大类和部件/事件只能填一项",
            "Give a category, a group or a kind, not two",
        )
    if (draft.area_kind is None) != (draft.area_code is None):
        raise invalid("area_code", "区域类型和区域要一起填写", "Give the kind of area and the area")
    if draft.area_kind is not None and draft.area_code is not None:
        known = (draft.area_kind, draft.area_code) in area_names(session)
        if not known:
            raise invalid("area_code", "没有这个区域", "There is no such area")
    if draft.valid_from < today:
        raise invalid(
            "valid_from",
            "生效日期不能早于今天:已作出的派遣不会改变",
            "It cannot take effect before today; what was decided stays decided",
        )
    if draft.valid_to is not None and draft.valid_to <= draft.valid_from:
        raise invalid("valid_to", "失效日期要晚于生效日期", "It must end after it begins")


def add_rule(
    session: Session, draft: RuleDraft, *, by: Actor, today: date, why: str
) -> RoutingRule:
    """Put a new rule in force from its day on. Raises InvalidInput."""
    check(session, draft, today=today)
    made = RoutingRule(**asdict(draft))
    session.add(made)
    session.flush()
    ruling.write(
        session,
        made,
        asdict(draft),
        subject=subject_of(made.id),
        by=by,
        reason=why,
        is_new=True,
    )
    return made


def replace_rule(
    session: Session,
    rule_id: int,
    draft: RuleDraft,
    *,
    by: Actor,
    today: date,
    why: str,
    seen: int | None = None,
) -> RoutingRule:
    """Let another rule take this one's place from its day on; one that never held is simply changed.

    Raises NotFound, InvalidInput, StaleVersion.
    """
    check(session, draft, today=today)
    row = ruling.found_row(session, RoutingRule, rule_id)
    audit.expect_version(session, subject_of(rule_id), seen)
    if row.valid_from >= today:
        ruling.write(
            session, row, asdict(draft), subject=subject_of(row.id), by=by, reason=why, seen=seen
        )
        return row
    made = add_rule(session, replace(draft), by=by, today=today, why=why)
    ends = min(filter(None, (row.valid_to, draft.valid_from)))
    ruling.write(
        session, row, {"valid_to": ends}, subject=subject_of(row.id), by=by, reason=why, seen=seen
    )
    return made


def end_rule(
    session: Session,
    rule_id: int,
    *,
    on: date,
    by: Actor,
    today: date,
    why: str,
    seen: int | None = None,
) -> RoutingRule:
    """From this day on the rule holds no longer. Raises NotFound, InvalidInput, StaleVersion."""
    row = ruling.found_row(session, RoutingRule, rule_id)
    if on < today or on < row.valid_from:
        raise invalid(
            "valid_to",
            "失效日期不能早于今天和生效日期",
            "It cannot end before today or its beginning",
        )
    ruling.write(
        session, row, {"valid_to": on}, subject=subject_of(row.id), by=by, reason=why, seen=seen
    )
    return row


def hand_over_rules(
    session: Session, department_id: int, *, to_id: int | None, day: date, by: Actor, why: str
) -> int:
    """End the rules that name a unit on `day`, and let `to_id` have the same from then on; how many.

    Safe to run again: a rule that was ended is not looked at any more.
    """
    rows = session.scalars(
        select(RoutingRule)
        .where(
            RoutingRule.department_id == department_id,
            RoutingRule.valid_to.is_(None)
            | (RoutingRule.valid_to > func.greatest(RoutingRule.valid_from, day)),
        )
        .order_by(RoutingRule.id)
        .with_for_update()
    ).all()
    for row in rows:
        since = max(day, row.valid_from)
        if to_id is not None:
            heir = {name: getattr(row, name) for name in COLUMNS}
            heir |= {"department_id": to_id, "valid_from": since}
            made = RoutingRule(**heir)
            session.add(made)
            session.flush()
            subject = subject_of(made.id)
            ruling.write(session, made, heir, subject=subject, by=by, reason=why, is_new=True)
        ruling.write(
            session, row, {"valid_to": since}, subject=subject_of(row.id), by=by, reason=why
        )
    return len(rows)
