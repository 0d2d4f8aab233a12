"""GA/T 1400.4 pictures: `ImageListObject.Image[]`, each with `ImageInfo` and the picture in `Data`.

`EventSort` is the type, `ImageID` the event. The standard knows no confidence; where a vendor adds
`Confidence` it is read, otherwise the alarm waits for a person.
"""

from typing import Any

from dispatch.intake.channels.camera.alarm import (
    Alarm,
    Status,
    confidence_of,
    needed,
    number_of,
    picture_of,
    text_of,
    time_of,
    unreadable,
)
from dispatch.kit.db import Json
from geo.crs import Crs

_BOX = ("LeftTopX", "LeftTopY", "RightBtmX", "RightBtmY")


def _dict(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def apart(payload: Any) -> list[Any]:
    """One list object for each picture in it; some senders leave out the word Object."""
    body = _dict(payload)
    listed = _dict(body.get("ImageListObject") or body.get("ImageList"))
    images = listed.get("Image") or listed.get("ImageObject")
    found = images if isinstance(images, list) else [images]
    if not all(isinstance(image, dict) for image in found):
        raise unreadable("应含 ImageListObject.Image", "ImageListObject.Image is expected")
    return [{"ImageListObject": {"Image": [image]}} for image in found]


def alarms(payload: Any) -> list[Alarm]:
    """Every picture in the body, as an alarm."""
    return [_alarm(part["ImageListObject"]["Image"][0]) for part in apart(payload)]


def _alarm(image: Json) -> Alarm:
    info = _dict(image.get("ImageInfo")) or image
    data, url = picture_of(image.get("Data"))
    _, stored = picture_of(info.get("StoragePath"))
    box = [number_of(info.get(name)) for name in _BOX]
    camera = text_of(info.get("DeviceID")) or text_of(info.get("SourceVideoID"))
    return Alarm(
        event_id=needed("ImageID", text_of(info.get("ImageID"))),
        camera_id=needed("DeviceID", camera),
        type_code=needed("EventSort", text_of(info.get("EventSort"))),
        happened_at=time_of(info.get("ShotTime")),
        confidence=confidence_of(info.get("Confidence")),
        status=Status.INSTANT,
        picture=data,
        picture_url=url or stored,
        box=box if None not in box else None,
        longitude=number_of(info.get("ShotPlaceLongitude")),
        latitude=number_of(info.get("ShotPlaceLatitude")),
        crs=Crs.CGCS2000,
        text=text_of(info.get("ContentDescription")) or text_of(info.get("Title")),
    )
