"""Scenes: what one camera sees of one type, from the first alarm to the last, is one case."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.cases.model import Case
from dispatch.cases.states import Stage
from dispatch.catalogue.reference import CategoryFacts
from dispatch.intake.channels.camera.alarm import Alarm
from dispatch.intake.channels.camera.known import flicker_window, repeat_window
from dispatch.intake.model import CameraScene


def lock_scene(session: Session, source: str, alarm: Alarm) -> None:
    """Let the alarms of one scene be taken one after the other, until the transaction ends."""
    key = f"camera:{source}:{alarm.camera_id}:{alarm.type_code}"
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0))))


def latest_scene(session: Session, source: str, alarm: Alarm) -> CameraScene | None:
    """The last scene of this camera and type, ended or not."""
    return session.scalar(
        select(CameraScene)
        .where(
            CameraScene.source == source,
            CameraScene.camera_code == alarm.camera_id,
            CameraScene.type_code == alarm.type_code,
        )
        .order_by(CameraScene.id.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    )


def start_scene(session: Session, source: str, alarm: Alarm, *, when: datetime) -> CameraScene:
    """Begin a scene."""
    made = CameraScene(
        source=source,
        camera_code=alarm.camera_id,
        type_code=alarm.type_code,
        first_at=when,
        last_at=when,
        alarms=1,
    )
    session.add(made)
    session.flush()
    return made


def case_of(session: Session, scene: CameraScene) -> Case | None:
    """The scene's case, or the one that it was linked to."""
    case = session.get(Case, scene.case_id) if scene.case_id is not None else None
    if case is not None and case.stage == Stage.DUPLICATE and case.duplicate_of_id is not None:
        return session.get(Case, case.duplicate_of_id)
    return case


def goes_on(
    session: Session, scene: CameraScene, case: Case, category: CategoryFacts, *, when: datetime
) -> bool:
    """Whether an alarm at `when` still belongs to the scene.

    Not when its case was closed before that, nor after the window: from the scene's end the minutes
    in which it may flicker, otherwise from its last alarm the hours of the duplicate rule. A case
    that a person has rejected does not come back within the window.
    """
    if case.closed_at is not None and case.closed_at < when:
        return False
    if scene.ended_at is not None:
        return when - scene.ended_at <= flicker_window(session)
    return when - scene.last_at <= repeat_window(session, category)
