"""What the processes say: one JSON object a line on standard output."""

import json
import logging
import os
import sys
from datetime import UTC, datetime


class Lines(logging.Formatter):
    """One line a record; what stands in `extra={"event": …}` becomes fields of its own."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        """The record as a line."""
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "process": self._process,
            "pid": os.getpid(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "event", {}),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def set_up(process: str) -> None:
    """Send everything from this process's loggers to standard output."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(Lines(process))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(os.environ.get("DISPATCH_LOG_LEVEL", "INFO").upper())
    for chatty in ("rq.worker", "rq.job", "rq.queue", "httpx", "httpcore"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
