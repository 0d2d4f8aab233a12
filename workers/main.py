"""`python -m workers.main relay|clock|worker`: starts one of the lasting processes."""

import argparse
import importlib
import os
import signal
import threading
from collections.abc import Sequence
from types import FrameType
from typing import Any

from workers import logs
from workers.queues import EVERYTHING

#: Where each process lives. Imported only when asked for: the relay and the clock must not carry
#: the memory of what only the workers need.
PROCESSES = {"relay": "workers.relay", "clock": "workers.clock", "worker": "workers.consumer"}


def _arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m workers.main", description=__doc__)
    kinds = parser.add_subparsers(dest="process", required=True, metavar="relay|clock|worker")
    kinds.add_parser("relay", help="outbox → queues 转发")
    kinds.add_parser("clock", help="what is due 时钟")
    worker = kinds.add_parser("worker", help="does the jobs 工人")
    worker.add_argument(
        "--queues",
        type=lambda text: tuple(part.strip() for part in text.split(",") if part.strip()),
        default=EVERYTHING,
        help="queue names or patterns, comma-separated (default: %(default)s)",
    )
    worker.add_argument(
        "--count", type=_count, default=1, help="how many workers (default: %(default)s)"
    )
    return parser.parse_args(given)


def _count(text: str) -> int:
    if not 1 <= (count := int(text)) <= 64:
        raise argparse.ArgumentTypeError("1–64")
    return count


def _stop_on_signals() -> threading.Event:
    stop = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    return stop


def main(given: Sequence[str] | None = None) -> None:
    """Run the process that the command line names until a signal ends it."""
    arguments = _arguments(given)
    # Linear algebra on threads of its own would only take memory and get into the others' way.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    logs.set_up(arguments.process)
    options: dict[str, Any] = {}
    if arguments.process == "worker":
        options = {"patterns": arguments.queues, "count": arguments.count}
    importlib.import_module(PROCESSES[arguments.process]).run(_stop_on_signals(), **options)


if __name__ == "__main__":
    main()
