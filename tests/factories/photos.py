"""Photos for tests: small pictures as phones send them."""

import io
from typing import Any

from PIL import ExifTags, Image


def picture(kind: str = "JPEG", *, gps: bool = False, width: int = 64, height: int = 48) -> bytes:
    """A picture of one colour; with `gps` it says it was taken at 109.405° E, 24.305° N."""
    exif = Image.Exif()
    if gps:
        own = exif.get_ifd(ExifTags.IFD.GPSInfo)
        own[ExifTags.GPS.GPSLatitudeRef], own[ExifTags.GPS.GPSLongitudeRef] = "N", "E"
        own[ExifTags.GPS.GPSLatitude] = (24.0, 18.0, 18.0)
        own[ExifTags.GPS.GPSLongitude] = (109.0, 24.0, 18.0)
    stream = io.BytesIO()
    options: dict[str, Any] = {"exif": exif.tobytes()} if gps else {}
    Image.new("RGB", (width, height), (90, 120, 60)).save(stream, kind, **options)
    return stream.getvalue()
