"""What happened to a case, newest first, each line of a kind that one can look at alone."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from dispatch.cases import queries
from dispatch.cases.model import Case, CaseHistory
from dispatch.cases.states import STAGE_LABELS, VERB_LABELS, Stage, Verb
from dispatch.web.staff.changes import told

Pair = tuple[str, str]
V = Verb
FLOW, ASKED, WORDS = "flow", "asked", "words"
#: The kinds, in the order in which they are offered.
KINDS: Final[dict[str, Pair]] = {
    FLOW: ("流转", "steps"),
    ASKED: ("申请与督办", "requests and urging"),
    WORDS: ("备注与更正", "notes and corrections"),
}
_KIND: Final[dict[str, str]] = {
    **dict.fromkeys(
        (
            V.EXTEND,
            V.APPROVE_EXTENSION,
            V.REFUSE_EXTENSION,
            V.SUSPEND,
            V.APPROVE_SUSPENSION,
            V.REFUSE_SUSPENSION,
            V.URGE,
            V.APPEAL,
            V.DECIDE_APPEAL,
        ),
        ASKED,
    ),
    V.NOTE: WORDS,
    V.CORRECT: WORDS,
}
Change = tuple[Pair, Pair | None, Pair]


@dataclass(frozen=True)
class Line:
    """A line of the timeline."""

    at: datetime
    verb: Pair
    kind: str
    actor: str
    role: str
    to: Pair | None
    note: str | None
    changes: tuple[Change, ...]


def verb_words(verb: str) -> Pair:
    """A verb as people say it."""
    return VERB_LABELS[Verb(verb)] if verb in set(Verb) else (verb, verb)


def _line(session: Session, row: CaseHistory) -> Line:
    moved = row.to_stage != row.from_stage and row.to_stage in set(Stage)
    return Line(
        at=row.at,
        verb=verb_words(row.verb),
        kind=_KIND.get(row.verb, FLOW),
        actor=row.actor,
        role=row.role.split(",")[0],
        to=STAGE_LABELS[Stage(row.to_stage)] if moved else None,
        note=row.note,
        changes=tuple(told(session, row.changes)),
    )


def timeline(session: Session, case: Case) -> list[Line]:
    """Everything that happened, the newest first."""
    return [_line(session, row) for row in reversed(queries.history_of(session, case))]
