"""Hand a shift over (交接班): write how things stand and what to watch; the next shift takes it over."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from dispatch.cases.commands import find_case
from dispatch.kit.errors import Conflict, InvalidInput, NotAllowed, NotFound, invalid
from dispatch.people.policy import Person
from dispatch.units.model import Handover
from dispatch.units.queries.rulings import standing

SHIFTS: Final = ("day", "evening", "night")
MOST_WATCHED: Final = 30


def hand_over(
    session: Session,
    *,
    shift: str,
    note: str,
    watch: Iterable[tuple[str, str]],
    by: Person,
    at: datetime,
) -> Handover:
    """Write the note of a shift. `watch` are ids of cases, each with what to look for.

    The figures of the moment are kept with it. Raises InvalidInput, also for a case that this person
    may not see.
    """
    if by.id is None:
        raise NotAllowed("no_person", "交接班由在岗人员填写", "A person hands a shift over")
    if shift not in SHIFTS:
        raise invalid("shift", "请选择班次", "Choose the shift")
    if not note.strip():
        raise invalid("note", "请写明需要交接的事项", "Write what is to be handed over")
    watched = [_watched(session, case, words, by=by) for case, words in watch]
    if len(watched) > MOST_WATCHED:
        raise invalid(
            "watch",
            f"重点案件最多 {MOST_WATCHED} 件",
            f"At most {MOST_WATCHED} cases can be watched",
        )
    made = Handover(
        shift=shift,
        written_at=at,
        by_id=by.id,
        note=note.strip(),
        facts=standing(session, by, at=at),
        watch=watched,
    )
    session.add(made)
    session.flush()
    return made


def _watched(session: Session, case: str, words: str, *, by: Person) -> dict[str, str]:
    try:
        found = find_case(session, case.strip(), by=by)
    except NotFound as error:
        raise InvalidInput(error.code, error.zh, error.en) from None
    return {"case": found.public_id, "number": found.number, "what": words.strip()}


def take_over(
    session: Session, handover_id: int, *, note: str, by: Person, at: datetime
) -> Handover:
    """Take a shift over: one has read it. Raises Conflict for one's own note or one already taken."""
    found = session.get(Handover, handover_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound("no_such_handover", "没有这份交接班记录", "There is no such hand-over")
    if found.taken_at is not None:
        raise Conflict(
            "already_taken", "这一班已有人接班", "Somebody has taken this shift over already"
        )
    if found.by_id == by.id:
        raise Conflict(
            "own_handover",
            "自己写的交接班要由接班人确认",
            "What one has written oneself is taken over by the next shift",
        )
    found.taken_at, found.taken_by_id, found.taken_note = at, by.id, note.strip() or None
    session.flush()
    return found
