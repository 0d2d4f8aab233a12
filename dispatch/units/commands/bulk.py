"""One deed to many cases: each stands or falls by itself, and it is told which did not go through."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from dispatch.cases.commands import act
from dispatch.cases.states import Verb
from dispatch.kit.errors import DomainError, invalid
from dispatch.people.policy import Person

MOST: Final = 100
Body = Mapping[str, Any]


@dataclass(frozen=True)
class Refused:
    """A case to which the deed was not done, and why."""

    public_id: str
    error: DomainError


@dataclass(frozen=True)
class Report:
    """What was done, and what was not."""

    verb: Verb
    done: tuple[str, ...]
    refused: tuple[Refused, ...]


def act_on_many(
    session: Session,
    public_ids: Sequence[str],
    verb: Verb,
    *,
    by: Person,
    at: datetime,
    body: Body | Callable[[str], Body],
) -> Report:
    """Do `verb` to each case in a savepoint of its own; `body` may depend on the case.

    Raises InvalidInput for none or more than `MOST` cases.
    """
    wanted = sorted(set(public_ids))
    if not 1 <= len(wanted) <= MOST:
        raise invalid(
            "cases",
            f"请先勾选案件,一次最多 {MOST} 件",
            f"Tick the cases first, {MOST} at most at a time",
        )
    done: list[str] = []
    refused: list[Refused] = []
    # always in the same order: two people with overlapping lists never wait for one another
    for public_id in wanted:
        try:
            with session.begin_nested():
                given = body(public_id) if callable(body) else body
                act(session, public_id, verb, by=by, at=at, body=given)
            done.append(public_id)
        except DomainError as error:
            refused.append(Refused(public_id, error))
    return Report(verb, tuple(done), tuple(refused))
