"""Call-backs: who is drawn when a case is closed, and what each try to reach them brought."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, exists, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, aliased

from dispatch.cases.commands import act, rate_report
from dispatch.cases.model import Case, CaseReporter
from dispatch.cases.states import Stage, Verb
from dispatch.hotline.model import Callback, CallbackAttempt, CallbackState, CallOutcome
from dispatch.hotline.queries.callbacks import callback_of, is_drawn, rule_for
from dispatch.kit.db import Json
from dispatch.kit.errors import Conflict, invalid
from dispatch.people.policy import Person

#: A case with more reporters than this is not called through one by one.
MOST_OF_A_CASE = 5


def plan_callbacks(session: Session, case_ids: Collection[int], *, at: datetime) -> int:
    """Draw the reporters of closed cases who are to be called; how many. Safe to run again."""
    master = func.coalesce(Case.duplicate_of_id, Case.id)
    closed = aliased(Case)
    reports = session.execute(
        select(
            Case.id.label("report_id"),
            Case.public_id,
            Case.channel,
            closed.id,
            closed.group,
            closed.reopen_count,
            closed.closed_at,
            func.row_number().over(partition_by=closed.id, order_by=Case.id).label("nth"),
        )
        .join(closed, closed.id == master)
        .where(
            closed.id.in_(case_ids),
            closed.stage == Stage.CLOSED,
            or_(Case.id.in_(case_ids), Case.duplicate_of_id.in_(case_ids)),
            exists().where(CaseReporter.case_id == Case.id, CaseReporter.phone.is_not(None)),
        )
        .order_by(Case.id)
    )
    drawn = [
        row
        for each in reports
        if each.nth <= MOST_OF_A_CASE and (row := _drawn(session, each, at=at)) is not None
    ]
    if not drawn:
        return 0
    made = insert(Callback).on_conflict_do_nothing().returning(Callback.id)
    return len(session.execute(made, drawn).all())


def _drawn(session: Session, report: Row[*tuple[Any, ...]], *, at: datetime) -> Json | None:
    rule = rule_for(session, channel=report.channel, group=report.group)
    if rule is None or not is_drawn(report.public_id, report.reopen_count, rule.share):
        return None
    return {
        "case_id": report.id,
        "report_id": report.report_id,
        "round": report.reopen_count,
        "rule_id": rule.id,
        "most_attempts": rule.most_attempts,
        "pause_hours": rule.pause_hours,
        "due_at": (report.closed_at or at) + timedelta(hours=rule.after_hours),
        "created_at": at,
    }


@dataclass(frozen=True)
class Try:
    """How a try ended, and what the reporter said; `again_at` when they asked for another time."""

    outcome: CallOutcome
    score: int | None = None
    fixed: bool | None = None
    note: str = ""
    again_at: datetime | None = None


def note_attempt(
    session: Session, callback_id: int, told: Try, *, by: Person, at: datetime
) -> Callback:
    """Keep a try. Who was reached rates the case; "not fixed" takes it up again.

    Raises InvalidInput when somebody was reached and it is not said whether it is fixed, Conflict
    when the call-back is over.
    """
    callback = callback_of(session, by, callback_id)
    if callback.state != CallbackState.WAITING:
        raise Conflict(
            "callback_over",
            "这个回访已由他人办结",
            "Somebody else has finished this call-back already",
        )
    if told.outcome is CallOutcome.REACHED and (told.fixed is None or told.score is None):
        raise invalid(
            "fixed" if told.fixed is None else "score",
            "请选择是否解决和满意程度",
            "Say whether it is fixed and how satisfied they are",
        )
    assert by.id is not None  # noqa: S101 - people alone call
    session.add(
        CallbackAttempt(
            callback_id=callback.id,
            at=at,
            by_id=by.id,
            outcome=told.outcome,
            score=told.score,
            fixed=told.fixed,
            note=told.note,
        )
    )
    callback.attempts += 1
    _AFTER[told.outcome](session, callback, told, by, at)
    session.flush()
    return callback


def _reached(session: Session, callback: Callback, told: Try, by: Person, at: datetime) -> None:
    """A rating as if the reporter had given it; what is not fixed goes back to work."""
    words = f"回访:{'已解决' if told.fixed else '未解决'},评分 {told.score}"
    _end(session, callback, CallbackState.REACHED, words, told, by, at)
    report = session.get_one(Case, callback.report_id)
    comment = told.note or None
    try:
        with session.begin_nested():
            rate_report(
                session,
                report,
                score=told.score or 1,
                fixed=bool(told.fixed),
                comment=comment,
                at=at,
            )
    except Conflict:
        # rated by link before, or too late for the reporter alone: the desk may still reopen
        if not told.fixed:
            reason = f"回访反映未解决:{comment}" if comment else "回访反映未解决"
            act(session, callback.case_id, Verb.REOPEN, by=by, at=at, body={"reason": reason})


def _not_reached(session: Session, callback: Callback, told: Try, by: Person, at: datetime) -> None:
    if callback.attempts < callback.most_attempts:
        callback.due_at = at + timedelta(hours=callback.pause_hours)
        return
    words = f"回访未联系上,共拨打 {callback.attempts} 次"
    _end(session, callback, CallbackState.GIVEN_UP, words, told, by, at)


def _later(_session: Session, callback: Callback, told: Try, _by: Person, at: datetime) -> None:
    callback.due_at = max(told.again_at or at + timedelta(hours=callback.pause_hours), at)


def _declined(session: Session, callback: Callback, told: Try, by: Person, at: datetime) -> None:
    _end(session, callback, CallbackState.GIVEN_UP, "回访:市民不愿评价", told, by, at)


def _end(
    session: Session,
    callback: Callback,
    state: CallbackState,
    words: str,
    told: Try,
    by: Person,
    at: datetime,
) -> None:
    """The call-back is over, and the case's history says how."""
    callback.state = state
    callback.done_at = at
    note = f"{words};{told.note}" if told.note else words
    act(session, callback.case_id, Verb.NOTE, by=by, at=at, body={"note": note})


_AFTER: dict[CallOutcome, Callable[[Session, Callback, Try, Person, datetime], None]] = {
    CallOutcome.REACHED: _reached,
    CallOutcome.NOT_REACHED: _not_reached,
    CallOutcome.LATER: _later,
    CallOutcome.DECLINED: _declined,
}
