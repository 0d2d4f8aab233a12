"""What the pages of filing and dispatch start from: a line of cases, the one at hand, and the next."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from sqlalchemy.orm import Session

from dispatch.cases import present
from dispatch.cases.model import Case
from dispatch.cases.schemas import CaseOut
from dispatch.cases.states import VERB_LABELS, Verb
from dispatch.catalogue.reference import catalogue
from dispatch.kit import clock
from dispatch.people.policy import Person
from dispatch.units.queries.waiting import Alike
from dispatch.web.parts.forms import Posted

#: Cases in the line at the left; more come up as these are worked off.
LINE: Final = 40
Pair = tuple[str, str]


@dataclass(frozen=True)
class Line:
    """The cases that wait, which one is at hand, and which one comes when it is done or left."""

    cases: list[CaseOut]
    rows: Sequence[Case]
    at: int

    @property
    def row(self) -> Case | None:
        """The case at hand."""
        return self.rows[self.at] if self.rows else None

    @property
    def case(self) -> CaseOut | None:
        """The same as it is shown."""
        return self.cases[self.at] if self.cases else None

    @property
    def following(self) -> str:
        """The id of the case after the one at hand; of the last one, the first."""
        others = [each.id for each in (*self.cases[self.at + 1 :], *self.cases[: self.at])]
        return others[0] if others else ""


def line_of(session: Session, person: Person, rows: Sequence[Case], wanted: str) -> Line:
    """The line, with the case that was asked for at hand, else the first."""
    cases = present.cases_out(session, rows, person=person, at=clock.now())
    at = next((n for n, each in enumerate(cases) if each.id == wanted), 0)
    return Line(cases, rows, at)


def shown(session: Session, person: Person, rows: Sequence[Case]) -> list[CaseOut]:
    """Cases as this person sees them."""
    return present.cases_out(session, rows, person=person, at=clock.now())


def said_of(verb: str, of: str) -> tuple[Pair, str] | None:
    """What was done a moment ago, as the address tells."""
    return (VERB_LABELS[Verb(verb)], of[:64]) if verb in set(Verb) else None


def onward(page: str, posted: Posted, *, verb: Verb, of: str) -> str:
    """To the next case of the line, with what was done."""
    asked = {
        "case": posted.get("next"),
        "alike": posted.get("alike"),
        "said": verb.value,
        "of": of,
    }
    return f"{page}?{urlencode({name: value for name, value in asked.items() if value})}"


def version_of(posted: Posted) -> int | None:
    """Which version of the case the form was drawn from."""
    given = posted.get("expected_version")
    return int(given) if given.isdecimal() else None


def groups_of(session: Session, found: Sequence[Alike]) -> list[tuple[str, Pair, int]]:
    """What waits more than once, as links: the key, the category and condition in words, how many."""
    known = catalogue(session)
    groups = []
    for each in found:
        category = known.by_id[each.category_id]
        condition = known.conditions[each.condition_id]
        pairs = zip(category.words, condition.words, strict=True)
        zh, en = (f"{kind} · {state}" for kind, state in pairs)
        words = (zh, en)
        groups.append((f"{each.category_id}-{each.condition_id}", words, each.count))
    return groups
