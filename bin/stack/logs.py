"""Shows what the processes write to `var/log`, each line under its process's name."""

import threading
from pathlib import Path

from stack.places import LOG
from stack.report import DIM, RESET, say

_COLOURS = ("\033[36m", "\033[35m", "\033[34m", "\033[33m", "\033[32m")


class Follower:
    """Follows log files from where they end now, through rotation."""

    def __init__(self, names: list[str]) -> None:
        self._files = {name: LOG / f"{name}.log" for name in names}
        self._at = {name: _size(path) for name, path in self._files.items()}
        self._rest = dict.fromkeys(names, b"")
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)

    def start(self) -> None:
        """Begin to show new lines."""
        self._thread.start()

    def stop(self) -> None:
        """Show what has been written up to now, then end."""
        self._end.set()
        if self._thread.is_alive():
            self._thread.join()

    def _follow(self) -> None:
        while True:
            last_round = self._end.wait(0.3)
            for name in self._files:
                self._show_new(name)
            if last_round:
                return

    def _show_new(self, name: str) -> None:
        path, size = self._files[name], _size(self._files[name])
        if size < self._at[name]:
            self._at[name] = 0  # rotated
        if size == self._at[name]:
            return
        with path.open("rb") as log:
            log.seek(self._at[name])
            text = self._rest[name] + log.read()
            self._at[name] = log.tell()
        *lines, self._rest[name] = text.split(b"\n")
        prefix = f"{self._colour(name)}{name:>8}{RESET} {DIM}│{RESET} "
        for line in lines:
            say(prefix + line.decode(errors="replace"))

    def _colour(self, name: str) -> str:
        return _COLOURS[list(self._files).index(name) % len(_COLOURS)] if RESET else ""


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0
