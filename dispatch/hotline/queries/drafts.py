"""The calls that an agent has not finished writing down."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.hotline.model import CallDraft
from dispatch.kit.errors import NotFound
from dispatch.people.policy import Person


def drafts_of(session: Session, person: Person) -> Sequence[CallDraft]:
    """All of them, the first begun first."""
    return session.scalars(
        select(CallDraft)
        .where(CallDraft.user_id == person.id)
        .order_by(CallDraft.created_at, CallDraft.id)
    ).all()


def draft_of(session: Session, person: Person, draft_id: UUID, *, lock: bool = False) -> CallDraft:
    """One of this person's own; NotFound when it is finished, put away or somebody else's."""
    query = select(CallDraft).where(CallDraft.id == draft_id, CallDraft.user_id == person.id)
    found = session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound(
            "no_such_draft",
            "这份来电草稿已经登记或已放弃;请新开一个来电",
            "This call was registered or put away already; begin a new one",
        )
    return found


def photo_ids(draft: CallDraft) -> list[str]:
    """The photos that a call has so far, in the order in which they came."""
    return [str(each) for each in draft.fields.get("photos", ())]


def held_photos(session: Session) -> set[UUID]:
    """Every photo that a call still being written down holds: no sweep takes them."""
    fields = session.scalars(select(CallDraft.fields).where(CallDraft.fields.has_key("photos")))
    return {UUID(str(each)) for found in fields for each in found["photos"]}
