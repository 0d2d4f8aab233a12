"""What the deeds of the hall change: accept, verify, file, link, correct, urge, close, reopen."""

from datetime import timedelta
from typing import Any

from sqlalchemy import or_, select, update

from dispatch.cases import placing
from dispatch.cases.commands.clocks import put_right
from dispatch.cases.commands.deed import Deed, lock_case, tell
from dispatch.cases.commands.foreign import add_foreign_number
from dispatch.cases.commands.holding import (
    answer_request,
    end_assignments,
    hand_over,
    refuse_pending,
)
from dispatch.cases.deadlines import fit_limit
from dispatch.cases.events import FACTS
from dispatch.cases.model import Case, CaseHistory, RequestKind
from dispatch.cases.states import OPEN, Stage, Verb
from dispatch.catalogue.model import Severity
from dispatch.catalogue.reference import CategoryFacts, ConditionFacts, catalogue, city_setting
from dispatch.kit.db import Json
from dispatch.kit.errors import Conflict, invalid

OUTCOMES = ("fixed", "not_fixed", "not_found", "other")


def accept(deed: Deed) -> None:
    """A person has looked: what the machine was unsure of is settled."""
    deed.case.review_reason = None
    deed.case.decided_by_id = deed.by.id


def reject(deed: Deed) -> None:
    """Whoever rejects can take it back for a while."""
    deed.case.decided_by_id = deed.by.id


def take_back(deed: Deed) -> None:
    """A slip of the hand: one's own acceptance or rejection is undone, within the city's minutes."""
    case, minutes = deed.case, city_setting(deed.session, "take_back_minutes", 30)
    if deed.at > case.stage_since + timedelta(minutes=minutes):
        raise Conflict(
            "take_back_too_late",
            f"已超过 {minutes} 分钟,不能撤回;请值班长重新办理或作废",
            f"More than {minutes} minutes have passed; ask the shift leader to reopen or void it",
        )
    case.review_reason = _reason_before(deed)
    case.decided_by_id = None
    case.closed_at = None


def _reason_before(deed: Deed) -> str | None:
    """Why the case had waited for a person, before that person decided."""
    changes = deed.session.scalar(
        select(CaseHistory.changes)
        .where(
            CaseHistory.case_id == deed.case.id,
            CaseHistory.verb.in_((Verb.ACCEPT, Verb.REJECT)),
        )
        .order_by(CaseHistory.version.desc())
        .limit(1)
    )
    reason: str | None = (changes or {}).get("review_reason", [deed.case.review_reason])[0]
    return reason


def category_given(deed: Deed) -> CategoryFacts | None:
    """The category named in the body, by id, code or name."""
    given = deed.body.get("category")
    if given in (None, ""):
        return None
    known = catalogue(deed.session)
    if isinstance(given, dict):
        given = given.get("id") or f"{given.get('scheme')}:{given.get('code')}"
    found = known.by_id.get(given) if isinstance(given, int) else known.find(str(given))
    if found is None:
        raise invalid(
            "category",
            f"没有类别 {given};请用 /api/v1/catalogue 中的代码",
            f"There is no category {given}; use a code from /api/v1/catalogue",
        )
    return found


def condition_given(category: CategoryFacts, given: Any) -> ConditionFacts:
    """The filing condition of `category`, by id, key or text."""
    for condition in category.conditions:
        if given in (condition.id, str(condition.id), condition.key, condition.text):
            return condition
    known = "、".join(f"{each.id} {each.text}" for each in category.conditions) or "—"
    raise invalid(
        "condition",
        f"“{category.name}”没有这一立案条件;可选:{known}",
        f"{category.name_en or category.name} has no such filing condition; choose among {known}",
    )


def set_category(deed: Deed, category: CategoryFacts) -> None:
    """The category as a person gave it; a condition of another category falls away."""
    case = deed.case
    if case.category_id != category.id:
        case.condition_id = None
    case.category_id = category.id
    case.group = category.group
    case.category_source = "given"
    case.category_confidence = 1.0
    case.category_reason = None


def set_condition(deed: Deed, condition: ConditionFacts) -> None:
    """The condition sets haste, limit and hazard."""
    case = deed.case
    case.condition_id = condition.id
    case.severity = condition.severity
    case.limit_value = condition.limit_value
    case.limit_unit = condition.limit_unit
    case.limit_rule_id = None
    case.hazard = condition.hazard


def file(deed: Deed) -> None:
    """Filing fixes the category and the condition, and with them the limit."""
    category = category_given(deed)
    if category is not None and category.id != deed.case.category_id:
        set_category(deed, category)
    current = catalogue(deed.session).by_id[deed.case.category_id or 0]
    set_condition(deed, condition_given(current, deed.body["condition"]))
    if deed.body.get("severity"):
        deed.case.severity = Severity(deed.body["severity"])
    rule = fit_limit(deed.session, deed.case, at=deed.at)
    if rule is not None:
        deed.changes["limit_rule"] = [None, rule.explanation or str(rule.id)]


def verify(deed: Deed) -> None:
    """The inspector saw it, or did not; the agent decides with that in hand."""
    confirmed = bool(deed.body["confirmed"])
    deed.case.review_reason = "verified" if confirmed else "not_confirmed"
    deed.changes["confirmed"] = [None, confirmed]


