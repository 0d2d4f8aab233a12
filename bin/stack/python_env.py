"""The project's own Python environment in `.venv`, filled by uv exactly from `uv.lock`."""

import os
import shutil
import sys
import tomllib
from pathlib import Path

from stack.places import ROOT, SETUP_LOG, VENV, digest, is_stamped, write_stamp
from stack.report import Failure, step
from stack.shell import run, succeeds

_ADVICE = (
    f"请检查网络后重试;详情见 {SETUP_LOG}。若 .venv 已损坏,删除它再试。 / Check the network and try "
    f"again; details are in {SETUP_LOG}. If .venv is broken, delete it and try again."
)


def ensure(*, with_tests: bool) -> None:
    """Make `.venv` hold what the lock file says: for running, or for running and testing."""
    with_tests = with_tests or _holds_test_tools()
    inputs = digest(
        ROOT / "uv.lock", ROOT / "pyproject.toml", str(ROOT), str(with_tests), _python_of_venv()
    )
    if is_stamped("python", inputs) and succeeds([VENV / "bin/python", "-c", "import dispatch"]):
        return
    if not succeeds(
        [VENV / "bin/python", "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]
    ):
        with step("Python 环境 / Python environment (.venv)"):
            _make_venv()
    with step("Python 依赖 / Python packages (uv.lock)"):
        groups = ["--all-groups"] if with_tests else ["--no-default-groups", "--group", "build"]
        run(
            [_uv(), "sync", "--locked", *groups],
            advice=_ADVICE,
            cwd=ROOT,
            env=_environment(),
            log=SETUP_LOG,
        )
    inputs = digest(
        ROOT / "uv.lock", ROOT / "pyproject.toml", str(ROOT), str(with_tests), _python_of_venv()
    )
    write_stamp("python", inputs)


def path_with_venv() -> str:
    """PATH with the environment's programs first."""
    return f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"


def _holds_test_tools() -> bool:
    # Running must not throw away what testing, or a developer, has put there.
    return (VENV / "bin/pytest").exists()


def _python_of_venv() -> str:
    settings = VENV / "pyvenv.cfg"
    return settings.read_text(encoding="utf-8") if settings.is_file() else ""


def _make_venv() -> None:
    if VENV.is_symlink() or VENV.is_file():
        raise Failure(".venv 不是文件夹 / .venv is not a folder", advice="rm .venv")
    if VENV.exists():
        shutil.rmtree(VENV)  # left by a Python that is gone, or by a checkout that was moved
    run([sys.executable, "-m", "venv", VENV], advice=_ADVICE, log=SETUP_LOG)


def _uv() -> Path:
    uv, python, wanted = VENV / "bin/uv", VENV / "bin/python", _uv_requirement()
    if uv.is_file() and f"uv=={run([uv, '--version'], advice=_ADVICE).split()[1]}" == wanted:
        return uv
    if not succeeds([python, "-m", "pip", "--version"]):
        run([python, "-m", "ensurepip", "--upgrade"], advice=_ADVICE, log=SETUP_LOG)
    install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", wanted]
    run([python, *install], advice=_ADVICE, log=SETUP_LOG)
    return uv


def _uv_requirement() -> str:
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["dependency-groups"]
    return next(str(wanted) for wanted in groups["build"] if str(wanted).startswith("uv=="))


def _environment() -> dict[str, str]:
    """uv works on this `.venv` with this Python, whatever the person's shell has activated."""
    inherited = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    return inherited | {
        "UV_PROJECT_ENVIRONMENT": str(VENV),
        "UV_PYTHON": str(VENV / "bin/python"),
        "UV_PYTHON_DOWNLOADS": "never",
    }
