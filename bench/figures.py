"""How long what supervisors ask takes: `python -m bench.figures`, in a database of `bench.history`.

Every query of the wall, its maps, evaluation, the lists behind figures, hot spots and bulletins is asked
so many rounds over, after one refresh, each in a transaction that is rolled back. Beside the middle and the slow end stand
the processor time that a round took here and in the database's own process (where that runs on this
machine), and the limit. Ends with 1 where a limit is broken; `--times 1.5` allows so much more.
"""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from dispatch import models  # noqa: F401 - the tables that those of figures refer to
from dispatch.bulletins.queries import figures as bulletin
from dispatch.bulletins.states import Days, before, month_of
from dispatch.bulletins.writing import counted
from dispatch.hotspots.model import FindingKind
from dispatch.hotspots.queries import counts, found
from dispatch.kit import clock
from dispatch.kit.clock import city_date
from dispatch.kit.db import engine
from dispatch.people.policy import SYSTEM
from dispatch.supervision.commands.rollup import refresh
from dispatch.supervision.measures import Cut, Span, Subject
from dispatch.supervision.queries.behind import Asked, cases_behind
from dispatch.supervision.queries.figures import city_total, daily, totals
from dispatch.supervision.queries.scores import cases_of_person, ranking, standing
from dispatch.supervision.queries.spots import cells_drawn, spots
from dispatch.supervision.queries.wall import wall
from dispatch.supervision.scoring import Evaluated

Query = Callable[[Session], Any]
#: Milliseconds at three million cases: a page's query, a month's bulletin. A job has none.
PAGE: Final = 100.0
BULLETIN: Final = 3000.0
COLUMNS: Final = ("filed", "to_handle", "done", "on_time", "overdue", "reworked", "returned")
#: So many cases that changed are counted by one run of the timer, at 0.5 ms each.
CHANGED: Final = 60


@dataclass(frozen=True)
class Probe:
    """A query under the name of what asks it, and how long it may take."""

    name: str
    ask: Query
    limit: float | None = PAGE


def _unsettle(session: Session) -> None:
    """As if the last cases to be closed had not been counted as closed yet."""
    session.execute(
        text(
            "WITH last AS (SELECT case_id FROM case_history WHERE verb = 'close' ORDER BY id DESC"
            " LIMIT :most) UPDATE figure_cases f SET version = version - 1, stage = 'checked',"
            " closed_at = NULL FROM last WHERE f.case_id = last.case_id"
        ),
        {"most": CHANGED},
    )
    session.execute(
        text(
            "UPDATE figure_marks SET settled_id = (SELECT min(id) - 1 FROM (SELECT id FROM case_history"
            " WHERE verb = 'close' ORDER BY id DESC LIMIT :most) h)"
        ),
        {"most": CHANGED},
    )


def _wall(now: Any, day: date) -> Iterator[Probe]:
    yield Probe("wall, all of it", lambda s: wall(s, at=now))
    for level in (Subject.DISTRICT, Subject.STREET, Subject.COMMUNITY, Subject.UNIT_GRID):
        for days in (1, 7, 30, 365):
            span = Span(day - timedelta(days=days - 1), day + timedelta(days=1))
            for group in ("", "sanitation") if days > 1 else ("",):
                yield Probe(
                    f"map of {level} areas, {days} days{', a group' if group else ''}",
                    _map(level, span, group),
                )


def _map(level: Subject, span: Span, group: str) -> Query:
    if level is Subject.UNIT_GRID:
        return lambda s: cells_drawn(s, span, group=group)
    return lambda s: spots(s, level, span, group=group)


