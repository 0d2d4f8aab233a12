"""Drafts of calls: begin, keep what is typed, put away, register."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.cases.model import PhotoKind
from dispatch.cases.photos import store_photos
from dispatch.hotline.model import CallDraft
from dispatch.hotline.queries.callers import digits_of
from dispatch.hotline.queries.drafts import draft_of, photo_ids
from dispatch.intake.commands import receive
from dispatch.intake.schemas import Receipt, Report
from dispatch.kit import audit
from dispatch.kit.db import Json
from dispatch.kit.errors import Conflict
from dispatch.kit.images import Upload, check_count
from dispatch.people.policy import Person

#: What a draft keeps; anything else that a browser sends is not kept.
FIELDS: Final = (
    "channel",
    "contact_phone",
    "contact_name",
    "on_behalf_of",
    "description",
    "address",
    "longitude",
    "latitude",
    "category",
    "condition",
    "alone",
)
LONGEST: Final = 2000
#: So many calls at once nobody speaks in; what is more has been forgotten.
MOST: Final = 12


def begin_call(
    session: Session, *, by: Person, at: datetime, fields: Mapping[str, str] | None = None
) -> CallDraft:
    """A new draft. Raises Conflict when too many stand open."""
    count = session.scalar(select(func.count()).where(CallDraft.user_id == by.id))
    if (count or 0) >= MOST:
        raise Conflict(
            "too_many_drafts",
            f"已有 {MOST} 个来电草稿,请先登记或放弃其中一个",
            f"There are {MOST} drafts already: register or put one away first",
        )
    assert by.id is not None  # noqa: S101 - people alone have drafts
    made = CallDraft(
        id=uuid4(), user_id=by.id, fields=_kept(fields or {}), created_at=at, updated_at=at
    )
    session.add(made)
    session.flush()
    return made


def keep_call(
    session: Session, draft_id: UUID, fields: Mapping[str, str], *, by: Person, at: datetime
) -> CallDraft:
    """Keep what has been typed. A number whose cases are looked up is written to the audit log once."""
    draft = draft_of(session, by, draft_id, lock=True)
    draft.fields = {**_kept(fields), **_with_photos(photo_ids(draft))}
    draft.updated_at = at
    phone = digits_of(fields.get("contact_phone", ""))
    if phone and phone != draft.looked_up:
        draft.looked_up = phone
        audit.record(
            session,
            "reporter.looked_up",
            subject=f"phone:{phone[:3]}****{phone[-4:]}",
            actor=by.name,
            actor_id=by.id,
            details={"draft": str(draft.id)},
        )
    session.flush()
    return draft


def _kept(fields: Mapping[str, str]) -> dict[str, str]:
    return {name: fields[name][:LONGEST] for name in FIELDS if fields.get(name)}


def add_photos(
    session: Session, draft_id: UUID, uploads: Sequence[Upload], *, by: Person, at: datetime
) -> CallDraft:
    """Keep photos with a call, after those that it has. Raises InvalidInput, TooLarge: then none is kept."""
    draft = draft_of(session, by, draft_id, lock=True)
    known = photo_ids(draft)
    check_count(len(known) + len(uploads))
    stored = store_photos(session, uploads, kind=PhotoKind.BEFORE, by=by, at=at)
    new = [str(each.photo.id) for each in stored]
    draft.fields = {**draft.fields, **_with_photos([*known, *new])}
    draft.updated_at = at
    session.flush()
    return draft


def drop_photo(session: Session, draft_id: UUID, photo_id: UUID, *, by: Person) -> CallDraft:
    """The call does without a photo; the sweep removes what nobody holds."""
    draft = draft_of(session, by, draft_id, lock=True)
    left = [each for each in photo_ids(draft) if each != str(photo_id)]
    bare = {name: value for name, value in draft.fields.items() if name != "photos"}
    draft.fields = {**bare, **_with_photos(left)}
    session.flush()
    return draft


def _with_photos(ids: Sequence[str]) -> Json:
    return {"photos": list(ids)} if ids else {}


def put_call_away(session: Session, draft_id: UUID, *, by: Person) -> None:
    """Forget a draft that nothing comes of."""
    session.delete(draft_of(session, by, draft_id, lock=True))
    session.flush()


def register_call(session: Session, draft: CallDraft, report: Report, *, at: datetime) -> Receipt:
    """Take the report in by the one path of intake; the draft has then served its purpose."""
    receipt = receive(session, report, at=at)
    session.delete(draft)
    session.flush()
    return receipt
