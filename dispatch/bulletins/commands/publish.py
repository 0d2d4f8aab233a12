"""Edit a draft, publish it, put it away; keep the files that were made of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from dispatch.bulletins import events
from dispatch.bulletins.model import Bulletin, BulletinStatus
from dispatch.bulletins.queries import listing
from dispatch.bulletins.writing.whole import blocks_of
from dispatch.kit import audit, outbox
from dispatch.kit.db import Json
from dispatch.kit.errors import Conflict
from dispatch.kit.files import media
from dispatch.people.policy import SYSTEM, Person

LONGEST_REMARKS: Final = 8_000
#: What an editor may change of an example.
EDITABLE: Final = ("title", "said", "answer")


def edit(
    session: Session,
    bulletin_id: int,
    *,
    remarks: str,
    examples: Sequence[Mapping[str, str]],
    by: Person,
) -> Bulletin:
    """Change the centre's own words in a draft: its remarks, and how examples are told (one without a title goes)."""
    found = _draft(session, bulletin_id)
    before = audit.snapshot(found, ["remarks"])
    found.remarks = remarks.replace("\r\n", "\n").strip()[:LONGEST_REMARKS]
    known = found.content["examples"]
    told = [
        {**old, **{name: new[name].strip() for name in EDITABLE}}
        for old, new in zip(known, examples, strict=False)
        if new["title"].strip()
    ]
    found.content = {**found.content, "examples": told}
    _reword(session, found)
    changes: Json = audit.differences(before, audit.snapshot(found, ["remarks"]))
    if told != known:
        changes["examples"] = [[each["title"] for each in known], [each["title"] for each in told]]
    audit.changed(
        session, "bulletin_edited", subject=f"bulletin:{found.id}", by=by, changes=changes
    )
    outbox.publish(session, events.written(found.id))
    session.flush()
    return found


def publish(session: Session, bulletin_id: int, *, by: Person, at: datetime) -> Bulletin:
    """Publish a draft: from now on it stands as it is."""
    found = _draft(session, bulletin_id)
    _publish(session, found, by=by, at=at)
    return found


def publish_by_rule(session: Session, bulletin: Bulletin, *, at: datetime) -> None:
    """Publish what was just written, because its rule says so."""
    _publish(session, bulletin, by=SYSTEM, at=at)


def _publish(session: Session, found: Bulletin, *, by: Person, at: datetime) -> None:
    found.published_at, found.published_by_id, found.published_by = at, by.id, by.name
    _reword(session, found)
    found.status = BulletinStatus.PUBLISHED
    record(session, "bulletin_published", found, by=by)
    outbox.publish(session, events.written(found.id))
    session.flush()


def discard(session: Session, bulletin_id: int, *, by: Person) -> None:
    """Put a draft away. What is published stays."""
    found = _draft(session, bulletin_id)
    keys = [each["key"] for each in found.files.values()]
    record(session, "bulletin_discarded", found, by=by)
    session.delete(found)
    session.flush()
    media().delete(keys)


def keep_files(
    session: Session, bulletin_id: int, files: Json, *, words: Sequence[Any]
) -> list[str]:
    """Put the files in their place if the words are still those they were made of; the keys that are not needed."""
    found = listing.bulletin_by_id(session, bulletin_id, lock=True)
    if found.content.get("blocks") != words:
        return [each["key"] for each in files.values()]
    left = [each["key"] for each in found.files.values()]
    found.files, found.files_error = files, None
    session.flush()
    return left


def files_failed(session: Session, bulletin_id: int, *, why: str) -> None:
    """The files could not be made; the clock has it tried again."""
    listing.bulletin_by_id(session, bulletin_id, lock=True).files_error = why[:500]
    session.flush()


def record(session: Session, action: str, bulletin: Bulletin, *, by: Person) -> None:
    """A line in the audit log."""
    audit.record(
        session,
        action,
        subject=f"bulletin:{bulletin.id}",
        actor=by.username or by.name,
        actor_id=by.id,
        details={
            "kind": bulletin.kind,
            "first": bulletin.first.isoformat(),
            "last": bulletin.last.isoformat(),
            "title": bulletin.title,
        },
    )


def _reword(session: Session, found: Bulletin) -> None:
    original = (
        listing.bulletin_by_id(session, found.corrects_id)
        if found.corrects_id is not None
        else None
    )
    found.files, found.files_error = {}, None
    found.content = {**found.content, "blocks": blocks_of(found, original)}
    session.flush()


def _draft(session: Session, bulletin_id: int) -> Bulletin:
    found = listing.bulletin_by_id(session, bulletin_id, lock=True)
    if found.status != BulletinStatus.DRAFT:
        raise Conflict(
            "not_a_draft",
            "这份通报不是草稿：正在统计的请稍候，已发布的只能更正",
            "This is no draft: wait while it is counted; what is published can only be corrected",
        )
    return found
