"""Photos for tests: small pictures as phones send them."""

import io
from typing import Any

from PIL import ExifTags, Image


def _degrees(value: float) -> tuple[float, float, float]:
    minutes, seconds = divmod(round(value * 3600, 4), 60)
    return (*divmod(minutes, 60), seconds)


def picture(
    kind: str = "JPEG",
    *,
    gps: bool = False,
    width: int = 64,
    height: int = 48,
    place: tuple[float, float] = (109.405, 24.305),
) -> bytes:
    """A picture of one colour; with `gps` it says that it was taken at `place` (longitude first)."""
    exif = Image.Exif()
    if gps:
        own = exif.get_ifd(ExifTags.IFD.GPSInfo)
        own[ExifTags.GPS.GPSLatitudeRef], own[ExifTags.GPS.GPSLongitudeRef] = "N", "E"
        own[ExifTags.GPS.GPSLongitude], own[ExifTags.GPS.GPSLatitude] = map(_degrees, place)
    stream = io.BytesIO()
    options: dict[str, Any] = {"exif": exif.tobytes()} if gps else {}
    Image.new("RGB", (width, height), (90, 120, 60)).save(stream, kind, **options)
    return stream.getvalue()
