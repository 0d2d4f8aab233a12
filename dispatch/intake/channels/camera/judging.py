"""One alarm: it begins a scene and makes a case, repeats one, ends one, or is nothing for us."""

from datetime import datetime

from sqlalchemy.orm import Session

from dispatch.cases.model import Case
from dispatch.intake.channels.camera.alarm import Alarm, Status
from dispatch.intake.channels.camera.known import CameraFacts, Meaning, camera_of, meaning_of
from dispatch.intake.channels.camera.reports import (
    note_end,
    note_repeat,
    reconsider,
    report_scene,
)
from dispatch.intake.channels.camera.scenes import (
    case_of,
    goes_on,
    latest_scene,
    lock_scene,
    start_scene,
)
from dispatch.intake.model import IntakeMessage
from dispatch.kit.db import Json


def judge(session: Session, entry: IntakeMessage, alarm: Alarm, *, at: datetime) -> Json:
    """What becomes of an alarm, done and told: created, repeated, ended or ignored.

    Raises InvalidInput for an unknown camera or type and for a place outside the city.
    """
    camera = camera_of(session, entry.source, alarm)
    meaning = meaning_of(session, entry.source, alarm)
    if not camera.enabled:
        return _ignored("camera_disabled")
    if meaning.category is None:
        return _ignored("type_not_for_us")
    lock_scene(session, entry.source, alarm)
    when = min(alarm.happened_at or at, at)
    if alarm.status is Status.STOP:
        return _end(session, entry, alarm, when=when, at=at)
    return _seen(session, entry, alarm, camera, meaning, when=when, at=at)


def _ignored(reason: str) -> Json:
    return {"status": "ignored", "reason": reason, "id": None, "number": None}


def _end(
    session: Session, entry: IntakeMessage, alarm: Alarm, *, when: datetime, at: datetime
) -> Json:
    scene = latest_scene(session, entry.source, alarm)
    if scene is None or scene.ended_at is not None:
        return _ignored("no_open_scene")
    scene.ended_at = max(when, scene.first_at)
    case = case_of(session, scene)
    if case is not None:
        note_end(session, scene, case, when=when, at=at)
    return _about(case, status="ended", alarms=scene.alarms)


def _seen(
    session: Session,
    entry: IntakeMessage,
    alarm: Alarm,
    camera: CameraFacts,
    meaning: Meaning,
    *,
    when: datetime,
    at: datetime,
) -> Json:
    scene = latest_scene(session, entry.source, alarm)
    case = case_of(session, scene) if scene else None
    category = meaning.category
    if scene and case and category and goes_on(session, scene, case, category, when=when):
        scene.alarms += 1
        scene.last_at = max(scene.last_at, when)
        scene.ended_at = None
        note_repeat(session, scene, case, alarm, when=when, at=at)
        reconsider(session, case, alarm, camera, at=at)
        return _about(case, status="repeated", alarms=scene.alarms)
    if scene and scene.ended_at is None:
        scene.ended_at = scene.last_at
        session.flush()
    scene = start_scene(session, entry.source, alarm, when=when)
    receipt = report_scene(session, entry, scene, alarm, camera, meaning, at=at)
    scene.case_id = receipt.case_id
    return {
        "status": "created",
        "id": receipt.id,
        "number": receipt.number,
        "stage": receipt.stage,
        "duplicate_of": receipt.duplicate_of,
        "review_reason": receipt.review_reason,
        "alarms": 1,
        "case_id": receipt.case_id,
    }


def _about(case: Case | None, *, status: str, alarms: int) -> Json:
    return {
        "status": status,
        "id": case.public_id if case else None,
        "number": case.number if case else None,
        "stage": case.stage if case else None,
        "duplicate_of": None,
        "review_reason": case.review_reason if case else None,
        "alarms": alarms,
        "case_id": case.id if case else None,
    }
