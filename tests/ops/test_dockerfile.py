"""The Dockerfile against the tree: what it copies exists, and what runs is not root."""

import fnmatch
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "Dockerfile").read_text("utf-8")
IGNORED = (ROOT / ".dockerignore").read_text("utf-8").split()


def sources() -> list[str]:
    """What is copied from the tree (not from an earlier stage)."""
    copies = re.findall(r"^COPY (?!--from)(.+)$", TEXT, flags=re.MULTILINE)
    return [word for copy in copies for word in copy.split()[:-1]]


def test_everything_that_is_copied_exists() -> None:
    assert sources()
    assert [name for name in sources() if not (ROOT / name).exists()] == []


def test_everything_that_is_copied_gets_past_the_ignore_file() -> None:
    let_in = {line[1:] for line in IGNORED if line.startswith("!")}
    kept_out = [line for line in IGNORED if line != "*" and not line.startswith("!")]
    for name in sources():
        assert name.split("/")[0] in let_in, name
        assert not any(fnmatch.fnmatch(name, pattern) for pattern in kept_out), name


def test_every_package_of_the_wheel_is_copied() -> None:
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"][
        "targets"
    ]["wheel"]
    assert {*wheel["packages"], *wheel["force-include"]} <= set(sources())


def test_the_last_stage_runs_as_somebody_without_rights() -> None:
    last = TEXT.rsplit("\nFROM ", 1)[1]
    assert re.search(r"^USER dispatch$", last, flags=re.MULTILINE)
    assert last.index("USER dispatch") < last.index("CMD ")


def test_uv_is_the_one_that_the_lock_file_was_made_with() -> None:
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["dependency-groups"]
    pinned = next(one for one in groups["build"] if str(one).startswith("uv=="))
    assert f"pip install --no-cache-dir {pinned}" in TEXT
