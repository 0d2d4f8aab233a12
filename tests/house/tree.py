"""What the house tests look at: the files of the repository, and their syntax trees."""

import ast
import subprocess
from functools import cache, lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ("geo", "dispatch", "workers", "bin", "bench")


@lru_cache
def files() -> tuple[Path, ...]:
    """Every file that belongs to the repository: those git knows, and new ones it does not ignore."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    found = (ROOT / name for name in listed.split("\0") if name)
    return tuple(sorted(path for path in found if path.is_file()))


def sources() -> list[Path]:
    """The modules that make up the product and its tools; migrations are written once and left."""
    return [
        path
        for path in files()
        if path.suffix == ".py"
        and name_of(path).startswith(SOURCE)
        and "/migrations/versions/" not in name_of(path)
    ]


def modules() -> list[Path]:
    """All Python modules, tests included."""
    return [path for path in files() if path.suffix == ".py"]


def texts() -> list[Path]:
    """Files that people read and write: everything but data, pictures and lock files."""
    unread = {".lock", ".json", ".geojson", ".csv", ".gz", ".png", ".jpg", ".webp", ".heic", ".zip"}
    return [path for path in files() if path.suffix not in unread]


@cache
def tree_of(path: Path) -> ast.Module:
    """The module's syntax tree."""
    return ast.parse(path.read_text("utf-8"))


def name_of(path: Path) -> str:
    """The path from the repository's root."""
    return str(path.relative_to(ROOT))
