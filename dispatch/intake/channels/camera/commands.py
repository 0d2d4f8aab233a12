"""Take in alarms: each logged once, each answered once, and a scene reported once."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from dispatch.cases.model import Channel
from dispatch.intake.channels import log
from dispatch.intake.channels.camera.adapters import ADAPTERS
from dispatch.intake.channels.camera.alarm import Alarm, unreadable
from dispatch.intake.channels.camera.judging import judge
from dispatch.intake.model import IntakeMessage, IntakeStatus
from dispatch.kit.db import Json
from dispatch.kit.errors import DomainError


@dataclass(frozen=True)
class Taken:
    """What became of one alarm. `error` is set when it was refused; the log keeps it all the same."""

    event_id: str
    answer: Json
    is_new_case: bool = False
    error: DomainError | None = None


def take_body(session: Session, source: str, body: bytes, *, at: datetime) -> list[Taken]:
    """Take every alarm of a body; one that is refused does not hold up the others."""
    adapter = ADAPTERS[source]
    try:
        parts = adapter.apart(_json(body))
    except DomainError as error:
        return [_keep_unreadable(session, source, body, error, at=at)]
    if len(parts) == 1:
        return [_take_part(session, source, parts[0], body, at=at)]
    return [
        _take_part(session, source, part, json.dumps(part, ensure_ascii=False).encode(), at=at)
        for part in parts
    ]


def _json(body: bytes) -> Any:
    """Vendors write camera ids of 20 digits as numbers: these must keep every digit."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise unreadable("不是有效的 JSON", "not valid JSON") from error


def _keep_unreadable(
    session: Session, source: str, raw: bytes, error: DomainError, *, at: datetime
) -> Taken:
    entry, _ = log.keep(
        session,
        channel=Channel.CAMERA,
        source=source,
        key=None,
        raw=raw,
        payload=None,
        at=at,
    )
    log.failed(entry, error)
    session.flush()
    return Taken("", {}, error=error)


def _take_part(session: Session, source: str, part: Any, raw: bytes, *, at: datetime) -> Taken:
    try:
        alarm = ADAPTERS[source].alarms(part)[0]
    except DomainError as error:
        return _keep_unreadable(session, source, raw, error, at=at)
    return take(session, source, alarm, raw, at=at)


def take(session: Session, source: str, alarm: Alarm, raw: bytes, *, at: datetime) -> Taken:
    """Take one alarm. The same event again gets the same answer, with `duplicate` set.

    One that had failed is tried again: its camera or type may be known by now.
    """
    entry, is_new = log.keep(
        session,
        channel=Channel.CAMERA,
        source=source,
        key=alarm.event_id,
        raw=raw,
        payload=alarm.as_json(),
        at=at,
    )
    if not is_new and entry.status != IntakeStatus.FAILED:
        return Taken(alarm.event_id, {**(entry.answer or {}), "duplicate": True})
    entry.raw, entry.payload = raw, alarm.as_json()
    return work(session, entry, alarm, at=at)


def work(session: Session, entry: IntakeMessage, alarm: Alarm, *, at: datetime) -> Taken:
    """Do what an alarm asks for and write the outcome to its row."""
    outcome = log.attempt(session, entry, lambda: judge(session, entry, alarm, at=at))
    if isinstance(outcome, DomainError):
        session.flush()
        return Taken(alarm.event_id, {}, error=outcome)
    _written(entry, alarm, outcome)
    session.flush()
    return Taken(alarm.event_id, entry.answer or {}, is_new_case=outcome["status"] == "created")


def _written(entry: IntakeMessage, alarm: Alarm, outcome: Json) -> None:
    status = IntakeStatus.IGNORED if outcome["status"] == "ignored" else IntakeStatus.DONE
    case_id = outcome.pop("case_id", None)
    answer = {"event_id": alarm.event_id, "duplicate": False, **outcome}
    log.done(entry, case_id=case_id, answer=answer, status=status)


def play_again(session: Session, entry: IntakeMessage, at: datetime) -> list[IntakeMessage]:
    """Judge every alarm of a kept body anew."""
    played = []
    for alarm in ADAPTERS[entry.source].alarms(_json(entry.raw or b"")):
        again, _ = log.keep(
            session,
            channel=entry.channel,
            source=entry.source,
            key=None,
            raw=entry.raw or b"",
            payload=alarm.as_json(),
            at=at,
            replay_of=entry.id,
        )
        _written(again, alarm, judge(session, again, alarm, at=at))
        played.append(again)
    session.flush()
    return played
