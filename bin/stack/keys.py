"""The secrets of this installation, drawn once and kept in `var/secrets.env`."""

import base64
import json
import secrets
from collections.abc import Callable
from pathlib import Path

from stack.places import VAR

FILE = VAR / "secrets.env"


def _camera_keys() -> str:
    return json.dumps({"generic": [secrets.token_urlsafe(24)]})


def _aes_key() -> str:
    # 43 characters that become 32 bytes when "=" is added, as WeChat's console makes them.
    return base64.b64encode(secrets.token_bytes(32)).decode().rstrip("=")


_DRAWN: dict[str, Callable[[], str]] = {
    "DISPATCH_SECRET_KEY": lambda: secrets.token_urlsafe(48),
    "DISPATCH_WECHAT_TOKEN": lambda: secrets.token_hex(12),
    "DISPATCH_WECHAT_APP_ID": lambda: "wx" + secrets.token_hex(8),
    "DISPATCH_WECHAT_ENCODING_AES_KEY": _aes_key,
    "DISPATCH_CAMERA_KEYS": _camera_keys,
}


def ensure(file: Path = FILE) -> dict[str, str]:
    """The secrets; those that are missing are drawn and added, readable by the owner only."""
    known = _read(file)
    missing = [name for name in _DRAWN if name not in known]
    if missing:
        known |= {name: _DRAWN[name]() for name in missing}
        file.touch(mode=0o600)
        file.write_text("".join(f"{name}={value}\n" for name, value in known.items()), "utf-8")
    return known


def _read(file: Path) -> dict[str, str]:
    if not file.is_file():
        return {}
    lines = file.read_text("utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
