"""What waits for an agent: reports to accept, camera alarms to look at, and what was decided just now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from dispatch.cases.model import Case, CaseHistory, Channel, Photo
from dispatch.cases.policy import visible_to
from dispatch.cases.states import Stage, Verb
from dispatch.hotline.queries.places import first_photos
from dispatch.intake.channels.camera.boxes import Box, box_in
from dispatch.intake.model import IntakeMessage
from dispatch.kit.db import Json
from dispatch.people.policy import Person

MOST: Final = 50
COUNTED_TO: Final = 1000
STRIP: Final = 10
_DECIDED: Final = (Verb.ACCEPT, Verb.REJECT, Verb.LINK_DUPLICATE)


@dataclass(frozen=True)
class Alarm:
    """What the camera said: its own name, kind and confidence, when, how often, and where in the picture."""

    told: Json
    alarms: int
    photo: Photo | None
    box: Box | None


@dataclass(frozen=True)
class Decided:
    """A decision of this person's on a camera alarm, with the case as it stands."""

    case: Case
    verb: Verb
    at: datetime
    photo_id: UUID | None


def _waits(person: Person, *, camera: bool) -> list[ColumnElement[bool]]:
    is_camera = Case.channel == Channel.CAMERA
    return [
        visible_to(person),
        Case.stage == Stage.REPORTED,
        is_camera if camera else ~is_camera,
    ]


def waiting_for(
    session: Session, person: Person, *, camera: bool, most: int = MOST
) -> Sequence[Case]:
    """The reports that wait, the oldest first; `camera`: the alarms, else everything but them."""
    return session.scalars(
        select(Case)
        .where(*_waits(person, camera=camera))
        .order_by(Case.created_at, Case.id)
        .limit(most)
    ).all()


def _count(session: Session, person: Person, *, camera: bool) -> int:
    some = select(Case.id).where(*_waits(person, camera=camera)).limit(COUNTED_TO).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def count_to_accept(session: Session, person: Person, _at: datetime) -> int:
    """How many reports wait, counted to a thousand."""
    return _count(session, person, camera=False)


def count_alarms(session: Session, person: Person, _at: datetime) -> int:
    """How many alarms wait, counted to a thousand."""
    return _count(session, person, camera=True)


def alarm_of(session: Session, case: Case) -> Alarm:
    """What is known of the alarm that made a case."""
    messages = session.execute(
        select(IntakeMessage.payload, IntakeMessage.answer)
        .where(IntakeMessage.case_id == case.id, IntakeMessage.channel == Channel.CAMERA)
        .order_by(IntakeMessage.id)
        .limit(20)
    ).all()
    told = next((_told(row.payload) for row in messages if _told(row.payload)), {})
    counts = [row.answer.get("alarms") or 1 for row in messages if row.answer]
    photo = session.scalar(
        select(Photo).where(Photo.case_id == case.id).order_by(Photo.at, Photo.id).limit(1)
    )
    box = box_in(told.get("box"), width=photo.width, height=photo.height) if photo else None
    return Alarm(told, max(counts, default=1), photo, box)


def _told(payload: Json | None) -> dict[str, Any]:
    """The alarm in a message of the log: the alarm itself, or the report that was made of it."""
    given = payload or {}
    inside = given.get("alarm")
    found: dict[str, Any] = inside if isinstance(inside, dict) else given
    return found if "camera_id" in found else {}


def decided_by(session: Session, person: Person, *, since: datetime) -> list[Decided]:
    """This person's last decisions on alarms, the latest first, each case once."""
    rows = session.execute(
        select(Case, CaseHistory.verb, CaseHistory.at)
        .join(CaseHistory, CaseHistory.case_id == Case.id)
        .where(
            CaseHistory.actor_id == person.id,
            CaseHistory.at >= since,
            CaseHistory.verb.in_(_DECIDED),
            Case.channel == Channel.CAMERA,
        )
        .order_by(CaseHistory.at.desc(), CaseHistory.id.desc())
        .limit(2 * STRIP)
    ).all()
    latest = {case.id: (case, verb, at) for case, verb, at in reversed(rows)}
    shown = sorted(latest.values(), key=lambda each: each[2], reverse=True)[:STRIP]
    photos = first_photos(session, [case.id for case, _, _ in shown])
    return [Decided(case, Verb(verb), at, photos.get(case.id)) for case, verb, at in shown]
