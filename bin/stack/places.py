"""Where things lie: the checkout, its environment, and everything that running it leaves under `var/`."""

import hashlib
import os
import pwd
import re
import stat
from dataclasses import dataclass
from pathlib import Path

from stack.report import Failure
from stack.shell import group_of

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
VAR = Path(os.environ.pop("CITY_DISPATCH_VAR", ROOT / "var")).resolve()  # a second stack, a test
LOG = VAR / "log"
RUN = VAR / "run"
STAMPS = ROOT / "var/stamps"  # they speak of .venv and the assets, which are the checkout's
SETUP_LOG = LOG / "setup.log"
SOCKET_PATH_LIMIT = 100  # the kernel allows 107 bytes; PostgreSQL also makes a `.lock` beside it


@dataclass(frozen=True)
class ServerHome:
    """Where one private server keeps its data, and the folder of its socket."""

    data: Path
    socket_dir: Path


def make_var() -> None:
    """Create the folders under `var/` that every command uses."""
    for folder in (VAR, LOG, RUN, STAMPS):
        folder.mkdir(parents=True, exist_ok=True)


def var_mark() -> str:
    """Eight characters that tell this `var/` from another on the same machine."""
    return hashlib.sha256(str(VAR).encode()).hexdigest()[:8]


def socket_folder(name: str, *, longest_file: str, wanted: Path | None = None) -> Path:
    """A folder for a server's socket: under `var/run`, or in /tmp where that path would not do.

    Too long for the kernel, or with a blank or "=" in it, which clients trip over (redis-py does).
    """
    folder = wanted or RUN / name
    is_short = len(os.fsencode(folder / longest_file)) <= SOCKET_PATH_LIMIT
    if is_short and re.fullmatch(r"[\w./+-]+", str(folder)):
        return folder
    return Path("/tmp") / f"city-dispatch-{os.getuid()}-{var_mark()}-{name}"  # noqa: S108  # checked for its owner before use


def make_private(folder: Path, *, user: str | None = None) -> None:
    """A folder that only its owner enters: `trust` on the socket is safe because of this."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    uid = os.getuid() if user is None else pwd.getpwnam(user).pw_uid
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {uid, os.getuid()}:
        raise Failure(
            f"{folder} 属于别人 / {folder} belongs to somebody else", advice=f"rm -r {folder}"
        )
    os.chown(folder, uid, group_of(user) or -1)
    folder.chmod(0o700)


def digest(*parts: Path | str) -> str:
    """A hash of files (by content) and words, to see whether a step has to be done again."""
    total = hashlib.sha256()
    for part in parts:
        total.update(part.read_bytes() if isinstance(part, Path) else part.encode())
        total.update(b"\0")
    return total.hexdigest()


def is_stamped(name: str, value: str) -> bool:
    """Whether a step was last finished with exactly these inputs."""
    stamp = STAMPS / name
    return stamp.is_file() and stamp.read_text(encoding="utf-8") == value


def write_stamp(name: str, value: str) -> None:
    """Remember that a step was finished with these inputs."""
    (STAMPS / name).write_text(value, encoding="utf-8")
