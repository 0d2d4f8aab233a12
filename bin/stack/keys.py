"""The secrets of this installation, drawn once and kept in `var/secrets.env`."""

import secrets
from pathlib import Path

from stack.places import VAR

FILE = VAR / "secrets.env"
_DRAWN = ("DISPATCH_SECRET_KEY",)


def ensure(file: Path = FILE) -> dict[str, str]:
    """The secrets; those that are missing are drawn and added, readable by the owner only."""
    known = _read(file)
    missing = [name for name in _DRAWN if name not in known]
    if missing:
        known |= {name: secrets.token_urlsafe(48) for name in missing}
        file.touch(mode=0o600)
        file.write_text("".join(f"{name}={value}\n" for name, value in known.items()), "utf-8")
    return known


def _read(file: Path) -> dict[str, str]:
    if not file.is_file():
        return {}
    lines = file.read_text("utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
