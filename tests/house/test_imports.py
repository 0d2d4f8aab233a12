"""The import rules of pyproject.toml hold, and they would notice a breach."""

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def lint_imports(*, cwd: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).parent / "lint-imports"
    return subprocess.run(
        [program, "--no-cache"], cwd=cwd, capture_output=True, text=True, check=False
    )


def test_every_rule_is_kept() -> None:
    done = lint_imports(cwd=ROOT)
    assert done.returncode == 0, done.stdout


def test_a_slice_that_reaches_upward_is_noticed(tmp_path: Path) -> None:
    """The rules, on empty modules of the same names with one planted fault."""
    rules = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    for package in rules["root_packages"]:
        _plant(tmp_path / package)
    for path in (ROOT / "dispatch").iterdir():
        if path.is_dir() and (path / "__init__.py").exists():
            _plant(tmp_path / "dispatch" / path.name)
        elif path.suffix == ".py" and path.stem != "__init__":
            (tmp_path / "dispatch" / path.name).touch()
    (tmp_path / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text("utf-8"), "utf-8")
    assert lint_imports(cwd=tmp_path).returncode == 0
    (tmp_path / "dispatch/kit/__init__.py").write_text("import dispatch.cases\n", "utf-8")
    assert lint_imports(cwd=tmp_path).returncode == 1


def _plant(package: Path) -> None:
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
