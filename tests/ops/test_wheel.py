"""The built wheel holds everything that the program needs beside its code."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names of the files in a wheel that is built here and now."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel"]
    subprocess.run([*command, "--directory", folder], cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as opened:
        return set(opened.namelist())


def tracked(folder: str, pattern: str) -> set[str]:
    """Files of the repository below a folder, as git knows them."""
    command = ["git", "ls-files", "--", f"{folder}/{pattern}"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return {name for name in listed.stdout.splitlines() if (ROOT / name).exists()}


@pytest.mark.parametrize("package", ["dispatch", "geo", "workers"])
def test_every_module_is_in_it(held: set[str], package: str) -> None:
    modules = tracked(package, "*.py")
    assert modules
    assert modules <= held


def test_the_migrations_are_in_it(held: set[str]) -> None:
    migrations = tracked("dispatch/migrations", "*")
    assert any("/versions/" in name for name in migrations)
    assert migrations <= held


def test_templates_and_static_files_are_in_it(held: set[str]) -> None:
    assert any(name.endswith(".html") for name in held)
    assert tracked("dispatch/web/templates", "*") | tracked("dispatch/web/static", "*") <= held


def test_the_built_assets_are_in_it_though_git_ignores_them(held: set[str]) -> None:
    vendor = {f"dispatch/web/static/vendor/{name}" for name in ("manifest.json", "icons.svg")}
    built = {
        str(path.relative_to(ROOT)) for path in (ROOT / "dispatch/web/static/vendor").iterdir()
    }
    assert vendor <= built <= held


def test_the_seed_data_is_in_it(held: set[str]) -> None:
    seeds = {name.replace("data/", "dispatch/seed_data/", 1) for name in tracked("data", "*")}
    assert seeds
    assert seeds <= held


def test_what_only_builds_and_tests_need_is_not(held: set[str]) -> None:
    outside = ("tests/", "bench/", "bin/", "var/", "dispatch/web/assets/")
    assert [name for name in held if name.startswith(outside) or "node_modules" in name] == []


def test_its_command_is_dispatch(held: set[str]) -> None:
    assert any(name.endswith(".dist-info/entry_points.txt") for name in held)
