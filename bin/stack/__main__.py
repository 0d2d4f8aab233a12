"""Chooses between running the platform, the gate, building the assets and taking pictures."""

import os
import sys

from stack import assets, dev, gate, screenshots
from stack.report import Failure, show_failure

VERBS = {"dev": dev.main, "test": gate.main, "assets": assets.main, "screenshots": screenshots.main}


def main() -> int:
    """Run the verb that the shell script named and turn a failure into words."""
    os.environ.pop("PYTHONPATH", None)  # ours alone; the platform's processes must not see it
    verb, *arguments = sys.argv[1:]
    try:
        return VERBS[verb](arguments)
    except Failure as failure:
        show_failure(failure)
        return 1
    except KeyboardInterrupt:
        print("\n已中断。 / Interrupted.")
        return 130


if __name__ == "__main__":
    sys.exit(main())
