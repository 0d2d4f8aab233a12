"""Who is to be called back now, and what is known of each."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from dispatch.cases.model import Case, CaseReporter
from dispatch.cases.policy import visible_to
from dispatch.cases.states import Stage
from dispatch.hotline.model import Callback, CallbackAttempt, CallbackState
from dispatch.hotline.reference import RuleFacts, knowledge
from dispatch.kit.errors import NotFound
from dispatch.people.model import User
from dispatch.people.policy import Person

MOST: Final = 50
COUNTED_TO: Final = 1000


@dataclass(frozen=True)
class Waiting:
    """A call-back with the case that was closed."""

    callback: Callback
    case: Case


def rule_for(session: Session, *, channel: str, group: str | None) -> RuleFacts | None:
    """The rule that holds for a report."""
    return rule_among(knowledge(session).rules, channel=channel, group=group)


def rule_among(rules: Iterable[RuleFacts], *, channel: str, group: str | None) -> RuleFacts | None:
    """The narrowest of these rules: by group, then by channel."""
    fitting = [
        each for each in rules if each.channel in (None, channel) and each.group in (None, group)
    ]
    return max(
        fitting,
        key=lambda each: (each.group is not None, each.channel is not None, -each.id),
        default=None,
    )


def is_drawn(public_id: str, turn: int, share: float) -> bool:
    """Whether a report belongs to the sample: by its own number, so that asking again changes nothing."""
    digest = hashlib.sha256(f"callback:{public_id}:{turn}".encode()).digest()
    return int.from_bytes(digest[:4]) < share * 2**32


def _due(person: Person, at: datetime) -> Select[Callback, Case]:
    return (
        select(Callback, Case)
        .join(Case, Case.id == Callback.case_id)
        .where(
            Callback.state == CallbackState.WAITING,
            Callback.due_at <= at,
            Callback.round == Case.reopen_count,
            Case.stage == Stage.CLOSED,
            visible_to(person),
        )
    )


def callbacks_due(session: Session, person: Person, *, at: datetime) -> list[Waiting]:
    """The calls to be made now, the longest due first; a case taken up again is left out."""
    rows = session.execute(
        _due(person, at).order_by(Callback.due_at, Callback.id).limit(MOST)
    ).all()
    return [Waiting(callback, case) for callback, case in rows]


def count_callbacks(session: Session, person: Person, at: datetime) -> int:
    """How many calls are to be made now, counted to a thousand."""
    some = _due(person, at).with_only_columns(Callback.id).limit(COUNTED_TO).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def callback_of(session: Session, person: Person, callback_id: int) -> Callback:
    """One of a case that the person may see; NotFound otherwise."""
    found = session.scalar(
        select(Callback)
        .join(Case, Case.id == Callback.case_id)
        .where(Callback.id == callback_id, visible_to(person))
        .with_for_update(of=Callback)
    )
    if found is None:
        raise NotFound(
            "no_such_callback",
            "没有这个回访,或您无权办理",
            "There is no such call-back, or it is not yours to make",
        )
    return found


def reporter_of(session: Session, callback: Callback) -> CaseReporter | None:
    """Whom to call: the one who left a number with the report."""
    return session.scalar(
        select(CaseReporter)
        .where(CaseReporter.case_id == callback.report_id, CaseReporter.phone.is_not(None))
        .order_by(CaseReporter.id)
        .limit(1)
    )


def attempts_of(session: Session, callback: Callback) -> Sequence[tuple[CallbackAttempt, str]]:
    """Every try so far with the name of who tried, the latest first."""
    return session.execute(
        select(CallbackAttempt, User.display_name)
        .join(User, User.id == CallbackAttempt.by_id)
        .where(CallbackAttempt.callback_id == callback.id)
        .order_by(CallbackAttempt.id.desc())
    ).all()
