"""A deed that is asked for twice with one key and done once: for phones that lost the answer."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from dispatch.cases.commands.act import act
from dispatch.cases.model import Case
from dispatch.cases.states import Verb
from dispatch.kit.idempotency import claim, keep_answer
from dispatch.people.policy import Person


def act_once(
    session: Session,
    case: str,
    verb: Verb,
    *,
    by: Person,
    at: datetime,
    key: str,
    body: Mapping[str, Any],
    expected_version: int | None = None,
) -> Case:
    """`act`; the same key again with the same content changes nothing and gives the case as it is now.

    Raises what `act` raises, then the key is free again, and Conflict when the key was used for
    another content. `body` is plain JSON.
    """
    if by.id is None:
        raise ValueError("a key belongs to a person")
    content = [case, verb.value, dict(body), expected_version]
    known = claim(session, person_id=by.id, key=key, content=content, at=at)
    if known is not None:
        return session.get_one(Case, known["case_id"], populate_existing=True)
    done = act(session, case, verb, by=by, at=at, body=body, expected_version=expected_version)
    keep_answer(session, person_id=by.id, key=key, answer={"case_id": done.id})
    return done
