#!/bin/sh
# Finds a Python that is new enough and hands over to the set-up program beside this file.
set -eu
bin=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)

# The distribution's own comes first: it is built with the optimisations that a Python compiled by hand
# often lacks, and runs this platform about a third faster (docs/performance.md).
fits='
import os, shutil, sys
from importlib.util import find_spec
can_install = os.geteuid() == 0 or shutil.which("sudo")
sys.exit(not (sys.version_info >= (3, 11) and (find_spec("ensurepip") or can_install)))
'
for python in /usr/bin/python3 python3 python3.14 python3.13 python3.12 python3.11; do
    if "$python" -c "$fits" 2>/dev/null; then
        PYTHONPATH="$bin" exec "$python" -m stack "$@"
    fi
done

cat >&2 <<'WORDS'
✗ 没有找到 Python 3.11 或更新的版本。 / No Python 3.11 or newer was found.
  Debian 12, Ubuntu 24.04:  sudo apt-get install python3 python3-venv
  Ubuntu 22.04:             sudo apt-get install python3.11 python3.11-venv
  然后重新运行本命令。 / Then run this command again.
WORDS
exit 1
