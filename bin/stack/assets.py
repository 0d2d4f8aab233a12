"""The web assets: fetched from the locked npm packages and laid into `dispatch/web/static/vendor`."""

import argparse
import os
import shutil

from stack import packages, python_env
from stack.places import ROOT, SETUP_LOG, VENV, digest, is_stamped, make_var, write_stamp
from stack.report import say, step
from stack.shell import run

SOURCE = ROOT / "dispatch/web/assets"
VENDOR = ROOT / "dispatch/web/static/vendor"


def ensure() -> None:
    """Build the assets if their lock file, icon list or build script changed."""
    inputs = digest(*(SOURCE / name for name in ("package-lock.json", "build.mjs", "icons.txt")))
    if is_stamped("assets", inputs) and (VENDOR / "manifest.json").is_file():
        return
    env = os.environ | {"PATH": python_env.path_with_venv()}
    advice = (
        f"请检查网络后重试;详情见 {SETUP_LOG}。 / Check the network and try again; details are in "
        f"{SETUP_LOG}."
    )
    with step("网页资源 / web assets (npm)"):
        npm, node = (_program(name) for name in ("npm", "node"))
        quiet = ("--no-audit", "--no-fund", "--ignore-scripts", "--no-update-notifier")
        run([npm, "ci", *quiet], advice=advice, cwd=SOURCE, env=env, log=SETUP_LOG)
        run(
            [node, SOURCE / "build.mjs"],
            advice="dispatch/web/assets/build.mjs",
            cwd=SOURCE,
            env=env,
            log=SETUP_LOG,
        )
        shutil.rmtree(SOURCE / "node_modules")  # 120 MB that nothing reads again
    write_stamp("assets", inputs)


def main(arguments: list[str]) -> int:
    """`bin/assets`: build the assets and nothing else."""
    argparse.ArgumentParser(prog="bin/assets", description=__doc__).parse_args(arguments)
    make_var()
    packages.ensure(servers=False, redis=False, browser=False)
    python_env.ensure(with_tests=False)
    ensure()
    say(f"✓ {VENDOR.relative_to(ROOT)}")
    return 0


def _program(name: str) -> str:
    """Node from the project's environment, or the machine's own (an image that builds the wheel)."""
    in_venv = VENV / "bin" / name
    return str(in_venv) if in_venv.is_file() else shutil.which(name) or name
