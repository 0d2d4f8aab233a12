"""Hikvision's event notice: `{"method": "OnEventNotify", "params": {"events": [...]}}`.

An event that a rule has linked carries its sources in `eventDetails`; each of them is an alarm.
"""

from typing import Any

from dispatch.intake.channels.camera.alarm import (
    Alarm,
    Status,
    box_of,
    confidence_of,
    needed,
    number_of,
    picture_of,
    text_of,
    time_of,
    unreadable,
)
from dispatch.kit.db import Json

METHOD = "OnEventNotify"
#: 0 a moment, 1 begins, 2 ends; 3 (pulse), 4 (linked result) and 5 (picture follows) are moments too.
STATUS = {"1": Status.START, "2": Status.STOP}
_CONFIDENCE = ("confidence", "targetConfidence", "similarity", "score")
_PICTURE = ("image", "picture", "imageUrl", "picUrl", "picUri", "backgroundUrl", "visiblePicUrl")


def _dict(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Json]:
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, dict)]


def apart(payload: Any) -> list[Any]:
    """One body for each event, and for each detail of a linked event."""
    body = _dict(payload)
    params = _dict(body.get("params"))
    events = _list(params.get("events"))
    if text_of(body.get("method")) != METHOD or not events:
        raise unreadable(
            "应为 OnEventNotify,且 params.events 非空",
            "OnEventNotify with params.events is expected",
        )
    return [
        {**body, "params": {**params, "events": [single]}}
        for event in events
        for single in _singles(event)
    ]


def _singles(event: Json) -> list[Json]:
    details = _list(event.get("eventDetails"))
    return [{**event, "eventDetails": [detail]} for detail in details] or [event]


def alarms(payload: Any) -> list[Alarm]:
    """Every alarm in the body."""
    return [_alarm(part["params"]["events"][0]) for part in apart(payload)]


def _alarm(event: Json) -> Alarm:
    details = _list(event.get("eventDetails"))
    detail = details[0] if details else {}
    data = _flat(_dict(detail.get("data"))) | _flat(_dict(event.get("data")))
    picture, url = picture_of(_first(data, _PICTURE))
    return Alarm(
        event_id=needed("eventId", _event_id(event, detail)),
        camera_id=needed(
            "srcIndex", text_of(detail.get("srcIndex")) or text_of(event.get("srcIndex"))
        ),
        type_code=needed(
            "eventType", text_of(detail.get("eventType")) or text_of(event.get("eventType"))
        ),
        happened_at=time_of(event.get("happenTime")) or time_of(data.get("dateTime")),
        confidence=confidence_of(_first(data, _CONFIDENCE)),
        status=STATUS.get(text_of(event.get("status")), Status.INSTANT),
        picture=picture,
        picture_url=url,
        box=box_of(data.get("targetRect") or data.get("rect")),
        longitude=number_of(data.get("longitude")),
        latitude=number_of(data.get("latitude")),
    )


def _event_id(event: Json, detail: Json) -> str:
    """One event may be reported at its start and again at its end: these are two messages."""
    own = text_of(detail.get("eventOriginalId")) or text_of(event.get("eventId"))
    status = text_of(event.get("status"))
    return f"{own}:{status}" if own and status in STATUS else own


def _flat(data: Json) -> Json:
    """The values of an event's data; those of a nested analysis result lie beside them."""
    flat: Json = {}
    for name, value in data.items():
        for inner in _list(value) if isinstance(value, dict | list) else ():
            flat |= {key: each for key, each in inner.items() if key not in flat}
        flat.setdefault(name, value)
    return flat


def _first(data: Json, names: tuple[str, ...]) -> Any:
    return next((data[name] for name in names if text_of(data.get(name))), None)
