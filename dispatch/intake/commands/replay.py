"""Take in a person's kept message again: what a citizen sent, or what staff registered."""

from datetime import datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.cases.model import Channel
from dispatch.intake.commands.receive import receive
from dispatch.intake.commands.understand import condition_of
from dispatch.intake.model import IntakeMessage
from dispatch.intake.schemas import Report, ReportIn, StaffReportIn
from dispatch.kit.errors import Conflict
from dispatch.people.model import User
from dispatch.people.policy import Person
from dispatch.people.queries import person_of

#: How the source of a message begins that a person of the staff registered.
STAFF = "user:"


def play_again(session: Session, entry: IntakeMessage, at: datetime) -> list[IntakeMessage]:
    """Report what the message says once more, without its photos, which stay with their case.

    While the case it made is open the new one is linked to it, as any second report would be.
    Raises Conflict for a payload that is no report (a sample, a message of an earlier form).
    """
    receipt = receive(session, _report(session, entry), at=at)
    made = session.scalars(
        select(IntakeMessage).where(IntakeMessage.case_id == receipt.case_id)
    ).one()
    made.replay_of_id = entry.id
    session.flush()
    return [made]


def _report(session: Session, entry: IntakeMessage) -> Report:
    person = _registrar(session, entry)
    shape = ReportIn if person is None else StaffReportIn
    payload = {name: value for name, value in (entry.payload or {}).items() if name != "photos"}
    try:
        given = shape.model_validate(payload)
    except ValidationError as error:
        raise Conflict(
            "not_replayable",
            f"消息 {entry.id} 的内容不是上报表单,不能重放",
            f"Message {entry.id} holds no report form: it cannot be played again",
            extra={"fields": [".".join(map(str, each["loc"])) for each in error.errors()]},
        ) from error
    said: dict[str, Any] = {
        "channel": Channel(entry.channel),
        "source": entry.source,
        "payload": entry.payload,
    }
    if isinstance(given, StaffReportIn):
        said |= {"condition_id": condition_of(session, given), "reported_by": person}
    return given.report(**said)


def _registrar(session: Session, entry: IntakeMessage) -> Person | None:
    if not entry.source.startswith(STAFF):
        return None
    user = session.get(User, int(entry.source.removeprefix(STAFF)))
    return None if user is None else person_of(user)
