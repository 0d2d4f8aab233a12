"""The audit log as people search it: by person, subject, deed and time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from dispatch.kit.audit import AuditEntry

#: An export ends here; a narrower time gives the rest.
MOST_EXPORTED = 100_000


@dataclass(frozen=True)
class LogFilter:
    """Which lines are looked for; what is None or empty does not matter."""

    actor_id: int | None = None
    subject: str = ""
    action: str = ""
    since: datetime | None = None
    until: datetime | None = None


def lines_found(
    session: Session, wanted: LogFilter, *, before: int | None, limit: int
) -> Sequence[AuditEntry]:
    """Lines of the log, newest first, from before an id."""
    return session.scalars(_asked(wanted, before).limit(limit)).all()


def exported(session: Session, wanted: LogFilter) -> Iterator[AuditEntry]:
    """The same as a stream, up to `MOST_EXPORTED`."""
    yield from session.scalars(
        _asked(wanted, None).limit(MOST_EXPORTED).execution_options(yield_per=1000)
    )


def _asked(wanted: LogFilter, before: int | None) -> Select[AuditEntry]:
    asked = select(AuditEntry).order_by(AuditEntry.id.desc())
    if wanted.actor_id is not None:
        asked = asked.where(AuditEntry.actor_id == wanted.actor_id)
    if wanted.subject:
        asked = asked.where(AuditEntry.subject == wanted.subject)
    if wanted.action:
        asked = asked.where(AuditEntry.action == wanted.action)
    if wanted.since is not None:
        asked = asked.where(AuditEntry.at >= wanted.since)
    if wanted.until is not None:
        asked = asked.where(AuditEntry.at < wanted.until)
    return asked if before is None else asked.where(AuditEntry.id < before)
