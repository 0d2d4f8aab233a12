"""Doing a thing once although it is asked for twice: what was answered to a key is kept and given again.

A phone that lost the answer asks again with the same key. The key is claimed in the transaction of
the deed, so a deed that is refused or fails leaves nothing behind and may be tried again.
"""

import hashlib
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import LargeBinary, PrimaryKeyConstraint, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from dispatch.kit.db import Base, Json
from dispatch.kit.errors import Conflict


class IdempotencyKey(Base):
    """A key that somebody used: for what content, and what the answer was."""

    __tablename__ = "idempotency_keys"

    person_id: Mapped[int]
    key: Mapped[str]
    content_hash: Mapped[bytes] = mapped_column(LargeBinary)
    answer: Mapped[Json] = mapped_column(server_default="{}")
    at: Mapped[datetime] = mapped_column(index=True)

    __table_args__ = (PrimaryKeyConstraint("person_id", "key"),)


def claim(session: Session, *, person_id: int, key: str, content: Any, at: datetime) -> Json | None:
    """None: it is yours to do, in this transaction. Else the answer that the first time had.

    A second asker waits here for the first. Raises Conflict when the key was used for another
    content.
    """
    digest = hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).digest()
    taken = session.execute(
        insert(IdempotencyKey)
        .values(person_id=person_id, key=key, content_hash=digest, answer={}, at=at)
        .on_conflict_do_nothing()
        .returning(IdempotencyKey.key)
    ).first()
    if taken is not None:
        return None
    found = session.execute(
        select(IdempotencyKey.content_hash, IdempotencyKey.answer).where(
            IdempotencyKey.person_id == person_id, IdempotencyKey.key == key
        )
    ).one()
    if found.content_hash != digest:
        raise Conflict(
            "idempotency_key_reused",
            "同一 Idempotency-Key 已用于另一内容;新内容请换新的键",
            "This Idempotency-Key was used for another content; use a new key for a new one",
        )
    return dict(found.answer)


def keep_answer(session: Session, *, person_id: int, key: str, answer: Json) -> None:
    """What whoever asks again with this key is told."""
    row = session.get_one(IdempotencyKey, (person_id, key))
    row.answer = answer
    session.flush()


_FORGET = text(
    """
DELETE FROM idempotency_keys WHERE (person_id, key) IN (
  SELECT person_id, key FROM idempotency_keys WHERE at < :before ORDER BY at LIMIT :most
)
"""
)


def forget_keys(session: Session, *, before: datetime, limit: int = 5000) -> None:
    """Drop keys that nobody will use again."""
    session.execute(_FORGET, {"before": before, "most": limit})
