"""The cameras and alarm types that are known here: looked up, added and changed by administrators."""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Exists, ScalarSelect, exists, func, or_, select
from sqlalchemy.orm import Session

from dispatch.catalogue.reference import catalogue
from dispatch.intake.channels.camera.adapters import ADAPTERS
from dispatch.intake.channels.camera.alarm import Alarm, Status
from dispatch.intake.channels.camera.commands import Taken, take
from dispatch.intake.model import Camera, CameraDevice, CameraScene, CameraType
from dispatch.jurisdiction.reference import locate
from dispatch.kit import audit, spatial
from dispatch.kit.audit import Actor
from dispatch.kit.db import Json
from dispatch.kit.errors import Conflict, Field, NotFound, invalid

#: A device that registers says so again within this time while it is there.
DEVICE_SILENCE: Final = timedelta(minutes=10)
_CODE: Final = re.compile(r"[\w.:-]{1,100}")
EDITED: Final = ("name", "address", "min_confidence", "enabled")


@dataclass(frozen=True)
class CameraRow:
    """A camera with its place in CGCS2000 degrees and when it last raised an alarm."""

    camera: Camera
    longitude: float
    latitude: float
    last_at: datetime | None


@dataclass(frozen=True)
class CameraFilter:
    """Which cameras are looked for; what is None or empty does not matter."""

    text: str = ""
    source: str = ""
    enabled: bool | None = None
    silent_since: datetime | None = None


@dataclass(frozen=True)
class CameraChange:
    """What an administrator sets of a camera; the place in WGS-84/CGCS2000 degrees."""

    name: str
    address: str
    longitude: float
    latitude: float
    min_confidence: float | None
    enabled: bool


def cameras_found(
    session: Session, wanted: CameraFilter, *, after: int, limit: int
) -> list[CameraRow]:
    """Cameras in the order in which they were added, from behind an id on."""
    last_at = _last_alarm()
    asked = (
        select(Camera, func.ST_X(Camera.geom), func.ST_Y(Camera.geom), last_at)
        .where(Camera.id > after)
        .order_by(Camera.id)
        .limit(limit)
    )
    if wanted.source:
        asked = asked.where(Camera.source == wanted.source)
    if wanted.enabled is not None:
        asked = asked.where(Camera.enabled == wanted.enabled)
    if wanted.silent_since is not None:
        asked = asked.where(Camera.enabled, ~_spoke(wanted.silent_since))
    if wanted.text:
        asked = asked.where(
            or_(
                Camera.name.contains(wanted.text, autoescape=True),
                Camera.address.contains(wanted.text, autoescape=True),
                Camera.code.contains(wanted.text, autoescape=True),
            )
        )
    return [CameraRow(*row) for row in session.execute(asked)]


def camera_row(session: Session, camera_id: int) -> CameraRow:
    """One camera; NotFound."""
    row = session.execute(
        select(Camera, func.ST_X(Camera.geom), func.ST_Y(Camera.geom), _last_alarm()).where(
            Camera.id == camera_id
        )
    ).first()
    if row is None:
        raise NotFound("no_such_camera", "没有这个摄像机", "There is no such camera")
    return CameraRow(*row)


def scenes_of(session: Session, camera: Camera, *, limit: int = 10) -> Sequence[CameraScene]:
    """The last scenes before a camera."""
    return session.scalars(
        select(CameraScene)
        .where(CameraScene.source == camera.source, CameraScene.camera_code == camera.code)
        .order_by(CameraScene.last_at.desc())
        .limit(limit)
    ).all()


def count_silent_cameras(session: Session, *, since: datetime) -> int:
    """How many cameras in use have raised no alarm since a moment."""
    asked = select(func.count()).select_from(Camera).where(Camera.enabled, ~_spoke(since))
    return session.scalar(asked) or 0


def devices(session: Session) -> Sequence[CameraDevice]:
    """The devices that have registered themselves, the last heard of first."""
    return session.scalars(
        select(CameraDevice).order_by(CameraDevice.seen_at.desc()).limit(500)
    ).all()


def types(session: Session, source: str = "") -> Sequence[CameraType]:
    """The table of alarm types, of one source or of all."""
    asked = select(CameraType).order_by(CameraType.source, CameraType.type_code)
    return session.scalars(asked.where(CameraType.source == source) if source else asked).all()


def add_camera(
    session: Session, *, source: str, code: str, change: CameraChange, by: Actor
) -> Camera:
    """A new camera. Raises InvalidInput, and Conflict when it is registered already."""
    if source not in ADAPTERS:
        raise invalid("source", "请选择告警来源", "Choose the source of its alarms")
    if not _CODE.fullmatch(code):
        raise invalid(
            "code",
            "编码为 1 到 100 位字母、数字或 . : - _",
            "A code has 1 to 100 letters, digits or . : - _",
        )
    if session.scalar(select(exists().where(Camera.source == source, Camera.code == code))):
        words = f"{source} 的摄像机 {code} 已登记", f"Camera {code} of {source} is registered"
        raise Conflict("camera_taken", *words, [Field("code", *words)])
    _check(session, change)
    made = Camera(
        source=source,
        code=code,
        name=change.name,
        address=change.address,
        min_confidence=change.min_confidence,
        enabled=change.enabled,
        geom=spatial.point(change.longitude, change.latitude),
    )
    session.add(made)
    session.flush()
    _told(session, "camera_added", made, {}, change, by=by)
    return made


