"""Fill a seeded database with years of made-up cases: `python -m bench.history --cases 1000000`.

Every row is synthetic and consistent: stages, times, clocks, units, history and ratings of a case fit
one another, days have seasons and hours, about one case in a hundred is open and those are the young
ones. It works in steps of days, each a few INSERT … SELECT, so 30 million take no more memory than
one; indexes are taken away and made again at the end, then the figures are worked out. It needs a
superuser (triggers rest meanwhile) and a database of its own: it never asks twice. `--lean-before`
leaves out of the years before a day what no figure reads, see `bench.history_lean`.
"""

import argparse
import math
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import psycopg
from sqlalchemy import make_url

from bench import history_lean as lean
from bench import history_sql as sql
from dispatch.supervision import rounds

#: Reports by the month: hot, wet summers are busy.
MONTHS = (0.75, 0.72, 0.92, 1.0, 1.15, 1.3, 1.35, 1.28, 1.05, 0.95, 0.85, 0.78)
WEEKDAYS = (1.12, 1.08, 1.05, 1.05, 1.04, 0.86, 0.8)
TABLES = (
    "cases",
    "case_places",
    "case_reporters",
    "case_history",
    "case_assignments",
    "case_ratings",
    "case_texts",
)
FIGURES = (
    "figure_cases",
    "figure_days",
    "figure_months",
    "figure_times",
    "figure_spot_months",
    "figure_now",
    "figure_slots",
    "figure_spots",
    "figure_posts",
)


@dataclass(frozen=True)
class Day:
    """A day of the city and how many cases it brought."""

    day: date
    cases: int


def days(*, cases: int, years: float, until: date) -> list[Day]:
    """So many cases spread over the days before `until`; the city's reporting grew over the years."""
    span = round(365 * years)
    first = until - timedelta(days=span)
    weights = [
        MONTHS[(day := first + timedelta(days=each)).month - 1]
        * WEEKDAYS[day.weekday()]
        * (0.8 + 0.4 * each / span)
        * (1 + 0.25 * math.sin(each * 12.9898))
        for each in range(span)
    ]
    total, given, passed, found = sum(weights), 0, 0.0, []
    for each, weight in enumerate(weights):
        passed += weight
        upto = round(cases * passed / total)
        found.append(Day(first + timedelta(days=each), upto - given))
        given = upto
    return found


def chunks(found: list[Day], most: int) -> Iterator[list[Day]]:
    """Days in a row that hold about `most` cases together."""
    held: list[Day] = []
    for each in found:
        held.append(each)
        if sum(day.cases for day in held) >= most:
            yield held
            held = []
    if held:
        yield held


def take_indexes(connection: psycopg.Connection) -> list[tuple[str, str]]:
    """Drop every index that is no constraint's, and say how to make them again, with their names."""
    rows = connection.execute(
        "SELECT i.indexname, i.indexdef FROM pg_indexes i"
        " LEFT JOIN pg_constraint c ON c.conname = i.indexname"
        " WHERE i.tablename = ANY(%s) AND i.schemaname = 'public' AND c.conname IS NULL",
        [[*TABLES, "figure_cases"]],
    ).fetchall()
    for name, _ in rows:
        connection.execute(f'DROP INDEX "{name}"')
    return [(name, definition) for name, definition in rows]


def fill(
    connection: psycopg.Connection,
    found: list[Day],
    *,
    now: datetime,
    chunk: int,
    lean_before: date,
) -> None:
    """The cases of these days, and everything that hangs on them."""
    for statement in sql.PREPARE:
        connection.execute(statement)
    connection.execute(sql.HOURS, {"weights": list(sql.HOURS_OF_A_DAY)})
    begun, made = time.monotonic(), 0
    older = [each for each in found if each.day < lean_before]
    for part in (*chunks(older, 2 * chunk), *chunks(found[len(older) :], chunk)):
        connection.execute(
            sql.DAYS, {"days": [d.day for d in part], "counts": [d.cases for d in part]}
        )
        if part[-1].day < lean_before:
            connection.execute(lean.CHUNK)
        else:
            for statement in sql.CHUNK:
                connection.execute(statement, {"now": now})
        connection.commit()
        made += sum(day.cases for day in part)
        print(f"{part[-1].day}  {made:>11,} cases  {time.monotonic() - begun:7.0f} s", flush=True)


def main() -> None:
    """Read the arguments and fill the database that DATABASE_URL names."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--cases", type=int, default=1_000_000)
    asked.add_argument("--years", type=float, default=3.0)
    asked.add_argument("--until", type=date.fromisoformat, help="the day after the last report")
    asked.add_argument("--chunk", type=int, default=100_000, help="cases in one transaction")
    asked.add_argument(
        "--lean-before", type=date.fromisoformat, help="the first day with everything"
    )
    given = asked.parse_args()
    now = datetime.now(UTC)
    until = given.until or (now + timedelta(hours=8)).date() + timedelta(days=1)
    url = make_url(os.environ["DATABASE_URL"]).set(drivername="postgresql")
    with psycopg.connect(url.render_as_string(hide_password=False)) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("SET maintenance_work_mem = '1GB'")
        connection.execute("SET synchronous_commit = off")
        connection.execute("SET work_mem = '256MB'")
        connection.execute("SET jit = off")
        connection.execute("SELECT setseed(0.42)")
        definitions = take_indexes(connection)
        fill(
            connection,
            days(cases=given.cases, years=given.years, until=until),
            now=now,
            chunk=given.chunk,
            lean_before=given.lean_before or date.min,
        )
        for name, definition in definitions:
            if given.lean_before and name.startswith("ix_cases_") and name not in lean.INDEXES:
                continue
            begun = time.monotonic()
            connection.execute(definition)
            print(f"{time.monotonic() - begun:6.1f} s  {definition[:110]}", flush=True)
        for statement in sql.FINISH:
            connection.execute(statement)
        connection.commit()
        connection.autocommit = True
        for table in (*TABLES, "figure_cases"):
            connection.execute(f"VACUUM (ANALYZE) {table}")
        begun = time.monotonic()
        rounds.rebuild(facts_since=given.lean_before or date.min)
        for table in FIGURES:
            connection.execute(f"VACUUM (ANALYZE) {table}")
        print(f"{time.monotonic() - begun:6.1f} s  figures worked out from the history", flush=True)


if __name__ == "__main__":
    main()
