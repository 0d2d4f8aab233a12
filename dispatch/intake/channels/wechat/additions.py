"""What a message adds: to the conversation it belongs to, and to the case if there is one already."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from dispatch.cases.commands import act
from dispatch.cases.model import Case, CasePlace
from dispatch.cases.placing import point_of
from dispatch.cases.states import Verb
from dispatch.intake.channels.wechat.reading import read_text
from dispatch.intake.model import WechatConversation, WechatMedia
from dispatch.kit.db import Json
from dispatch.kit.images import MAX_PHOTOS
from dispatch.kit.outbox import Event, publish
from dispatch.kit.spatial import metres_to
from dispatch.people.policy import SYSTEM

#: From this many metres on, a whole report right after another is about something else.
ELSEWHERE_M = 300.0
MEDIA_WAITING = "wechat.media"


def add(session: Session, conversation: WechatConversation, item: Json, *, at: datetime) -> bool:
    """Keep a text, place or photo with its conversation; False when it takes no more photos."""
    if "text" in item:
        conversation.texts = [*conversation.texts, item]
    elif "longitude" in item:
        conversation.places = [*conversation.places, item]
    elif len(conversation.media) >= MAX_PHOTOS:
        return False
    else:
        conversation.media = [*conversation.media, item]
        _expect_photo(session, conversation, item, at=at)
    session.flush()
    return True


def _expect_photo(
    session: Session, conversation: WechatConversation, item: Json, *, at: datetime
) -> None:
    """Have the photo fetched in the background, before WeChat drops it."""
    made = session.scalar(
        insert(WechatMedia)
        .values(
            media_id=item["media"],
            conversation_id=conversation.id,
            kind="image",
            url=item.get("url"),
            received_at=at,
        )
        .on_conflict_do_nothing(index_elements=["media_id"])
        .returning(WechatMedia.id)
    )
    if made is not None:
        publish(session, Event(MEDIA_WAITING, {"media_row_id": made}))


def note_on_case(session: Session, case: Case, item: Json, *, at: datetime) -> None:
    """Write what came after the report into the case's history; a place also among its places.

    A photo is noted when it has been fetched.
    """
    if "text" in item:
        _note(session, case, f"市民补充:{item['text']}", at=at)
    elif "longitude" in item:
        place = {name: item[name] for name in ("longitude", "latitude", "crs")}
        session.add(
            CasePlace(case_id=case.id, source="wechat", text=item["label"] or None, at=at, **place)
        )
        _note(session, case, f"市民补充了位置:{item['label'] or '见地图'}", at=at)


def _note(session: Session, case: Case, note: str, *, at: datetime) -> None:
    act(session, case.id, Verb.NOTE, by=SYSTEM, at=at, body={"note": note})


def is_another_problem(
    session: Session, conversation: WechatConversation, case: Case, item: Json
) -> bool:
    """Whether this begins a report of its own although one was just made.

    A text does that tells a problem and a place elsewhere; a location elsewhere does when the
    report had its own location already.
    """
    if "text" in item:
        reading = read_text(session, item["text"])
        point = reading.point if reading.category_id is not None else None
        return point is not None and _is_elsewhere(session, case, *point)
    if "longitude" in item and conversation.places:
        given = point_of(session, item["longitude"], item["latitude"], item["crs"])
        return _is_elsewhere(session, case, given.longitude, given.latitude)
    return False


def _is_elsewhere(session: Session, case: Case, longitude: float, latitude: float) -> bool:
    distance = metres_to(Case.geom, longitude, latitude)
    metres = session.scalar(select(distance).where(Case.id == case.id))
    return metres is not None and metres > ELSEWHERE_M