def edit_camera(
    session: Session, camera_id: int, change: CameraChange, *, by: Actor, seen: int
) -> Camera:
    """Change a camera. Raises InvalidInput, NotFound and StaleVersion."""
    session.scalar(select(Camera.id).where(Camera.id == camera_id).with_for_update())
    row = camera_row(session, camera_id)
    found = row.camera
    audit.expect_version(session, subject_of(found), seen)
    _check(session, change)
    before = {**audit.snapshot(found, EDITED), **_place(row.longitude, row.latitude)}
    found.name, found.address = change.name, change.address
    found.min_confidence, found.enabled = change.min_confidence, change.enabled
    found.geom = spatial.point(change.longitude, change.latitude)
    _told(session, "camera_edited", found, before, change, by=by)
    return found


def set_type(
    session: Session,
    *,
    source: str,
    type_code: str,
    label: str,
    category_id: int | None,
    condition_id: int | None,
    by: Actor,
) -> CameraType:
    """Say what a vendor's type code means here; no category: it is known, but nothing for us."""
    if source not in ADAPTERS:
        raise invalid("source", "请选择告警来源", "Choose the source of its alarms")
    if not type_code or not label:
        raise invalid("label", "请填写类型代码和名称", "Give the code of the type and its name")
    known = catalogue(session)
    if category_id is not None and category_id not in known.by_id:
        raise invalid("category", "没有这个小类", "There is no such category")
    condition = known.conditions.get(condition_id or 0)
    if condition_id is not None and (condition is None or condition.category_id != category_id):
        raise invalid(
            "condition",
            "立案条件应属于所选小类",
            "The condition must belong to the category chosen",
        )
    found = session.scalar(
        select(CameraType)
        .where(CameraType.source == source, CameraType.type_code == type_code)
        .with_for_update()
    )
    before: Json = {}
    if found is None:
        found = CameraType(source=source, type_code=type_code, label=label)
        session.add(found)
    else:
        before = audit.snapshot(found, ("label", "category_id", "condition_id"))
    found.label, found.category_id, found.condition_id = label, category_id, condition_id
    session.flush()
    after = audit.snapshot(found, ("label", "category_id", "condition_id"))
    audit.changed(
        session,
        "camera_type_edited",
        subject=f"camera_type:{source}:{type_code}",
        by=by,
        changes=audit.differences(before, after),
    )
    return found


def try_alarm(
    session: Session, camera_id: int, type_code: str, *, by: Actor, at: datetime
) -> Taken:
    """What would become of an alarm of this camera now; nothing of it stays but a line in the audit log."""
    camera = camera_row(session, camera_id).camera
    alarm = Alarm(
        event_id=f"test-{secrets.token_hex(8)}",
        camera_id=camera.code,
        type_code=type_code,
        happened_at=at,
        confidence=1.0,
        status=Status.INSTANT,
    )
    trial = session.begin_nested()
    taken = take(session, camera.source, alarm, b"{}", at=at)
    trial.rollback()
    audit.record(
        session,
        "camera_tried",
        subject=subject_of(camera),
        actor=by.username or by.name,
        actor_id=by.id,
        details={"type": type_code, "error": taken.error and taken.error.code},
    )
    session.flush()
    return taken


def subject_of(camera: Camera) -> str:
    """What the audit log calls a camera."""
    return f"camera:{camera.id}"


def _last_alarm() -> ScalarSelect[datetime]:
    return (
        select(func.max(CameraScene.last_at))
        .where(CameraScene.source == Camera.source, CameraScene.camera_code == Camera.code)
        .correlate(Camera)
        .scalar_subquery()
    )


def _spoke(since: datetime) -> Exists:
    return exists().where(
        CameraScene.source == Camera.source,
        CameraScene.camera_code == Camera.code,
        CameraScene.last_at >= since,
    )


def _check(session: Session, change: CameraChange) -> None:
    if not 1 <= len(change.name) <= 100:
        raise invalid("name", "请填写名称(最多 100 字)", "Give a name (100 characters at most)")
    if locate(session, change.longitude, change.latitude) is None:
        raise invalid(
            "longitude",
            "位置不在本市网格内,请在地图上重新标出",
            "The place lies in no unit grid: mark it on the map again",
        )
    if change.min_confidence is not None and not 0 <= change.min_confidence <= 1:
        raise invalid("min_confidence", "请填写 0 到 1 之间的数", "Give a number from 0 to 1")


def _place(longitude: float, latitude: float) -> Json:
    return {"longitude": round(longitude, 6), "latitude": round(latitude, 6)}


def _told(
    session: Session, action: str, camera: Camera, before: Json, change: CameraChange, *, by: Actor
) -> None:
    session.flush()
    after = {**audit.snapshot(camera, EDITED), **_place(change.longitude, change.latitude)}
    changes = audit.differences(before, after)
    audit.changed(session, action, subject=subject_of(camera), by=by, changes=changes)
