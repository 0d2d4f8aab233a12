"""Those who work on cases: each desk looks at its list, the oldest first, and does what is next."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from dispatch.simulate.city import CityOfSpeakers
from dispatch.simulate.people import People
from dispatch.simulate.tally import Tally

Row = dict[str, Any]
PAGE = 50
#: Seconds a desk waits before it looks at its list again.
PAUSE = 0.7
#: Somebody else was faster, or the case has moved on: it happens at every desk and is no failure.
_FINE = (200, 409)


@dataclass(frozen=True)
class Habits:
    """How often a unit returns a case, and how often a check is not passed."""

    returns: float
    rework: float


@dataclass
class Desks:
    """All desks of the centre and the departments, each in a thread, their deeds in a pool."""

    people: People
    city: CityOfSpeakers
    tally: Tally
    habits: Habits
    hands: int
    _stop: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)
    _conditions: dict[str, int] = field(default_factory=dict)

    def start(self) -> None:
        """Open every desk."""
        self._conditions = self._read_conditions()
        desks: tuple[tuple[str, str, Callable[[Row], None]], ...] = (
            # what policy takes on by itself is left to it; what waits for a person says why
            ("reported&review=true", "agent", self._accept),
            ("verifying", "supervisor", self._verify),
            ("accepted", "shift_leader", self._file),
            ("filed", "dispatcher", self._dispatch),
            ("dispatched", "supervisor", self._handle),
            ("handled", "supervisor", self._check),
            ("checked", "shift_leader", self._close),
        )
        for stage, reader, work in desks:
            thread = threading.Thread(target=self._desk, args=(stage, reader, work), daemon=True)
            self._threads.append(thread)
            thread.start()

    def stop(self) -> None:
        """Close the desks and wait for what they are doing."""
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout=60)

    def _desk(self, stage: str, reader: str, work: Callable[[Row], None]) -> None:
        with ThreadPoolExecutor(self.hands) as pool:
            while not self._stop.is_set():
                rows = self._list(stage, self.people.username(reader))
                list(pool.map(work, rows))
                if len(rows) < PAGE:
                    self._stop.wait(PAUSE)

    def _list(self, stage: str, username: str) -> list[Row]:
        path = f"/api/v1/cases?stage={stage}&sort=created_at&limit={PAGE}"
        answer = self.people.ask(username, "GET", path)
        if not self.tally.note("list", answer, fine=(200,)):
            return []
        return list(answer.body["items"])

    def _do(self, username: str, row: Row, verb: str, body: Row | None = None) -> bool:
        path = f"/api/v1/cases/{row['id']}/{verb}"
        answer = self.people.ask(username, "POST", path, body or {})
        self.tally.note(verb, answer, fine=_FINE)
        return answer.status == 200

    def _read_conditions(self) -> dict[str, int]:
        """A filing condition for each active category, from the public catalogue."""
        answer = self.people.wire.send("GET", "/api/v1/catalogue")
        found: dict[str, int] = {}
        stack: list[Any] = [answer.body]
        while stack:
            here = stack.pop()
            if isinstance(here, dict):
                if here.get("conditions") and "code" in here:
                    found.setdefault(here["code"], here["conditions"][0]["id"])
                stack.extend(here.values())
            elif isinstance(here, list):
                stack.extend(here)
        return found

    def _accept(self, row: Row) -> None:
        body = {} if row["category"] else {"category": "E0110"}
        self._do(self.people.username("agent"), row, "accept", body)

    def _verify(self, row: Row) -> None:
        self._do(self.people.inspector_of(row["working_grid"]), row, "verify", {"confirmed": True})

    def _file(self, row: Row) -> None:
        category = row["category"]
        condition = row["condition"]["id"] if row["condition"] else None
        if condition is None and category:
            condition = self._conditions.get(category["code"])
        body = (
            {"condition": condition} if condition else {"category": "E0110", "condition": "present"}
        )
        self._do(self.people.username("shift_leader"), row, "file", body)

    def _dispatch(self, row: Row) -> None:
        dispatcher = self.people.username("dispatcher")
        question = {
            "category": row["category"]["code"],
            "longitude": row["longitude"],
            "latitude": row["latitude"],
        }
        answer = self.people.ask(dispatcher, "POST", "/api/v1/routing/explain", question)
        unit = answer.body.get("department") if answer.status == 200 else None
        department = unit["id"] if unit else next(iter(self.people.demo["managers"]))
        self._do(dispatcher, row, "dispatch", {"department": department})

    def _handle(self, row: Row) -> None:
        manager = self.people.manager_of(row["department"]["name"])
        if row["return_count"] == 0 and self.city.chance(self.habits.returns):
            self._do(manager, row, "return", {"reason": "模拟:不属于本单位职责"})
            return
        self._do(manager, row, "report-done", {"result": "模拟:已处理完毕"})

    def _check(self, row: Row) -> None:
        passed = row["rework_count"] > 0 or not self.city.chance(self.habits.rework)
        inspector = self.people.inspector_of(row["working_grid"])
        self._do(inspector, row, "check", {"passed": passed})

    def _close(self, row: Row) -> None:
        leader = self.people.username("shift_leader")
        if self._do(leader, row, "close", {"outcome": "fixed"}):
            self.tally.close(row["id"])
