"""Measurements of this service for Prometheus, added up over all web processes of a machine.

The processes share counters through files in a folder, because a scrape reaches only one of them.
"""

import os
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path

import prometheus_client
from prometheus_client import CollectorRegistry, Histogram, generate_latest, multiprocess, values
from prometheus_client.core import GaugeMetricFamily, Metric

CONTENT_TYPE = prometheus_client.CONTENT_TYPE_LATEST
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


def _is_alive(pid: str) -> bool:
    return Path("/proc", pid).exists()


def _share(folder: Path) -> None:
    """Count in files of `folder` from now on; what a stack that is gone left there is cleared away."""
    folder.mkdir(parents=True, exist_ok=True)
    left = list(folder.glob("*_*.db"))
    if not any(_is_alive(path.stem.rpartition("_")[2]) for path in left):
        for path in left:
            path.unlink(missing_ok=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
    values.ValueClass = values.MultiProcessValue()  # type: ignore[no-untyped-call]


@lru_cache
def requests_histogram(folder: Path) -> Histogram:
    """How long answers take, by method, template of the address and status; shared in `folder`."""
    _share(folder)
    return Histogram(
        "dispatch_http_request_seconds",
        "Seconds from request to the last byte of the answer",
        ["method", "route", "status"],
        buckets=BUCKETS,
        registry=None,
    )


class Gauges:
    """Figures asked for at the moment of the scrape: name, what it is, value."""

    def __init__(self, ask: Callable[[], Iterable[tuple[str, str, float]]]) -> None:
        self._ask = ask

    def collect(self) -> Iterable[Metric]:
        """What Prometheus's registry calls."""
        for name, meaning, value in self._ask():
            yield GaugeMetricFamily(name, meaning, value=value)


def exposition(gauges: Gauges) -> bytes:
    """All measurements of the machine's web processes, in Prometheus's text format."""
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    registry.register(gauges)
    return generate_latest(registry)
