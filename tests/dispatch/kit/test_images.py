"""Photos are known by their content, cleaned of all but their pixels, and asked for their place first."""

import io
import struct
import zlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from PIL import ExifTags, Image, ImageCms, PngImagePlugin

from dispatch.kit import images
from dispatch.kit.clock import CITY_ZONE
from dispatch.kit.errors import InvalidInput, TooLarge
from dispatch.kit.images import Upload

LON, LAT = 109.4116, 24.3178


def _exif(**changes: Any) -> Image.Exif:
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "SecretPhoneMaker"
    exif[ExifTags.Base.Orientation] = changes.get("orientation", 1)
    own = exif.get_ifd(ExifTags.IFD.Exif)
    if taken := changes.get("taken", "2026:11:21 09:30:00"):
        own[ExifTags.Base.DateTimeOriginal] = taken
    if zone := changes.get("zone"):
        own[ExifTags.Base.OffsetTimeOriginal] = zone
    if changes.get("gps", True):
        gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
        gps[ExifTags.GPS.GPSLatitudeRef] = "N"
        gps[ExifTags.GPS.GPSLatitude] = changes.get("latitude", (24.0, 19.0, 4.08))
        gps[ExifTags.GPS.GPSLongitudeRef] = "E"
        gps[ExifTags.GPS.GPSLongitude] = (109.0, 24.0, 41.76)
    return exif


def _picture(width: int = 300, height: int = 200, mode: str = "RGB") -> Image.Image:
    """Left half red, right half blue, so that a turn shows."""
    image = Image.new("RGB", (width, height), (200, 20, 20))
    image.paste((20, 20, 200), (width // 2, 0, width, height))
    return image.convert(mode)


def _encoded(kind: str, image: Image.Image | None = None, **options: Any) -> bytes:
    stream = io.BytesIO()
    (image or _picture()).save(stream, kind, **options)
    return stream.getvalue()


def _clean(data: bytes) -> images.CleanPhoto:
    return images.clean(Upload("照片.jpg", data))


def _opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_every_kind_becomes_a_jpeg_with_place_and_time_read_first(kind: str) -> None:
    photo = _clean(_encoded(kind, exif=_exif().tobytes()))

    assert _opened(photo.jpeg).format == "JPEG"
    assert photo.gps == pytest.approx((LON, LAT), abs=1e-6)
    assert photo.taken_at == datetime(2026, 11, 21, 1, 30, tzinfo=UTC)
    assert (photo.width, photo.height) == (300, 200)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_nothing_of_the_metadata_survives(kind: str) -> None:
    options: dict[str, Any] = {"exif": _exif().tobytes()}
    if kind == "JPEG":
        options["comment"] = b"SecretComment"
    if kind == "PNG":
        options["pnginfo"] = PngImagePlugin.PngInfo()
        options["pnginfo"].add_text("Comment", "SecretComment")

    photo = _clean(_encoded(kind, **options))

    for data in (photo.jpeg, photo.thumbnail):
        assert b"Secret" not in data
        assert b"Exif" not in data
        clean = _opened(data)
        assert len(clean.getexif()) == 0
        assert not {"icc_profile", "comment", "exif", "xmp"} & clean.info.keys()


def test_what_hangs_behind_the_picture_does_not_survive() -> None:
    data = _encoded("JPEG") + b"<script>alert(1)</script>" + b"PK\x03\x04"

    assert b"script" not in _clean(data).jpeg


def test_orientation_is_applied_to_the_pixels() -> None:
    photo = _clean(_encoded("JPEG", exif=_exif(orientation=6).tobytes()))

    upright = _opened(photo.jpeg)
    assert upright.size == (200, 300)
    top, bottom = upright.getpixel((100, 30)), upright.getpixel((100, 270))
    assert isinstance(top, tuple)
    assert isinstance(bottom, tuple)
    assert top[0] > 2 * top[2]
    assert bottom[2] > 2 * bottom[0]


def test_large_photos_are_drawn_smaller_and_thumbnails_smaller_still() -> None:
    photo = _clean(_encoded("JPEG", _picture(5200, 2600)))

    assert (photo.width, photo.height) == (2560, 1280)
    assert _opened(photo.thumbnail).size == (480, 240)


def test_a_small_photo_is_not_blown_up() -> None:
    photo = _clean(_encoded("PNG", _picture(40, 30)))

    assert (photo.width, photo.height) == (40, 30)
    assert _opened(photo.thumbnail).size == (40, 30)


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "CMYK", "1", "I;16", "LA"])
def test_every_colour_mode_can_be_taken(mode: str) -> None:
    kind = "JPEG" if mode == "CMYK" else "PNG"
    image = Image.new("I;16", (30, 20), 40_000) if mode == "I;16" else _picture(30, 20, mode)

    assert _opened(_clean(_encoded(kind, image)).jpeg).mode == "RGB"


