"""What waits at the agents' desk of a demonstration: alarms with pictures, conversations, call-backs. Synthetic."""

import base64
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.cases.commands import act
from dispatch.cases.model import Case, CaseReporter, Channel
from dispatch.cases.states import Stage, Verb
from dispatch.hotline.commands.callbacks import plan_callbacks
from dispatch.intake.channels.camera.commands import take_body
from dispatch.intake.channels.wechat.client import Download
from dispatch.intake.channels.wechat.commands import take
from dispatch.intake.channels.wechat.media import fetch_media
from dispatch.intake.channels.wechat.messages import Message
from dispatch.intake.commands import triage
from dispatch.intake.model import Camera, WechatMedia
from dispatch.kit.clock import CITY_ZONE
from dispatch.kit.config import settings
from dispatch.people.policy import SYSTEM
from dispatch.seed.keys import is_empty
from dispatch.seed.pictures import scene

SOURCE: Final = "generic"
#: What the alarms show: the vendor's type, the drawing, how sure the vendor is, minutes ago.
_ALARMS: Final = (
    ("exposed_refuse", "litter", 0.62, 41),
    ("manhole_missing", "manhole", 0.58, 37),
    ("piled_goods", "vendor", 0.71, 33),
    ("pole_damage", "pole", 0.66, 28),
    ("full_bin", "litter", 0.54, 22),
    ("road_damage", "water", 0.49, 17),
    ("manhole_damage", "manhole", 0.69, 12),
    ("exposed_refuse", "litter", 0.73, 8),
    ("piled_goods", "vendor", 0.57, 4),
)
#: Conversations as followers write them: a text, a picture (a drawing's name), or a place (GCJ-02).
_TALKS: Final[tuple[tuple[str, tuple[str | tuple[float, float, str], ...]], ...]] = (
    ("demo-follower-a1f3", ("你好", "我们小区门口这两天堆了好多垃圾,没人清", "photo:litter")),
    ("demo-follower-7c20", ("路上有个大坑,电动车差点摔了", "就在学校旁边那条路")),
    ("demo-follower-e84b", ("photo:manhole",)),
    (
        "demo-follower-52d9",
        (
            "文昌路与桂中大道路口人行道井盖不见了",
            "photo:manhole",
            "还有旁边的路灯也坏了好几天,晚上很黑",
            "photo:pole",
        ),
    ),
    (
        "demo-follower-b6c7",
        (
            "有人占道摆摊卖水果,路都走不了",
            "photo:vendor",
            (109.4312, 24.3231, "柳州市城中区文昌路"),
        ),
    ),
)
_NAMES: Final = "韦覃黄梁莫蒙罗李陈周"
#: So many callers of closed calls get a number to be rung.
_CALLERS: Final = 36
_serial = count(1)


@dataclass(frozen=True)
class _Drawn:
    """WeChat's media server of a demonstration: it gives what was drawn."""

    jpeg: bytes

    def download_media(self, media_id: str) -> Download:  # noqa: ARG002 - one picture at a time
        return Download(self.jpeg, "image/jpeg")

    def download_picture(self, url: str) -> Download:  # noqa: ARG002 - one picture at a time
        return Download(self.jpeg, "image/jpeg")


def seed_desk(session: Session, *, at: datetime) -> int:
    """Alarms, conversations and call-backs where there are no conversations yet; how many things wait."""
    if not is_empty(session, WechatMedia):
        return 0
    return _alarms(session, at=at) + _talks(session, at=at) + _callbacks(session, at=at)


