"""Who may raise alarms: an HMAC over the body, made with a key of the source, recently."""

import hashlib
import hmac
from datetime import datetime, timedelta

import orjson

from dispatch.intake.channels.camera.alarm import time_of
from dispatch.kit.config import Settings
from dispatch.kit.errors import NotAllowed, Unavailable

WINDOW = timedelta(minutes=5)
PREFIX = "sha256="


def _not_configured(zh: str, en: str) -> Unavailable:
    return Unavailable("not_configured", f"视频通道尚未配置:{zh}", f"No camera channel here: {en}")


def keys_of(given: Settings, source: str) -> tuple[str, ...]:
    """The keys of a source, the present one first; Unavailable when there are none."""
    written = given.camera_keys.get_secret_value() or "{}"
    try:
        keys = orjson.loads(written).get(source, [])
    except (orjson.JSONDecodeError, AttributeError) as error:
        raise _not_configured(
            'DISPATCH_CAMERA_KEYS 应为 JSON:{"generic": ["当前密钥", "上一密钥"]}',
            'DISPATCH_CAMERA_KEYS must be JSON: {"generic": ["current", "previous"]}',
        ) from error
    usable = tuple(key for key in ([keys] if isinstance(keys, str) else keys) if key)
    if not usable:
        raise _not_configured(
            f"请在 DISPATCH_CAMERA_KEYS 中为 {source} 设置密钥",
            f"set a key for {source} in DISPATCH_CAMERA_KEYS",
        )
    return usable


def sign(key: str, body: bytes) -> str:
    """The value of X-Signature for a body."""
    return PREFIX + hmac.new(key.encode(), body, hashlib.sha256).hexdigest()


def check_signature(
    keys: tuple[str, ...], body: bytes, *, signature: str, timestamp: str, at: datetime
) -> None:
    """Refuse unless one of the keys made this signature of the body, within the window around `at`."""
    given = signature.strip().lower().encode()
    fits = [hmac.compare_digest(given, sign(key, body).encode()) for key in keys]
    if not any(fits):
        raise NotAllowed(
            "bad_signature",
            "签名不符:X-Signature 应为 sha256= 加请求体的 HMAC-SHA256(十六进制)",
            "The signature does not fit: X-Signature is sha256= and the hex HMAC-SHA256 of the body",
        )
    sent = time_of(timestamp)
    if sent is None or abs(at - sent) > WINDOW:
        raise NotAllowed(
            "stale_timestamp",
            "X-Timestamp 缺失或与服务器时间相差超过 5 分钟,请校时后重发",
            "X-Timestamp is missing or more than 5 minutes off: set the clock and send again",
        )
