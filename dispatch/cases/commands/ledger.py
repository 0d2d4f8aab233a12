"""What a deed leaves behind: its history row and its event, in one statement for all deeds of a flush."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import event, text
from sqlalchemy.orm import Session, SessionTransaction, UOWTransaction

from dispatch.kit.outbox import Event

#: Under this name a session keeps what is still to be written.
_WAITING = "cases.ledger"
_WRITE = text(
    """
WITH kept AS (
  INSERT INTO case_history
    (case_id, version, at, verb, actor_id, actor, role, from_stage, to_stage, note, changes)
  VALUES (:case_id, :version, :at, :verb, :actor_id, :actor, :role, :from_stage, :to_stage, :note,
    CAST(:changes AS jsonb))
)
INSERT INTO outbox (name, payload) VALUES (:event, CAST(:payload AS jsonb))
"""
)


def _json(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()


def enter(
    session: Session,
    *,
    history: Mapping[str, Any],
    changes: Mapping[str, Any],
    at: datetime,
    fact: Event,
) -> None:
    """Have both written when the session is flushed, which a deed's rise of version brings about.

    `history` holds the columns of the row but `at` and `changes`.
    """
    row = {
        **history,
        "at": at,
        "changes": _json(changes),
        "event": fact.name,
        "payload": _json(fact.payload),
    }
    session.info.setdefault(_WAITING, []).append(row)


@event.listens_for(Session, "after_flush")
def _write(session: Session, _work: UOWTransaction) -> None:
    rows = session.info.pop(_WAITING, None)
    if rows:
        session.connection().execute(_WRITE, rows)


@event.listens_for(Session, "after_soft_rollback")
def _forget(session: Session, _previous: SessionTransaction) -> None:
    session.info.pop(_WAITING, None)
