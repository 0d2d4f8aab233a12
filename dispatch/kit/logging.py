"""Logs: one line an event, with the id of the request it belongs to; JSON where machines read them."""

import logging
import logging.config
from contextvars import ContextVar
from datetime import UTC, datetime

import orjson

from dispatch.kit.config import settings

#: The id of the request that this task serves.
request_id: ContextVar[str] = ContextVar("request_id", default="-")


class _WithRequest(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.get()
        return True


class JsonLines(logging.Formatter):
    """A record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": getattr(record, "request_id", "-"),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return orjson.dumps(line).decode()


def configure() -> None:
    """Set up this process's logs once, to standard error, by the settings."""
    plain = {"format": "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s"}
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "filters": {"request": {"()": _WithRequest}},
            "formatters": {"plain": plain, "json": {"()": JsonLines}},
            "handlers": {
                "stderr": {
                    "class": "logging.StreamHandler",
                    "formatter": "json" if settings().environment == "production" else "plain",
                    "filters": ["request"],
                }
            },
            # their INFO lines hold whole addresses, and with them access tokens
            "loggers": {name: {"level": "WARNING"} for name in ("httpx", "httpx2", "httpcore")},
            "root": {"handlers": ["stderr"], "level": settings().log_level.upper()},
        }
    )
