"""Deeds on open data: ask for a data set, begin making it, keep its files, write down how it ended."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from dispatch.kit import audit, outbox
from dispatch.opendata import events, queries
from dispatch.opendata.model import OpenDataset, OpenFile
from dispatch.people.policy import Person


@dataclass(frozen=True)
class Made:
    """A file as it lies in the media store."""

    format: str
    key: str
    bytes: int
    sha256: str


def ask(session: Session, code: str, *, by: Person, at: datetime) -> OpenDataset:
    """Have a data set made now, at its time or not."""
    found = queries.dataset_by_code(session, code, lock=True)
    found.wanted_at, found.begun_at, found.error = at, None, None
    audit.record(
        session,
        "open_data_asked",
        subject=f"dataset:{code}",
        actor=by.username or by.name,
        actor_id=by.id,
    )
    outbox.publish(session, events.asked(code))
    session.flush()
    return found


def begin(session: Session, code: str, *, at: datetime) -> bool:
    """Take the making of a data set; False when somebody else is at it."""
    found = queries.dataset_by_code(session, code, lock=True)
    if queries.is_under_way(found, at=at):
        return False
    found.begun_at, found.error = at, None
    session.flush()
    return True


def keep(
    session: Session, code: str, part: str, files: Iterable[Made], *, rows: int, as_of: datetime
) -> list[str]:
    """Put the new files of a part in the place of the old; the keys of what is no longer needed."""
    left = []
    for each in files:
        row = session.get(OpenFile, (code, part, each.format), with_for_update=True)
        if row is None:
            row = OpenFile(dataset=code, part=part, format=each.format)
            session.add(row)
        elif row.key != each.key:
            left.append(row.key)
        row.key, row.bytes, row.sha256 = each.key, each.bytes, each.sha256
        row.rows, row.as_of, row.made_at = rows, as_of, as_of
    session.flush()
    return left


def finish(session: Session, code: str, *, at: datetime) -> None:
    """Every file is there."""
    found = queries.dataset_by_code(session, code, lock=True)
    found.made_at, found.error = at, None
    session.flush()


def fail(session: Session, code: str, *, why: str) -> None:
    """The making broke off; the old files stay, and it is tried again later."""
    queries.dataset_by_code(session, code, lock=True).error = why[:500]
    session.flush()
