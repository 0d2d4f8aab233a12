"""The earlier cases of a caller, by the number that calls."""

import re
from collections.abc import Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.cases.model import Case, CaseReporter
from dispatch.cases.policy import visible_to
from dispatch.people.policy import Person

MOST: Final = 5
#: Fewer digits than this are no number yet.
FEWEST_DIGITS: Final = 7


def digits_of(phone: str) -> str:
    """A number without blanks, brackets and dashes; empty while it is not whole."""
    plain = re.sub(r"[\s()-]", "", phone)
    return plain if len(re.sub(r"\D", "", plain)) >= FEWEST_DIGITS else ""


def cases_of_caller(session: Session, person: Person, phone: str) -> Sequence[Case]:
    """The latest cases that this number reported and that the person may see."""
    spellings = {phone.strip(), digits_of(phone)} - {""}
    mine = select(CaseReporter.case_id).where(CaseReporter.phone.in_(spellings))
    return session.scalars(
        select(Case)
        .where(Case.id.in_(mine), visible_to(person))
        .order_by(Case.id.desc())
        .limit(MOST)
    ).all()