def link_duplicate(deed: Deed) -> None:
    """Tie this case to an earlier one, which counts the reporters of both."""
    master = _master(deed)
    deed.case.duplicate_of_id = master.id
    deed.extra["duplicate_of"] = master.public_id
    deed.note = deed.note or f"并入 {master.number}"
    end_assignments(deed, reason=deed.note)
    refuse_pending(deed, note="已并案 / linked to another case")
    deed.session.execute(
        update(Case)
        .where(Case.duplicate_of_id == deed.case.id)
        .values(duplicate_of_id=master.id)
        .execution_options(synchronize_session=False)
    )
    join(deed, master, reporters=deed.case.reporters_count)


def join(deed: Deed, master: Case, *, reporters: int) -> None:
    """Note on the master that one more report belongs to it."""
    words = f"又有市民反映同一问题:{deed.case.number}"
    changes = {"joined": [None, deed.case.public_id]}
    _count_reporters(deed, master, reporters, fact="case.joined", words=words, changes=changes)


def _part(deed: Deed) -> None:
    """A linked report is another matter after all: the master counts its reporters no more."""
    case = deed.case
    master = lock_case(deed.session, case.duplicate_of_id or 0)
    case.duplicate_of_id = None
    if master is not None:
        words, changes = f"{case.number} 不再并入本案", {"joined": [case.public_id, None]}
        gone, fact = -case.reporters_count, FACTS[Verb.NOTE]
        _count_reporters(deed, master, gone, fact=fact, words=words, changes=changes)


def _count_reporters(
    deed: Deed, master: Case, reporters: int, *, fact: str, words: str, changes: Json
) -> None:
    before = master.reporters_count
    master.reporters_count += reporters
    master.version += 1
    master.updated_at = deed.at
    tell(
        deed.session,
        master,
        fact,
        verb=Verb.NOTE,
        by=deed.by,
        at=deed.at,
        origin=master.stage,
        note=words,
        changes={"reporters_count": [before, master.reporters_count], **changes},
    )


def _master(deed: Deed) -> Case:
    given = str(deed.body["of"]).strip()
    found = deed.session.scalar(
        select(Case).where(or_(Case.public_id == given, Case.number == given))
    )
    if found is not None and found.duplicate_of_id is not None:
        found = deed.session.get(Case, found.duplicate_of_id)
    if found is None or found.id == deed.case.id:
        raise invalid(
            "of",
            "没有这个案件,或者就是本案;请填写另一案件的编号",
            "There is no such case, or it is this one; give the number of another case",
        )
    locked = lock_case(deed.session, found.id)
    if locked is None or locked.stage not in OPEN:
        raise Conflict(
            "master_closed",
            f"案件 {found.number} 已办结,不能并入;请改为重新办理或单独立案",
            f"Case {found.number} is finished; reopen it or file this one by itself",
        )
    return locked


def correct(deed: Deed) -> None:
    """Facts that turn out otherwise: category, condition, place, part, text, others' numbers of it."""
    case, body = deed.case, deed.body
    category = category_given(deed)
    if category is not None:
        set_category(deed, category)
    if body.get("condition") not in (None, ""):
        if case.category_id is None:
            raise invalid("condition", "请先选类别", "Choose the category first")
        current = catalogue(deed.session).by_id[case.category_id]
        set_condition(deed, condition_given(current, body["condition"]))
    if body.get("severity"):
        case.severity = Severity(body["severity"])
    if body.get("part_code") is not None:
        case.part_code = body["part_code"] or None
    if body.get("description"):
        case.description = str(body["description"])
    add_foreign_number(deed)
    placing.correct_place(deed.session, case, body, by=deed.by, at=deed.at)
    if case.condition_id is not None:
        put_right(deed)


def urge(deed: Deed) -> None:
    """Somebody asks for haste; the text is what they said."""
    deed.case.urge_count += 1
    deed.note = str(deed.body["text"])


def close(deed: Deed) -> None:
    """The end, with how it ended."""
    outcome = deed.body["outcome"]
    if outcome not in OUTCOMES:
        raise invalid(
            "outcome",
            f"结案结果应为 {'、'.join(OUTCOMES)} 之一",
            f"The outcome is one of {', '.join(OUTCOMES)}",
        )
    deed.case.outcome = outcome
    deed.case.closed_at = deed.at
    end_assignments(deed, reason=outcome)


def reopen(deed: Deed) -> None:
    """Take a finished case up again; a citizen only within the city's number of days."""
    case = deed.case
    days = city_setting(deed.session, "reopen_days", 7)
    if (
        deed.by.is_reporter
        and case.closed_at is not None
        and deed.at > case.closed_at + timedelta(days=days)
    ):
        raise Conflict(
            "reopen_too_late",
            f"结案已超过 {days} 天,请重新上报",
            f"It was closed more than {days} days ago; please report it anew",
        )
    case.reopen_count += 1
    case.closed_at = None
    case.outcome = None
    case.rating = None
    hand_over(case, to=None)
    case.settled_at = None
    if case.stage == Stage.DUPLICATE:
        _part(deed)


def decide_appeal(deed: Deed) -> None:
    """Granted: the overdue fact stays, the statistics exempt it."""
    granted = bool(deed.body["granted"])
    answer_request(deed, RequestKind.APPEAL, granted=granted)
    if granted:
        deed.case.exempt = True