def _totals(now: Any, day: date) -> Iterator[Probe]:
    days = {
        "a month": Span(day.replace(day=1), day + timedelta(days=1)),
        "30 days": Span(day - timedelta(days=29), day + timedelta(days=1)),
        "a year": Span(day - timedelta(days=364), day + timedelta(days=1)),
    }
    asked = (
        (Subject.CITY, Cut.CHANNEL, "30 days"),
        (Subject.CITY, Cut.CATEGORY, "30 days"),
        (Subject.CITY, Cut.HAZARD, "a year"),
        (Subject.DISTRICT, Cut.CHANNEL, "30 days"),
        (Subject.STREET, Cut.ALL, "30 days"),
        (Subject.COMMUNITY, Cut.ALL, "a year"),
        (Subject.WORKING_GRID, Cut.ALL, "30 days"),
        (Subject.DEPARTMENT, Cut.ALL, "30 days"),
        (Subject.DEPARTMENT, Cut.CATEGORY, "a month"),
        (Subject.DEPARTMENT, Cut.CATEGORY, "30 days"),
        (Subject.DEPARTMENT, Cut.HAZARD, "30 days"),
    )
    yield Probe("city, a year", lambda s: city_total(s, days["a year"], at=now))
    yield Probe("city by day, a year", lambda s: daily(s, Subject.CITY, days["a year"], at=now))
    for subject, cut, span in asked:
        yield Probe(
            f"every {subject} by {cut}, {span}",
            lambda s, a=subject, b=cut, c=days[span]: totals(s, a, c, cut=b, at=now),  # type: ignore[misc]
        )


def _evaluation(session: Session, now: Any, month: Span) -> Iterator[Probe]:
    for each in Evaluated:
        yield Probe(
            f"scores of a month: {each}",
            lambda s, of=each: ranking(s, of, month, at=now, most=300, shown=COLUMNS),  # type: ignore[misc]
        )
        best = ranking(session, each, month, at=now, most=1).rows
        if best:
            yield Probe(
                f"one score opened: {each}",
                lambda s, of=each, key=best[0].key: standing(s, of, key, month, at=now),  # type: ignore[misc]
            )
    person = session.scalar(
        text("SELECT user_id FROM figure_posts WHERE verb = 'check' ORDER BY day DESC, done DESC LIMIT 1")
    )  # fmt: skip
    yield Probe(
        "the deeds of a person, a month",
        lambda s: cases_of_person(s, person or 0, "check", month, before=None, limit=50),
    )


def _behind(session: Session, month: Span) -> Iterator[Probe]:
    """The lists of the busiest and of the quietest that has any, of common measures and of rare ones."""
    year = Span(month.until - timedelta(days=365), month.until)
    subjects = (
        (Subject.CITY, ("reported", "overdue", "exempted", "voided", "returned")),
        (Subject.DISTRICT, ("overdue", "voided", "reworked", "returned")),
        (Subject.STREET, ("overdue", "suspended")),
        (Subject.COMMUNITY, ("overdue", "closed")),
        (Subject.WORKING_GRID, ("overdue", "filed")),
        (Subject.UNIT_GRID, ("overdue", "reported")),
        (Subject.DEPARTMENT, ("overdue", "closed", "returned")),
    )
    for subject, names in subjects:
        rows = sorted(totals(session, subject, month).items(), key=lambda row: row[1]["filed"])
        ends = {"busiest": rows[-1:], "quietest": rows[:1]} if subject is not Subject.CITY else {"": rows[:1]}  # fmt: skip
        for end, picked in ends.items():
            for (key, _), _figures in picked:
                for name in names:
                    for word, span in (("a month", month), ("a year", year)):
                        asked = Asked(name, subject, key, span)
                        yield Probe(
                            f"cases behind {name}, {end or 'whole'} {subject}, {word}",
                            lambda s, a=asked: cases_behind(s, SYSTEM, a, before=None, limit=50),  # type: ignore[misc]
                        )


def _hotspots(day: date) -> Iterator[Probe]:
    def findings(session: Session) -> None:
        search = found.last_search(session)
        if search is not None:
            found.counts_of(session, search.id)
            found.findings(session, search.id, FindingKind.CLUSTER, limit=50)

    first = day - timedelta(days=27)
    yield Probe("hot spots: a page of findings", findings)
    yield Probe(
        "search: all unit grids, 28 days", lambda s: counts.grids(s, first=first, last=day), None
    )
    yield Probe("search: places, 28 days", lambda s: counts.places(s, first=first, last=day), None)
    yield Probe(
        "search: categories, five years",
        lambda s: counts.spans(s, last=day, days=28, count=67),
        None,
    )


