"""How long every query of the wall and of evaluation takes: `python -m bench.figures`, beside `bench.history`.

It asks the database that DATABASE_URL names, reads only, and rolls back what refreshing would write.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from dispatch import models  # noqa: F401 - the tables that those of figures refer to
from dispatch.kit import clock
from dispatch.kit.clock import city_date
from dispatch.kit.db import engine
from dispatch.people.policy import SYSTEM
from dispatch.supervision.commands.rollup import refresh
from dispatch.supervision.measures import Cut, Span, Subject
from dispatch.supervision.queries.behind import Asked, cases_behind
from dispatch.supervision.queries.figures import daily, totals
from dispatch.supervision.queries.scores import evaluate
from dispatch.supervision.queries.spots import spots
from dispatch.supervision.queries.wall import wall
from dispatch.supervision.scoring import Evaluated

Query = Callable[[Session], Any]


def queries(session: Session) -> dict[str, Query]:
    """Every query with what it is called."""
    now = clock.now()
    day = city_date(now)
    month, year = Span(day - timedelta(30), day + timedelta(1)), Span(day - timedelta(364), day)
    unit = session.scalar(
        text(
            "SELECT key FROM figure_days WHERE subject = 'department' AND cut = 'all'"
            " GROUP BY key ORDER BY sum(filed) DESC LIMIT 1"
        )
    )
    behind = Asked("overdue", Subject.DEPARTMENT, unit or "0", month)
    found: dict[str, Query] = {
        "wall, all of it": lambda s: wall(s, at=now),
        "map, streets, 7 days": lambda s: spots(
            s, Subject.STREET, Span(day - timedelta(7), day + timedelta(1))
        ),
        "map, unit grids, a year": lambda s: spots(s, Subject.UNIT_GRID, year),
        "city by category, a month": lambda s: totals(
            s, Subject.CITY, month, cut=Cut.CATEGORY, at=now
        ),
        "city by day, a year": lambda s: daily(s, Subject.CITY, year, at=now),
        "departments by category, a month": lambda s: totals(
            s, Subject.DEPARTMENT, month, cut=Cut.CATEGORY, at=now
        ),
        "cases behind a figure, a month": lambda s: cases_behind(
            s, SYSTEM, behind, before=None, limit=50
        ),
        "refresh, nothing new": lambda s: refresh(s, at=now),
    }
    for each in Evaluated:
        found[f"scores of a month: {each}"] = lambda s, each=each: evaluate(  # type: ignore[misc]
            s, each, month, at=now
        )
    return found


def measure(rounds: int) -> None:
    """Ask each so often, after two for warming, and print the middle and the slow end."""
    with Session(engine()) as session:
        asked = queries(session)
    for name, query in asked.items():
        took = []
        for n in range(rounds + 2):
            with Session(engine()) as session:
                begun = time.perf_counter()
                query(session)
                if n >= 2:
                    took.append(1000 * (time.perf_counter() - begun))
                session.rollback()
        took.sort()
        p95 = took[min(len(took) - 1, round(0.95 * len(took)))]
        print(f"{name:<40} p50 {statistics.median(took):7.1f} ms  p95 {p95:7.1f} ms", flush=True)


def main() -> None:
    """Read the arguments and measure."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rounds", type=int, default=20)
    measure(asked.parse_args().rounds)


if __name__ == "__main__":
    main()