def _alarms(session: Session, *, at: datetime) -> int:
    """Unsure alarms of different cameras, taken in by the cameras' own door."""
    cameras = session.scalars(
        select(Camera).where(Camera.source == SOURCE, Camera.enabled).order_by(Camera.id)
    ).all()
    _have_looked_at(session, at=at)
    made = 0
    for number, (kind, drawing, confidence, minutes) in enumerate(_ALARMS):
        if number * 3 >= len(cameras):
            break
        camera, when = cameras[number * 3], at - timedelta(minutes=minutes)
        stamp = f"{when.astimezone(CITY_ZONE):%Y-%m-%d %H:%M:%S}  {camera.code}"
        shown = scene(drawing, label=stamp, seed=number + 1)
        body = {
            "event_id": f"demo-{number}-{at:%Y%m%d%H%M%S}",
            "camera_id": camera.code,
            "type": kind,
            "happened_at": when.isoformat(),
            "confidence": confidence,
            "picture": base64.b64encode(shown.jpeg).decode(),
            "box": list(shown.box),
        }
        for taken in take_body(session, SOURCE, json.dumps(body).encode(), at=when):
            case = session.scalar(select(Case).where(Case.public_id == taken.answer.get("id", "")))
            if case is not None:
                triage(session, case.id, at=when)
                made += case.stage == Stage.REPORTED
    return made


def _have_looked_at(session: Session, *, at: datetime) -> None:
    """Alarms of the sample came without a picture: an inspector looks at those."""
    waiting = select(Case.id).where(Case.stage == Stage.REPORTED, Case.channel == Channel.CAMERA)
    for case_id in session.scalars(waiting).all():
        act(session, case_id, Verb.REQUEST_VERIFICATION, by=SYSTEM, at=at)


def _talks(session: Session, *, at: datetime) -> int:
    """Followers who have written; some have said too little, one has told of two things."""
    app_id = settings().wechat_app_id or "demo"
    for number, (openid, said) in enumerate(_TALKS):
        when = at - timedelta(minutes=9 - number)
        for item in said:
            when += timedelta(seconds=25)
            _say(session, app_id, openid, item, at=when, seed=number)
    return len(_TALKS)


def _say(
    session: Session,
    app_id: str,
    openid: str,
    item: str | tuple[float, float, str],
    *,
    at: datetime,
    seed: int,
) -> None:
    number = f"demo{next(_serial)}{at:%Y%m%d%H%M%S}"
    fields = {"MsgId": number, "FromUserName": openid, "ToUserName": "demo"}
    drawing = item.removeprefix("photo:") if isinstance(item, str) and ":" in item else ""
    if drawing:
        kind, fields["MediaId"] = "image", f"media-{number}"
    elif isinstance(item, str):
        kind, fields["Content"] = "text", item
    else:
        longitude, latitude, label = item
        kind = "location"
        fields |= {"Location_X": str(latitude), "Location_Y": str(longitude), "Label": label}
    message = Message(openid, "demo", kind, at, {**fields, "MsgType": kind})
    take(session, app_id, message, b"", at=at)
    if drawing:
        _deliver(session, fields["MediaId"], drawing, at=at, seed=seed)


def _deliver(session: Session, media_id: str, drawing: str, *, at: datetime, seed: int) -> None:
    row = session.scalar(select(WechatMedia.id).where(WechatMedia.media_id == media_id))
    if row is not None:
        shown = scene(drawing, label="", seed=100 + seed)
        fetch_media(session, row, client=_Drawn(shown.jpeg), at=at)


def _callbacks(session: Session, *, at: datetime) -> int:
    """What the rules draw from the calls that the sample closed; their callers have made-up numbers."""
    closed = session.scalars(
        select(Case.id)
        .where(
            Case.stage == Stage.CLOSED,
            Case.channel.in_((Channel.PHONE, Channel.TRANSFER)),
            Case.closed_at < at - timedelta(hours=3),
        )
        .order_by(Case.id.desc())
        .limit(_CALLERS)
    ).all()
    for number, case_id in enumerate(closed):
        name = f"{_NAMES[number % len(_NAMES)]}{'女士' if number % 2 else '先生'}"
        session.add(CaseReporter(case_id=case_id, name=name, phone=f"1380000{number:04d}", at=at))
    session.flush()
    return plan_callbacks(session, closed, at=at)
