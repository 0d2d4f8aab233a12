"""Photos as they come in: what they really are, where and when they were taken, and a clean copy.

Nothing of the upload survives but its pixels: the copy is drawn and encoded anew.
"""

import io
import threading
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, Final

import pillow_heif
from PIL import ExifTags, Image, ImageCms, ImageFile, ImageOps

from dispatch.kit.clock import CITY_ZONE
from dispatch.kit.errors import Field, InvalidInput, TooLarge

MAX_BYTES: Final = 20 * 1024 * 1024
MAX_PIXELS: Final = 64_000_000
MAX_PHOTOS: Final = 6
LONG_SIDE: Final = 2560
THUMBNAIL: Final = 480
QUALITY: Final = 85
#: As sharp as the bicubic filter when it shrinks, at a third of the cost.
SHRINK: Final = Image.Resampling.HAMMING
HEIC_BRANDS: Final = frozenset({b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis"})
#: Decoding takes up to 4 bytes a pixel; two at once bound the memory of a process.
_DECODERS = threading.BoundedSemaphore(2)

pillow_heif.register_heif_opener(thumbnails=False)
# Pillow only warns between its own two limits; `_open` refuses by the one above, before decoding.
Image.MAX_IMAGE_PIXELS = None


@dataclass(frozen=True)
class Upload:
    """A file as somebody sent it; `name` is only used to speak of it."""

    name: str
    data: bytes


@dataclass(frozen=True)
class CleanPhoto:
    """The clean copy, its thumbnail, and what the metadata said before they were dropped.

    `gps` is (longitude, latitude) in WGS-84 as the camera wrote it, `taken_at` aware.
    """

    jpeg: bytes
    thumbnail: bytes
    width: int
    height: int
    gps: tuple[float, float] | None
    taken_at: datetime | None


def check_count(count: int) -> None:
    """Refuse more photos than a report takes."""
    if count > MAX_PHOTOS:
        raise InvalidInput(
            "too_many_photos",
            f"最多可上传 {MAX_PHOTOS} 张照片,请删去 {count - MAX_PHOTOS} 张",
            f"At most {MAX_PHOTOS} photos are taken: remove {count - MAX_PHOTOS}",
            [Field("photos", f"共 {count} 张", f"{count} photos")],
        )


def clean(upload: Upload) -> CleanPhoto:
    """Decode an upload and encode it anew as JPEG of at most 2560 pixels, upright, without metadata.

    Raises InvalidInput for what is no photo or damaged, TooLarge for too many bytes or pixels; both
    name the file.
    """
    if len(upload.data) > MAX_BYTES:
        raise _too_large(upload.name, f"{len(upload.data) / 1e6:.1f} MB", "20 MB")
    kind = kind_of(upload.data)
    if kind is None:
        raise _refused(
            upload.name,
            "not_a_photo",
            "不是支持的照片格式,请使用 JPEG、PNG、WebP 或 HEIC",
            "is no photo of a kind that is taken: use JPEG, PNG, WebP or HEIC",
        )
    with _DECODERS:
        try:
            return _redrawn(upload, kind)
        except (OSError, ValueError, SyntaxError, EOFError, MemoryError, RuntimeError) as error:
            raise _refused(
                upload.name,
                "damaged_photo",
                "已损坏或不完整,无法打开,请重新拍摄或换一张",
                "is damaged or incomplete and cannot be opened: take or choose another",
            ) from error


def kind_of(data: bytes) -> str | None:
    """Pillow's name of the format that the first bytes tell, whatever the sender claims."""
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data[4:8] == b"ftyp":
        length = min(int.from_bytes(data[:4], "big"), 256)
        brands = {data[8:12], *(data[at : at + 4] for at in range(16, length, 4))}
        return "HEIF" if brands & HEIC_BRANDS else None
    return None


def _redrawn(upload: Upload, kind: str) -> CleanPhoto:
    ImageFile.LOAD_TRUNCATED_IMAGES = False  # what sets documents turns it on for the whole process
    with Image.open(io.BytesIO(upload.data), formats=[kind]) as opened:
        if opened.width * opened.height > MAX_PIXELS:
            raise _too_large(upload.name, f"{opened.width} × {opened.height}", "64 MP")
        exif = opened.getexif()
        gps, taken_at = _place(exif), _time(exif)
        opened.draft("RGB", (LONG_SIDE, LONG_SIDE))  # JPEG only: decodes at a fraction of the size
        photo = _upright_rgb(opened)
    photo.thumbnail((LONG_SIDE, LONG_SIDE), SHRINK)
    small = photo.copy()
    small.thumbnail((THUMBNAIL, THUMBNAIL), SHRINK)
    return CleanPhoto(_jpeg(photo), _jpeg(small), photo.width, photo.height, gps, taken_at)


def _upright_rgb(opened: Image.Image) -> Image.Image:
    profile = opened.info.get("icc_profile")
    upright = ImageOps.exif_transpose(opened)
    if upright.mode.startswith("I;16"):
        upright = upright.point(lambda value: value / 257.0, "L")
    if upright.has_transparency_data:
        ground = Image.new("RGBA", upright.size, "white")
        return Image.alpha_composite(ground, upright.convert("RGBA")).convert("RGB")
    meant = _in_srgb(upright, profile)
    return meant if meant.mode == "RGB" else meant.convert("RGB")


def _in_srgb(image: Image.Image, profile: Any) -> Image.Image:
    """The colours as they were meant: phones write wider spaces than a page without profile shows."""
    if not profile or image.mode not in {"RGB", "CMYK"}:
        return image
    try:
        given = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        turned = ImageCms.profileToProfile(
            image, given, ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image  # a broken profile is no reason to lose the photo
    return image if turned is None else turned


def _jpeg(image: Image.Image) -> bytes:
    stream = io.BytesIO()
    bare = Image.new("RGB", image.size)
    bare.paste(image)  # carries no info along: neither comment nor profile
    bare.save(stream, "JPEG", quality=QUALITY, optimize=True)
    return stream.getvalue()


# --- what the metadata say -----------------------------------------------------------------------


def _place(exif: Image.Exif) -> tuple[float, float] | None:
    gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    try:
        lat = _degrees(gps[ExifTags.GPS.GPSLatitude], gps.get(ExifTags.GPS.GPSLatitudeRef), "S")
        lon = _degrees(gps[ExifTags.GPS.GPSLongitude], gps.get(ExifTags.GPS.GPSLongitudeRef), "W")
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    on_earth = -180 <= lon <= 180 and -90 <= lat <= 90
    return (lon, lat) if on_earth and (lon, lat) != (0.0, 0.0) else None


def _degrees(parts: Any, reference: Any, negative: str) -> float:
    degrees, minutes, seconds = (float(part) for part in parts)
    value = degrees + minutes / 60.0 + seconds / 3600.0
    return -value if str(reference).strip("\0 ").upper() == negative else value


def _time(exif: Image.Exif) -> datetime | None:
    """When it was taken; a camera that names no zone is taken to show the city's time."""
    own = exif.get_ifd(ExifTags.IFD.Exif)
    text = own.get(ExifTags.Base.DateTimeOriginal) or exif.get(ExifTags.Base.DateTime)
    zone = own.get(ExifTags.Base.OffsetTimeOriginal)
    try:
        naive = datetime.strptime(str(text).strip("\0 "), "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007
    except ValueError:
        return None
    return naive.replace(tzinfo=_zone(zone) or CITY_ZONE)


def _zone(text: Any) -> timezone | None:
    try:
        offset = datetime.strptime(str(text).strip("\0 "), "%z").utcoffset()
    except ValueError:
        return None
    return None if offset is None else timezone(offset)


# --- refusals ------------------------------------------------------------------------------------


def _refused(name: str, code: str, zh: str, en: str) -> InvalidInput:
    zh, en = f"文件“{name}”{zh}", f"The file “{name}” {en}"
    return InvalidInput(code, zh, en, [Field("photos", zh, en)])


def _too_large(name: str, found: str, limit: str) -> TooLarge:
    zh = f"文件“{name}”过大({found},上限 {limit}),请缩小后再上传"
    en = f"The file “{name}” is too large ({found}, at most {limit}): make it smaller"
    return TooLarge("photo_too_large", zh, en, [Field("photos", zh, en)])
