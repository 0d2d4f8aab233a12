"""`bin/screenshots`: pictures of every page in both sizes, from a platform that runs."""

import subprocess

from stack import packages, python_env
from stack.places import ROOT, make_var


def main(arguments: list[str]) -> int:
    """Set up what taking pictures needs, then take them into var/screenshots."""
    make_var()
    packages.ensure(servers=False, redis=False, browser=True)
    python_env.ensure(with_tests=True)
    command = [str(ROOT / ".venv/bin/python"), "-m", "tests.browser.screenshots", *arguments]
    return subprocess.run(command, cwd=ROOT, check=False).returncode
