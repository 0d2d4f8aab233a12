"""The platform's own form: `{event_id, camera_id, type, happened_at, confidence, status, …}`."""

from typing import Any

from dispatch.intake.channels.camera.alarm import (
    Alarm,
    Status,
    box_of,
    confidence_of,
    crs_of,
    needed,
    number_of,
    picture_of,
    text_of,
    time_of,
    unreadable,
)
from dispatch.kit.db import Json
from dispatch.kit.errors import invalid


def apart(payload: Any) -> list[Any]:
    """An object, or a list of them."""
    items = payload if isinstance(payload, list) else [payload]
    if not items or not all(isinstance(item, dict) for item in items):
        raise unreadable(
            "应为一个告警对象或其列表", "an alarm object or a list of them is expected"
        )
    return items


def alarms(payload: Any) -> list[Alarm]:
    """Every alarm in the body."""
    return [_alarm(item) for item in apart(payload)]


def _alarm(item: Json) -> Alarm:
    picture, url = picture_of(item.get("picture"))
    return Alarm(
        event_id=needed("event_id", text_of(item.get("event_id"))),
        camera_id=needed("camera_id", text_of(item.get("camera_id"))),
        type_code=needed("type", text_of(item.get("type"))),
        happened_at=time_of(item.get("happened_at")),
        confidence=confidence_of(item.get("confidence")),
        status=_status(item.get("status")),
        picture=picture,
        picture_url=url,
        box=box_of(item.get("box")),
        longitude=number_of(item.get("longitude")),
        latitude=number_of(item.get("latitude")),
        crs=crs_of(item.get("crs")),
    )


def _status(value: Any) -> Status:
    written = text_of(value).lower()
    try:
        return Status(written) if written else Status.INSTANT
    except ValueError:
        raise invalid(
            "status", "status 应为 start、stop 或 instant", "status must be start, stop or instant"
        ) from None
