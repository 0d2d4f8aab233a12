"""What the queues of the agents share: the list, what is known of the one in hand, the deed and the next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.orm import Session

from dispatch.cases import present, queries
from dispatch.cases.commands import act
from dispatch.cases.model import Case
from dispatch.cases.schemas import CaseOut
from dispatch.cases.states import VERB_LABELS, Verb
from dispatch.catalogue.reference import catalogue
from dispatch.hotline.queries.places import Near, cases_near
from dispatch.kit import clock
from dispatch.kit.errors import DomainError, NotFound
from dispatch.people.policy import Person
from dispatch.web.parts.forms import Posted

Pair = tuple[str, str]
#: The fields that a quick deed may carry.
_BODY: Final = ("reason", "category", "condition", "of", "note")


@dataclass(frozen=True)
class InHand:
    """The case in hand with all that is needed to decide on it."""

    row: Case
    case: CaseOut
    photos: Sequence[Any]
    near: list[tuple[CaseOut, Near]]


@dataclass(frozen=True)
class Attempt:
    """A deed that was refused, and why."""

    words: Pair
    status: int


def in_hand(waiting: Sequence[Case], wanted: str) -> Case | None:
    """The case that the address names while it still waits, else the first of the list."""
    named = next((each for each in waiting if each.public_id == wanted), None)
    return named or next(iter(waiting), None)


def after(waiting: Sequence[Case], case: Case) -> str:
    """The id of the one that slides in when this one is done."""
    ids = [each.public_id for each in waiting]
    at = ids.index(case.public_id)
    following = ids[at + 1 :] + ids[:at]
    return following[0] if following else ""


def details_of(session: Session, person: Person, case: Case) -> InHand:
    """Photos, place, and the open cases near it."""
    now = clock.now()
    category = catalogue(session).by_id.get(case.category_id or 0)
    near = (
        cases_near(session, case.longitude, case.latitude, category=category, at=now)
        if case.longitude is not None and case.latitude is not None
        else []
    )
    near = [each for each in near if each.case.id != case.id]
    shown = present.cases_out(session, [case, *(each.case for each in near)], person=person, at=now)
    return InHand(
        row=case,
        case=shown[0],
        photos=queries.photos_of(session, case),
        near=list(zip(shown[1:], near, strict=True)),
    )


def do(
    session: Session, person: Person, case_id: str, verb: Verb, posted: Posted
) -> DomainError | None:
    """Do a quick deed; the refusal when it is not possible (any more)."""
    version = posted.get("expected_version")
    body: Mapping[str, Any] = {
        name: _value(name, posted.get(name)) for name in _BODY if posted.get(name)
    }
    try:
        with session.begin_nested():
            act(
                session,
                case_id,
                verb,
                by=person,
                at=clock.now(),
                body=body,
                expected_version=int(version) if version.isdigit() else None,
            )
    except NotFound:
        raise
    except DomainError as error:
        return error
    return None


def _value(name: str, given: str) -> str | int:
    return int(given) if name in ("category", "condition") and given.isdigit() else given


def said_of(verb: str, case_id: str) -> tuple[Pair, str] | None:
    """What was done just now, for the line above the next one."""
    return (VERB_LABELS[Verb(verb)], case_id[:64]) if verb in set(Verb) else None
