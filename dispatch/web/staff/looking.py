"""Looking for people by telephone leaves a line in the audit log, whichever box it was typed into."""

from datetime import datetime

from sqlalchemy.orm import Session

from dispatch.cases.queries import CaseFilter, search
from dispatch.kit import audit
from dispatch.people.policy import Person


def note_look(session: Session, person: Person, wanted: CaseFilter, *, at: datetime) -> None:
    """Write down that somebody looked for a reporter's telephone, if the filter does."""
    if not wanted.text or not wanted.phones:
        return
    asked = search.read(wanted.text, at=at, phones=True)
    if asked.phone:
        audit.record(
            session,
            "reporter.searched",
            subject="cases",
            actor=person.username or person.name,
            actor_id=person.id,
            details={"ending": asked.phone[-4:], "digits": len(asked.phone)},
        )
