"""What the deeds around the departments change: dispatch, return, extend, suspend, make safe, done."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert

from dispatch.cases import deadlines, phrases
from dispatch.cases.commands.clocks import put_right
from dispatch.cases.commands.deed import Deed
from dispatch.cases.commands.holding import (
    answer_request,
    end_assignments,
    hand_over,
    note_acknowledged,
    note_work,
    refuse_pending,
)
from dispatch.cases.model import CaseAssignment, CaseRequest, RequestKind
from dispatch.catalogue.reference import city_setting
from dispatch.departments.reference import DepartmentFacts, department_given
from dispatch.kit.clock import CITY_ZONE
from dispatch.kit.errors import Conflict, invalid
from dispatch.kit.worktime import Limit, due_at

_ASSIGN = insert(CaseAssignment).returning(CaseAssignment.id)


def dispatch(deed: Deed) -> None:
    """Give the case to one unit that leads and any that assist, with the reason for the choice.

    `decision` in the body is what the routing found (method, rule, reason, rivals); without one the
    dispatcher chose by hand.
    """
    lead = department_given(deed.session, deed.body["department"], field="department")
    assisting = [
        department_given(deed.session, each, field="assisting")
        for each in deed.body.get("assisting") or []
    ]
    decision = deed.body.get("decision") or {}
    if deed.body.get("ruling"):
        deed.note = str(deed.body["ruling"])
        decision = {"method": "ruling", "reason": deed.note}
    rows = [_assignment(deed, lead, decision, leads=True)]
    rows += [
        _assignment(deed, unit, {"method": "assisting", "reason": phrases.ASSISTS()}, leads=False)
        for unit in dict.fromkeys(assisting)
        if unit.id != lead.id
    ]
    # written at once and by itself: the event needs the ids, and the case is flushed with the rest
    made = deed.session.execute(_ASSIGN, rows)
    hand_over(deed.case, to=lead.id)
    put_right(deed)
    deed.case.settled_at = deed.at if deed.body.get("ruling") else None
    deed.case.review_reason = None
    codes = {unit.id: unit.code for unit in (lead, *assisting)}
    deed.extra["assignment_ids"] = list(made.scalars())
    deed.extra["department_ids"] = [row["department_id"] for row in rows]
    deed.extra["departments"] = [codes[row["department_id"]] for row in rows]
    deed.note = deed.note or decision.get("reason")


def _assignment(
    deed: Deed, unit: DepartmentFacts, decision: dict[str, Any], *, leads: bool
) -> dict[str, Any]:
    return {
        "case_id": deed.case.id,
        "department_id": unit.id,
        "leads": leads,
        "method": decision.get("method", "manual"),
        "rule_id": decision.get("rule_id"),
        "part_code": decision.get("part_code"),
        "reason": decision.get("reason") or deed.note or phrases.BY_HAND(name=deed.by.name),
        "rivals": decision.get("rivals", []),
        "by_id": deed.by.id,
        "at": deed.at,
    }


def give_back(deed: Deed) -> None:
    """Not ours: back to the dispatcher, with the reason, and the chain kept.

    The platform returns what a closed unit had: nobody disputes it, so it is not counted.
    """
    deed.note = str(deed.body["reason"])
    end_assignments(deed, reason=deed.note, code=deed.body.get("reason_code"))
    if not deed.by.is_system:
        deed.case.return_count += 1
    deed.case.suspended_until = None
    deed.case.settled_at = None
    hand_over(deed.case, to=None)
    refuse_pending(deed, note="案件已回退 / returned")


def void(deed: Deed) -> None:
    """Filed by mistake: whoever had it no longer has."""
    end_assignments(deed, reason=str(deed.body["reason"]))
    refuse_pending(deed, note="案件已作废 / voided")


def _until(deed: Deed) -> datetime:
    until = deed.body["until"]
    if isinstance(until, str):
        try:
            until = datetime.fromisoformat(until)
        except ValueError:
            until = None
    if not isinstance(until, datetime) or until.tzinfo is None or until <= deed.at:
        raise invalid(
            "until",
            "请填写将来的时间,带时区,如 2026-12-01T18:00:00+08:00",
            "Give a time in the future with its zone, like 2026-12-01T18:00:00+08:00",
        )
    return until


def _ask(deed: Deed, kind: RequestKind, *, until: datetime | None) -> None:
    reason = str(deed.body["reason"])
    deed.session.add(
        CaseRequest(
            case_id=deed.case.id,
            kind=kind,
            until=until,
            reason=reason,
            requested_by_id=deed.by.id,
            requested_at=deed.at,
        )
    )
    deed.case.open_requests = [*deed.case.open_requests, kind.value]
    deed.note = reason
    if until is not None:
        deed.changes["until"] = [None, until.isoformat()]


def extend(deed: Deed) -> None:
    """Ask for more time: before the case is overdue, and not more often than the city allows."""
    case, most = deed.case, city_setting(deed.session, "max_extensions", 1)
    if case.due_at is not None and deed.at >= case.due_at:
        raise Conflict(
            "already_overdue",
            "案件已超期,不能再申请延期;如有异议请申诉",
            "The case is overdue: an extension comes too late; appeal if you disagree",
        )
    if case.extension_count >= most:
        raise Conflict(
            "too_many_extensions",
            f"每案最多延期 {most} 次;如无法按期处理请申请挂账",
            f"A case is extended {most} time(s) at most; ask for suspension instead",
        )
    until = _until(deed)
    if case.due_at is not None and until <= case.due_at:
        raise invalid(
            "until", "延期时间应晚于现在的时限", "The new time must be later than the present one"
        )
    _not_too_long(deed, until)
    _ask(deed, RequestKind.EXTENSION, until=until)


def _not_too_long(deed: Deed, until: datetime) -> None:
    """The city may bound an extension by the limit itself: twice as long again at most, say."""
    case, most = deed.case, city_setting(deed.session, "max_extension_share", 0.0)
    limit = deadlines.handling_limit(deed.session, case)
    if most <= 0 or case.due_at is None or limit is None:
        return
    days = deadlines.calendar_of(deed.session, case.department_id)
    latest = due_at(case.due_at, Limit(limit.value * most, limit.unit), days)
    if until > latest:
        words = f"{latest.astimezone(CITY_ZONE):%Y-%m-%d %H:%M}"
        raise invalid(
            "until",
            f"延期不超过原时限的 {most:g} 倍,最晚到 {words}",
            f"An extension is {most:g} times the limit at most, until {words} at the latest",
        )


def approve_extension(deed: Deed) -> None:
    """The new due time holds."""
    request = answer_request(deed, RequestKind.EXTENSION, granted=True)
    deed.case.extension_count += 1
    if request.until is not None:
        deadlines.extend(deed.session, deed.case, until=request.until, at=deed.at)


def refuse_extension(deed: Deed) -> None:
    """The due time stays."""
    answer_request(deed, RequestKind.EXTENSION, granted=False)


def suspend(deed: Deed) -> None:
    """Ask to pause the clock until a date."""
    until = _until(deed)
    days = city_setting(deed.session, "max_suspension_days", 90)
    if until > deed.at + timedelta(days=days):
        raise invalid(
            "until", f"挂账最长 {days} 天", f"A suspension lasts {days} days at the longest"
        )
    _ask(deed, RequestKind.SUSPENSION, until=until)


def approve_suspension(deed: Deed) -> None:
    """The clock pauses until the date."""
    request = answer_request(deed, RequestKind.SUSPENSION, granted=True)
    deed.case.suspended_until = request.until


def refuse_suspension(deed: Deed) -> None:
    """The clock goes on."""
    answer_request(deed, RequestKind.SUSPENSION, granted=False)


def resume(deed: Deed) -> None:
    """The clock goes on where it stood."""
    deed.case.suspended_until = None


def make_safe(deed: Deed) -> None:
    """The danger is out of the way; who owns the thing can be found out afterwards."""
    if deed.case.made_safe_at is None:
        deed.case.made_safe_at = deed.at


def report_done(deed: Deed) -> None:
    """The unit says it is done; whether it is, the check will tell."""
    deed.case.result = str(deed.body["result"])
    deed.note = deed.note or deed.case.result
    note_acknowledged(deed)
    note_work(deed, handled_at=deed.at)
    refuse_pending(deed, note="已处理完毕 / done", but=RequestKind.APPEAL)


def rework(deed: Deed) -> None:
    """Not done well: the same unit again, on the same clock."""
    deed.case.rework_count += 1
    deed.case.started_at = None
    deed.note = deed.body.get("reason") or deed.note


def check(deed: Deed) -> None:
    """The inspector's look after handling; not passed means rework."""
    if not deed.body["passed"]:
        rework(deed)


def appeal(deed: Deed) -> None:
    """The unit disputes a judgement."""
    _ask(deed, RequestKind.APPEAL, until=None)
