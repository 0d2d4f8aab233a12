#!/bin/sh
# Finds a Python that is new enough and hands over to the set-up program beside this file.
set -eu
bin=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)

for python in python3 python3.14 python3.13 python3.12 python3.11; do
    if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
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