def _bulletins(day: date) -> Iterator[Probe]:
    month = before(month_of(day))
    week = Days(day - timedelta(days=7), day - timedelta(days=1))
    yield Probe(
        "bulletin of a month: all its figures", lambda s: counted.monthly(s, month), BULLETIN
    )
    yield Probe("table of hazards of a month", lambda s: counted.hazards(s, month), BULLETIN)
    yield Probe("digest of a week", lambda s: bulletin.cuts(s, week), BULLETIN)


def _timer(now: Any) -> Iterator[Probe]:
    def changed(session: Session) -> None:
        looked_at = refresh(session, at=now)
        if looked_at < CHANGED:
            raise SystemExit(f"{looked_at} cases were counted, {CHANGED} had changed")

    yield Probe("timer, nothing new", lambda s: refresh(s, at=now))
    yield Probe(f"timer, {CHANGED} cases changed", changed, 0.5 * CHANGED)


def probes(session: Session) -> list[Probe]:
    """Every query with what it is called."""
    now = clock.now()
    day = city_date(now)
    month = Span((day.replace(day=1) - timedelta(days=1)).replace(day=1), day.replace(day=1))
    return [
        *_timer(now),
        *_wall(now, day),
        *_totals(now, day),
        *_evaluation(session, now, month),
        *_behind(session, month),
        *_hotspots(day),
        *_bulletins(day),
    ]


def _ticks(pid: int) -> float:
    """The processor time of a process of this machine, in milliseconds; NaN where it is another's."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
    except OSError:
        return float("nan")
    return 1000 * (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(probe: Probe, *, rounds: int, times: float) -> bool:
    """Ask so often, after two for warming, and print how it went; whether the limit was kept."""
    took: list[float] = []
    spent: list[tuple[float, float]] = []
    with Session(engine()) as session:
        pid = session.scalar(text("SELECT pg_backend_pid()")) or 0
        for n in range(rounds + 2):
            if probe.name.endswith("changed"):
                _unsettle(session)
            begun, own, backend = time.perf_counter(), time.process_time(), _ticks(pid)
            probe.ask(session)
            if n >= 2:
                took.append(1000 * (time.perf_counter() - begun))
                spent.append((1000 * (time.process_time() - own), _ticks(pid) - backend))
            session.rollback()
    mine, its = (sum(each) / rounds for each in zip(*spent, strict=True))
    took.sort()
    p95 = took[min(len(took) - 1, round(0.95 * len(took)))]
    limit = None if probe.limit is None else probe.limit * times
    kept = limit is None or p95 <= limit
    print(
        f"{probe.name:<58} p50 {statistics.median(took):7.1f}  p95 {p95:7.1f}  processor {mine:6.1f}"
        f" + {its:6.1f}  limit {'-' if limit is None else f'{limit:.0f}':>5}{'' if kept else '  BROKEN'}",
        flush=True,
    )
    return kept


def main() -> None:
    """Read the arguments and measure."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rounds", type=int, default=20)
    asked.add_argument("--times", type=float, default=1.0, help="how often the limit is allowed")
    asked.add_argument("--only", default="", help="those whose name has this in it")
    given = asked.parse_args()
    with Session(engine()) as session:
        refresh(
            session, at=clock.now(), wait=True
        )  # what time alone has changed since is counted first
        session.commit()
        cases = session.scalar(text("SELECT count(*) FROM figure_cases"))
        print(f"{cases:,} cases; milliseconds; processor time here + in the database, a round")
        every = [each for each in probes(session) if given.only in each.name]
    kept = [measure(each, rounds=given.rounds, times=given.times) for each in every]
    print(f"{kept.count(True)} of {len(kept)} within their limits")
    sys.exit(0 if all(kept) else 1)


if __name__ == "__main__":
    main()
