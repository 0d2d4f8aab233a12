"""The import rules of pyproject.toml hold, and they would notice a breach."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import ROOT, sources

#: A module of each kind that the rules speak of, and something that it may not import.
BREACHES = {
    "a library that knows its user": ("geo/crs.py", "dispatch.kit"),
    "a framework in the library": ("geo/crs.py", "sqlalchemy"),
    "the platform that knows its workers": ("dispatch/main.py", "workers.queues"),
    "a queue outside the workers": ("dispatch/kit/outbox.py", "rq"),
    "a slice that reaches upward": ("dispatch/kit/clock.py", "dispatch.cases"),
    "two slices that are strangers": ("dispatch/parts/model.py", "dispatch.facilities.model"),
    "a table that knows its deeds": ("dispatch/people/model.py", "dispatch.people.commands"),
    "a rule that knows HTTP": ("dispatch/cases/states.py", "fastapi"),
    "two desks that are strangers": ("dispatch/web/staff/case.py", "dispatch.web.citizen.home"),
}


def lint_imports(*, cwd: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).parent / "lint-imports"
    return subprocess.run(
        [program, "--no-cache"], cwd=cwd, capture_output=True, text=True, check=False
    )


def test_every_rule_is_kept() -> None:
    done = lint_imports(cwd=ROOT)
    assert done.returncode == 0, done.stdout


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Empty modules of the same names as the product's, under the same rules."""
    folder = tmp_path_factory.mktemp("planted")
    for path in sources():
        target = folder / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch()
    (folder / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text("utf-8"), "utf-8")
    done = lint_imports(cwd=folder)
    assert done.returncode == 0, done.stdout
    return folder


@pytest.mark.parametrize("breach", BREACHES)
def test_a_breach_is_noticed(planted: Path, breach: str) -> None:
    name, unwanted = BREACHES[breach]
    module = planted / name
    module.write_text(f"import {unwanted}\n", "utf-8")
    try:
        assert "BROKEN" in lint_imports(cwd=planted).stdout
    finally:
        module.write_text("", "utf-8")
