"""What a simulation has seen: how long each kind of request took, what failed, what was sent."""

import threading
from collections import Counter, defaultdict
from dataclasses import dataclass

from dispatch.simulate.wire import Answer


@dataclass(frozen=True)
class Line:
    """One kind of request: how many, how fast in milliseconds, how many failed."""

    name: str
    count: int
    p50: float
    p95: float
    p99: float
    worst: float
    failed: int


class Tally:
    """Shared by all threads of a simulation."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seconds: dict[str, list[float]] = defaultdict(list)
        self._failed: Counter[str] = Counter()
        self.errors: Counter[str] = Counter()
        self.sent: dict[str, str] = {}
        self.merged = 0
        self.closed: set[str] = set()

    def note(self, name: str, answer: Answer, *, late: float = 0.0, fine: tuple[int, ...]) -> bool:
        """Count an answer; `late` is how long it waited before it was sent. Whether it was fine."""
        good = answer.status in fine
        with self._lock:
            self._seconds[name].append(answer.seconds + late)
            if not good:
                self._failed[name] += 1
                code = answer.body.get("code") if isinstance(answer.body, dict) else answer.body
                self.errors[f"{name}: {answer.status} {str(code)[:80]}"] += 1
        return good

    def report(self, case_id: str, channel: str, *, new: bool) -> None:
        """A report was answered with this case."""
        with self._lock:
            if new:
                self.sent[case_id] = channel
            else:
                self.merged += 1

    def close(self, case_id: str) -> None:
        """A case of this simulation was closed."""
        with self._lock:
            if case_id in self.sent:
                self.closed.add(case_id)

    def seen(self) -> tuple[int, int, int]:
        """Reports answered, cases closed, requests that failed, so far."""
        with self._lock:
            return len(self.sent), len(self.closed), sum(self._failed.values())

    def lines(self) -> list[Line]:
        """One line for each kind of request, by name."""
        with self._lock:
            return [
                Line(
                    name=name,
                    count=len(values),
                    p50=_at(values, 0.50),
                    p95=_at(values, 0.95),
                    p99=_at(values, 0.99),
                    worst=max(values) * 1000,
                    failed=self._failed[name],
                )
                for name, values in sorted(self._seconds.items())
            ]


def _at(values: list[float], share: float) -> float:
    """The value below which `share` of them lie, in milliseconds (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000