def test_see_through_parts_become_white_not_black() -> None:
    image = Image.new("RGBA", (20, 20), (0, 0, 0, 0))

    assert _opened(_clean(_encoded("PNG", image)).jpeg).getpixel((10, 10)) == (255, 255, 255)


def test_a_colour_profile_is_turned_into_the_plain_one_and_dropped() -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()

    photo = _clean(_encoded("JPEG", icc_profile=lab))

    pixel = _opened(photo.jpeg).getpixel((20, 20))
    assert isinstance(pixel, tuple)
    assert pixel[0] == pytest.approx(200, abs=6)


def test_a_broken_colour_profile_does_not_cost_the_photo() -> None:
    assert _clean(_encoded("JPEG", icc_profile=b"not a profile")).width == 300


def test_a_camera_that_names_its_zone_is_believed() -> None:
    photo = _clean(_encoded("JPEG", exif=_exif(zone="+09:00").tobytes()))

    assert photo.taken_at is not None
    assert photo.taken_at.utcoffset() == timedelta(hours=9)


def test_without_metadata_there_is_no_place_and_no_time() -> None:
    photo = _clean(_encoded("JPEG"))

    assert photo.gps is None
    assert photo.taken_at is None


@pytest.mark.parametrize(
    "latitude", [(99.0, 0.0, 0.0), (24.0,)], ids=["off the globe", "too short"]
)
def test_nonsense_coordinates_are_no_place(latitude: tuple[float, ...]) -> None:
    assert _clean(_encoded("JPEG", exif=_exif(latitude=latitude).tobytes())).gps is None


def test_a_nonsense_date_is_no_time() -> None:
    assert (
        _clean(_encoded("JPEG", exif=_exif(taken="0000:00:00 00:00:00").tobytes())).taken_at is None
    )


def test_a_time_without_zone_counts_as_the_citys() -> None:
    photo = _clean(_encoded("JPEG", exif=_exif().tobytes()))

    assert photo.taken_at == datetime(2026, 11, 21, 9, 30, tzinfo=CITY_ZONE)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html><script>alert(1)</script></html>",
        b"GIF89a" + b"\0" * 40,
        b"%PDF-1.7",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"\0\0\0\x18ftypavif\0\0\0\0avifmif1",
    ],
    ids=["empty", "html", "gif", "pdf", "svg", "avif"],
)
def test_what_is_no_photo_is_refused_by_name_in_both_languages(data: bytes) -> None:
    with pytest.raises(InvalidInput) as refused:
        images.clean(Upload("井盖.jpg", data))

    assert refused.value.code == "not_a_photo"
    assert "井盖.jpg" in refused.value.zh
    assert "井盖.jpg" in refused.value.en
    assert refused.value.fields[0].name == "photos"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_a_photo_cut_short_is_refused(kind: str) -> None:
    data = _encoded(kind, _picture(600, 400))

    with pytest.raises(InvalidInput) as refused:
        _clean(data[: len(data) // 3])

    assert refused.value.code == "damaged_photo"


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded() -> None:
    def chunk(kind: bytes, body: bytes) -> bytes:
        checked = kind + body
        return struct.pack(">I", len(body)) + checked + struct.pack(">I", zlib.crc32(checked))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")

    with pytest.raises(TooLarge) as refused:
        _clean(bomb)

    assert "60000" in refused.value.zh


def test_a_file_of_too_many_bytes_is_refused() -> None:
    with pytest.raises(TooLarge, match=r"20 MB"):
        _clean(_encoded("JPEG") + bytes(images.MAX_BYTES))


def test_a_seventh_photo_is_refused() -> None:
    images.check_count(6)
    with pytest.raises(InvalidInput) as refused:
        images.check_count(7)
    assert refused.value.code == "too_many_photos"
