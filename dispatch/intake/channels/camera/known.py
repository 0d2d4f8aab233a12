"""What is known here of an alarm's camera and of its type."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.catalogue.reference import CategoryFacts, catalogue, city_setting
from dispatch.intake.channels.camera.alarm import Alarm
from dispatch.intake.model import Camera, CameraType
from dispatch.intake.queries import duplicate_rule_for
from dispatch.kit.errors import invalid

#: After a stop, a new start within these minutes is the same scene flickering.
SCENE_MINUTES = ("camera_scene_minutes", 30)


@dataclass(frozen=True)
class CameraFacts:
    """A camera with its place in CGCS2000 degrees."""

    code: str
    name: str
    address: str
    min_confidence: float | None
    enabled: bool
    longitude: float
    latitude: float


@dataclass(frozen=True)
class Meaning:
    """What a type code means here; no category: known, but nothing for us."""

    label: str
    category: CategoryFacts | None
    condition_id: int | None


def camera_of(session: Session, source: str, alarm: Alarm) -> CameraFacts:
    """The camera of an alarm; raises InvalidInput when none is registered under this code."""
    row = session.execute(
        select(
            Camera.code,
            Camera.name,
            Camera.address,
            Camera.min_confidence,
            Camera.enabled,
            func.ST_X(Camera.geom),
            func.ST_Y(Camera.geom),
        ).where(Camera.source == source, Camera.code == alarm.camera_id)
    ).first()
    if row is None:
        raise invalid(
            "camera_id",
            f"没有登记 {source} 的摄像机 {alarm.camera_id},请先登记再重发",
            f"No camera {alarm.camera_id} of {source} is registered: register it, then send again",
            code="unknown_camera",
        )
    return CameraFacts(*row)


def meaning_of(session: Session, source: str, alarm: Alarm) -> Meaning:
    """What the alarm's type means; raises InvalidInput when the table of types lacks it."""
    row = session.execute(
        select(CameraType.label, CameraType.category_id, CameraType.condition_id).where(
            CameraType.source == source, CameraType.type_code == alarm.type_code
        )
    ).first()
    if row is None:
        raise invalid(
            "type",
            f"类型对照表中没有 {source} 的类型 {alarm.type_code},请先登记再重发",
            f"Type {alarm.type_code} of {source} is not in the table of types: add it, send again",
            code="unknown_type",
        )
    label, category_id, condition_id = row
    return Meaning(label, catalogue(session).by_id.get(category_id or 0), condition_id)


def repeat_window(session: Session, category: CategoryFacts) -> timedelta:
    """For how long alarms of an open scene are the same thing: the duplicate rule of the category."""
    rule = duplicate_rule_for(session, category)
    return timedelta(hours=rule.hours) if rule else flicker_window(session)


def flicker_window(session: Session) -> timedelta:
    """For how long after its end a scene that begins again is the same one."""
    return timedelta(minutes=city_setting(session, *SCENE_MINUTES))
