"""The memory of a running stack: proportional set size of each of its processes, and their sum.

Usage: `. var/dev.env && python -m bench.memory`. It looks for processes whose environment names the
same database, and leaves PostgreSQL itself out: its cache is what one gives it.
"""

import os
from collections import defaultdict
from pathlib import Path

#: What a process is, by a part of its command line; the first that fits.
KINDS = (
    ("workers.main relay", "relay"),
    ("workers.main clock", "clock"),
    ("workers.main worker", "worker"),
    ("spawn_main", "web"),
    ("resource_tracker", "other"),
    ("dispatch.kit.serve", "web"),
    ("dispatch web", "web parent"),
    ("supervisord", "supervisor"),
    ("redis-server", "redis"),
)


def _kind(command: str) -> str | None:
    return next((kind for part, kind in KINDS if part in command), None)


def _kilobytes(folder: Path) -> int:
    for line in (folder / "smaps_rollup").read_text("ascii").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    return 0


def processes(database_url: str) -> dict[str, list[float]]:
    """PSS in megabytes of the processes of the stack with this database, by kind."""
    found: dict[str, list[float]] = defaultdict(list)
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            environment = (folder / "environ").read_bytes().split(b"\0")
            kind = _kind(command)
            mine = f"DATABASE_URL={database_url}".encode() in environment
            if kind is not None and (mine or kind in ("redis", "supervisor")):
                found[kind].append(_kilobytes(folder) / 1024)
        except (OSError, UnicodeDecodeError):
            continue
    return found


def main() -> None:
    """Print a line for each kind and the sum."""
    total = 0.0
    for kind, sizes in sorted(processes(os.environ["DATABASE_URL"]).items()):
        total += sum(sizes)
        print(f"{kind:<12} {len(sizes)} × {', '.join(f'{size:.0f}' for size in sizes)} MB")
    print(f"{'sum':<12} {total:.0f} MB (PSS, without PostgreSQL)")


if __name__ == "__main__":
    main()
