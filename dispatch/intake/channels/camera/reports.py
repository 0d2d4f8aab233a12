"""From an alarm to a report, and from later alarms of the scene to notes on its case."""

import base64
import binascii
import logging
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.cases.commands import act
from dispatch.cases.commands.deed import publish
from dispatch.cases.events import FACTS
from dispatch.cases.model import Case, Channel, Photo, PhotoKind
from dispatch.cases.photos import store_photo
from dispatch.cases.states import Stage, Verb
from dispatch.intake.channels.camera.alarm import Alarm
from dispatch.intake.channels.camera.known import CameraFacts, Meaning
from dispatch.intake.channels.camera.pictures import expect_picture
from dispatch.intake.commands import receive
from dispatch.intake.model import CameraScene, IntakeMessage
from dispatch.intake.schemas import Receipt, Report
from dispatch.kit.clock import CITY_ZONE
from dispatch.kit.errors import DomainError
from dispatch.kit.images import MAX_PHOTOS
from dispatch.people.policy import SYSTEM
from geo.crs import Crs

log = logging.getLogger(__name__)
#: Up to this many alarms each is noted on the case, from then on every tenth.
NOTED = 5
UNSURE = frozenset({"no_confidence", "low_confidence"})


def report_scene(
    session: Session,
    entry: IntakeMessage,
    scene: CameraScene,
    alarm: Alarm,
    camera: CameraFacts,
    meaning: Meaning,
    *,
    at: datetime,
) -> Receipt:
    """Report the scene; what the camera or the vendor leaves uncertain waits for an agent."""
    category = meaning.category
    own_place = alarm.longitude is not None or alarm.latitude is not None
    photo = keep_picture(session, alarm, at=at)
    receipt = receive(
        session,
        Report(
            channel=Channel.CAMERA,
            description=_description(alarm, camera, meaning),
            longitude=alarm.longitude if own_place else camera.longitude,
            latitude=alarm.latitude if own_place else camera.latitude,
            crs=alarm.crs if own_place else Crs.CGCS2000,
            address=camera.address or camera.name,
            category=f"{category.scheme}:{category.code}" if category else None,
            condition_id=meaning.condition_id,
            confidence=alarm.confidence or 0.0,
            photos=(photo,) if photo else (),
            source=entry.source,
            dedupe_key=f"scene:{scene.id}",
            foreign_number=alarm.event_id[:64] or None,
            foreign_source=entry.source,
            payload={"intake_message": entry.id, "alarm": alarm.as_json()},
            review_reason=review_reason(alarm, camera),
        ),
        at=at,
    )
    if alarm.picture_url and photo is None:
        expect_picture(session, receipt.case_id, alarm.picture_url, at=at)
    return receipt


def review_reason(alarm: Alarm, camera: CameraFacts) -> str | None:
    """Why a person must look before anything happens; None: the city's policies decide."""
    if alarm.confidence is None:
        return "no_confidence"
    if camera.min_confidence is not None and alarm.confidence < camera.min_confidence:
        return "low_confidence"
    return None


def _description(alarm: Alarm, camera: CameraFacts, meaning: Meaning) -> str:
    told = f"视频识别:{camera.name}发现{meaning.label}"
    return f"{told}。{alarm.text}"[:2000] if alarm.text else told


def keep_picture(session: Session, alarm: Alarm, *, at: datetime) -> UUID | None:
    """The alarm's picture in the media store; a bad one costs the picture, not the alarm."""
    if alarm.picture is None:
        return None
    try:
        with session.begin_nested():
            data = base64.b64decode("".join(alarm.picture.split()), validate=True)
            return store_photo(session, data, kind=PhotoKind.BEFORE, by=SYSTEM, at=at).photo.id
    except (DomainError, binascii.Error, ValueError) as error:
        log.warning("the picture of alarm %s was not kept: %s", alarm.event_id, error)
        return None


def note_repeat(
    session: Session, scene: CameraScene, case: Case, alarm: Alarm, *, when: datetime, at: datetime
) -> None:
    """Tell the case's history that the scene is still there, with the picture while there is room."""
    if scene.alarms > NOTED and scene.alarms % 10:
        return
    body: dict[str, object] = {"note": f"同一画面再次告警(第 {scene.alarms} 次,{_moment(when)})"}
    kept = session.scalar(select(func.count()).where(Photo.case_id == case.id)) or 0
    photo = keep_picture(session, alarm, at=at) if kept < MAX_PHOTOS else None
    if photo is not None:
        body["photos"] = [photo]
    act(session, case.id, Verb.NOTE, by=SYSTEM, at=at, body=body)
    if alarm.picture_url and photo is None and kept < MAX_PHOTOS:
        expect_picture(session, case.id, alarm.picture_url, at=at)


def reconsider(
    session: Session, case: Case, alarm: Alarm, camera: CameraFacts, *, at: datetime
) -> None:
    """A surer alarm of a scene that waits for review for want of confidence sets it going again."""
    waits = case.stage == Stage.REPORTED and case.review_reason in UNSURE
    before = case.category_confidence or 0.0
    if not waits or review_reason(alarm, camera) is not None or (alarm.confidence or 0) <= before:
        return
    case.category_confidence, case.review_reason = alarm.confidence, None
    publish(session, case, FACTS[Verb.REPORT], verb=Verb.REPORT, at=at)


def note_end(
    session: Session, scene: CameraScene, case: Case, *, when: datetime, at: datetime
) -> None:
    """Tell the case's history that the camera sees it no more."""
    note = f"摄像机报告现象已消失({_moment(when)},共告警 {scene.alarms} 次)"
    act(session, case.id, Verb.NOTE, by=SYSTEM, at=at, body={"note": note})


def _moment(when: datetime) -> str:
    return f"{when.astimezone(CITY_ZONE):%m-%d %H:%M:%S}"
