"""An alarm in one shape for every vendor, and the lenient reading of the values in it."""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from dispatch.kit.clock import CITY_ZONE
from dispatch.kit.db import Json
from dispatch.kit.errors import InvalidInput, invalid
from geo.crs import Crs

MAX_ID = 200


class Status(StrEnum):
    """Whether a scene begins, ends, or is a moment of its own."""

    START = "start"
    STOP = "stop"
    INSTANT = "instant"


@dataclass(frozen=True)
class Alarm:
    """One alarm. `confidence` from 0 to 1, None when the vendor gives none; a picture is Base64 or a URL.

    `happened_at` is None when the vendor's time cannot be read: the time of arrival then counts.
    """

    event_id: str
    camera_id: str
    type_code: str
    happened_at: datetime | None
    confidence: float | None
    status: Status
    picture: str | None = None
    picture_url: str | None = None
    box: Any = None
    longitude: float | None = None
    latitude: float | None = None
    crs: Crs = Crs.WGS84
    text: str = ""

    def as_json(self) -> Json:
        """The alarm for the log, without the picture's bytes (they stand in the raw body)."""
        bare = replace(self, picture=None)
        happened = bare.happened_at.isoformat() if bare.happened_at else None
        return {**bare.__dict__, "happened_at": happened, "has_picture": self.picture is not None}


_STAMP = re.compile(r"\d{14}(\d{3})?")
_PARTS = re.compile(
    r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})T?(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:[.,](\d{1,6})\d*)?)?"
    r"(Z|[+-]\d{2}:?\d{2})?",
    re.IGNORECASE,
)


def text_of(value: Any) -> str:
    """A text or number as a text that can be stored, without blanks around it; else empty."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).encode(errors="ignore").decode().replace("\0", "").strip()


def number_of(value: Any) -> float | None:
    """A number, or a text that holds one; None otherwise."""
    try:
        found = float(text_of(value))
    except ValueError:
        return None
    return found if abs(found) < float("inf") else None


def confidence_of(value: Any) -> float | None:
    """From 0 to 1; a value above 1 is read as a percentage, one that is neither as none."""
    found = number_of(value)
    if found is None or not 0 <= found <= 100:
        return None
    return found if found <= 1 else found / 100


def time_of(value: Any) -> datetime | None:
    """A time however the vendor writes it, stray blanks included; without a zone it is the city's.

    `2026-11-21T10:00:00.000+08:00`, `2026-11-21 10: 00:00`, `20261121100000`, seconds or
    milliseconds since 1970. None when it cannot be read.
    """
    written = text_of(value)
    plain = re.sub(r"\s+", "", written)
    try:
        if _STAMP.fullmatch(plain):
            return datetime.strptime(plain[:14], "%Y%m%d%H%M%S").replace(tzinfo=CITY_ZONE)
        if plain.isdigit() and len(plain) in {10, 13}:
            return datetime.fromtimestamp(int(plain) / (1000 if len(plain) == 13 else 1), UTC)
        return _from_parts(plain, written)
    except ValueError:
        return None


def _from_parts(plain: str, written: str) -> datetime | None:
    """The blank between day and hour counts; the others are stray (`2026-11-21 10: 00:00`)."""
    found = None
    if split := re.fullmatch(r"(\d+[-/.]\d+[-/.]\d+)\s+(\d.*)", written):
        found = _PARTS.fullmatch(split[1] + "T" + re.sub(r"\s+", "", split[2]))
    found = found or _PARTS.fullmatch(plain)
    if found is None:
        return None
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    naive = f"{year}-{month:0>2}-{day:0>2}T{hour:0>2}:{minute:0>2}:{second or '0':0>2}"
    read = datetime.fromisoformat(f"{naive}.{fraction or '0':0<6}{(zone or '').upper()}")
    return read if read.tzinfo else read.replace(tzinfo=CITY_ZONE)


def crs_of(value: Any) -> Crs:
    """The coordinate system named; raises InvalidInput for a name that is none of the four."""
    name = text_of(value).lower().replace("-", "") or Crs.WGS84
    try:
        return Crs(name)
    except ValueError:
        raise invalid(
            "crs",
            "crs 应为 wgs84、cgcs2000、gcj02 或 bd09",
            "crs must be one of wgs84 cgcs2000 gcj02 bd09",
        ) from None


def picture_of(value: Any) -> tuple[str | None, str | None]:
    """A picture as (Base64, URL): whichever it is."""
    found = text_of(value)
    if found.lower().startswith(("http://", "https://")):
        return None, found
    return (found.partition(",")[2] if found.startswith("data:") else found) or None, None


def box_of(value: Any) -> Any:
    """The frame in the picture: numbers in a list, in named fields, or in points of a list."""
    if isinstance(value, dict):
        return {text_of(name): number_of(each) for name, each in value.items()}
    if isinstance(value, list):
        return [
            box_of(each) if isinstance(each, list | dict) else number_of(each) for each in value
        ]
    return None


def needed(field: str, value: str) -> str:
    """The value; raises InvalidInput when it is empty or longer than any id."""
    if not value:
        raise invalid(field, f"缺少 {field}", f"{field} is missing", code="missing_field")
    if len(value) > MAX_ID:
        raise invalid(
            field, f"{field} 过长,上限 {MAX_ID} 字", f"{field} is longer than {MAX_ID} characters"
        )
    return value


def unreadable(zh: str, en: str) -> InvalidInput:
    """The refusal of a body that is not of this vendor's form."""
    return InvalidInput("invalid_body", f"报文格式有误:{zh}", f"The body cannot be read: {en}")
