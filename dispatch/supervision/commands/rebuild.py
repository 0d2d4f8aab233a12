# ruff: noqa: S608 - statements are put together from constants of our own; every value is bound
"""Compare the figures with the history, and put right what differs: the same for a check and a rebuild."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from sqlalchemy import Table, TextClause, func, select, text
from sqlalchemy.orm import Session

from dispatch.cases.model import Case
from dispatch.kit.clock import CITY_ZONE, city_date
from dispatch.supervision.commands.rollup import columns_of, keep_facts, refresh
from dispatch.supervision.measures import Cut, Span, Subject
from dispatch.supervision.model import (
    FigureCheck,
    figure_cases,
    figure_days,
    figure_months,
    figure_now,
    figure_posts,
    figure_slots,
    figure_spot_months,
    figure_spots,
    figure_times,
)
from dispatch.supervision.queries import reckoning, tallies

#: What was done to a counted case so lately is the next refresh's business.
SETTLED: Final = timedelta(minutes=5)
#: So many days of reports are compared in one statement.
STEP: Final = timedelta(days=5)
#: Every night the months before are compared again as far as this, and one older month in turn.
RECENT_MONTHS: Final = 2

_FACTS: Final = tuple(column.name for column in figure_cases.columns)
_DIFFERS: Final = "({}) IS DISTINCT FROM ({})".format(
    ", ".join(f"fresh.{each}" for each in _FACTS), ", ".join(f"f.{each}" for each in _FACTS)
)
_MEND_FACTS: Final = text(
    f"WITH {reckoning.facts_of(reckoning.REPORTED)},"
    " wrong AS (SELECT fresh.case_id FROM fresh LEFT JOIN LATERAL"
    " (SELECT * FROM figure_cases WHERE case_id = fresh.case_id OFFSET 0) f ON true"
    " WHERE (f.case_id IS NULL OR fresh.version <= f.version OR fresh.last_at < :settled)"
    f" AND {_DIFFERS}),"
    f" kept AS ({keep_facts('fresh JOIN wrong USING (case_id)')})"
    " SELECT (SELECT count(*) FROM fresh) AS looked_at, (SELECT count(*) FROM wrong) AS wrong,"
    " ARRAY(SELECT case_id FROM wrong ORDER BY 1 LIMIT 5) AS examples"
)


#: The facts that may add to a month, and what they add on its days: every rollup is summed up from these.
_FACTS_OF_MONTH: Final = (
    text("DROP TABLE IF EXISTS month_facts, month_marks"),
    text(
        "CREATE TEMP TABLE month_facts ON COMMIT DROP AS SELECT f.*, 1 AS sign FROM figure_cases f"
        " WHERE f.reported_at < :until AND f.last_at >= :since"
    ),
    text(
        "CREATE TEMP TABLE month_marks ON COMMIT DROP AS "
        + reckoning.marks_of("month_facts", within="day >= :first AND day < :after")
    ),
)


def _mend(table: Table, rows: str, within: str) -> TextClause:
    """Replace the counts of a window by those that the facts give; returns how many rows differed."""
    key, counts = columns_of(table)
    differs = " OR ".join(f'coalesce(n."{each}", 0) <> coalesce(o."{each}", 0)' for each in counts)
    sums = ", ".join(f'"{each}" = excluded."{each}"' for each in counts)
    names = ", ".join(f'"{each}"' for each in counts)
    new = ", ".join(f'n."{each}"' for each in counts)
    same = " AND ".join(f"t.{each} = w.{each}" for each in key.split(", "))
    return text(
        f"WITH fresh AS MATERIALIZED (SELECT * FROM ({rows}) r WHERE {within}),"
        f" old AS (SELECT * FROM {table.name} WHERE {within}),"
        f" wrong AS MATERIALIZED (SELECT {key}, {new}, n.{counts[0]} IS NOT NULL AS stays"
        f" FROM fresh n FULL JOIN old o USING ({key}) WHERE {differs}),"
        f" gone AS (DELETE FROM {table.name} t USING wrong w WHERE NOT w.stays AND {same}),"
        f" put AS (INSERT INTO {table.name} ({key}, {names})"
        f" SELECT {key}, {names} FROM wrong WHERE stays ON CONFLICT ({key}) DO UPDATE SET {sums})"
        " SELECT count(*) FROM wrong"
    )


_BY_DAY: Final = "day >= :first AND day < :after"
_BY_MONTH: Final = "month >= :first AND month < :after"
#: Said of every subject, so that a month is found by the key, whose first columns these are.
_EVERY: Final = "subject = ANY ('{{{}}}') AND cut = ANY ('{{{}}}') AND ".format(
    ",".join(Subject), ",".join(Cut)
)
_EVERY_GROUP: Final = (
    """"group" = ANY (ARRAY(SELECT DISTINCT "group" FROM categories) || '{""}') AND """
)
_MEND: Final = (
    _mend(figure_days, reckoning.days_of("month_marks"), _EVERY + _BY_DAY),
    _mend(figure_months, reckoning.months_of("month_marks"), _EVERY + _BY_MONTH),
    _mend(figure_times, tallies.times_of("month_facts"), _BY_DAY),
    _mend(figure_slots, tallies.slots_of("month_facts"), "slot >= :since AND slot < :until"),
    _mend(figure_spots, tallies.spots_of("month_facts"), _BY_DAY),
    _mend(figure_spot_months, tallies.spot_months_of("month_facts"), _EVERY_GROUP + _BY_MONTH),
    _mend(figure_posts, tallies.posts_of("month_facts"), _BY_DAY),
)
#: What is in work has no days: it is compared as a whole.
_MEND_NOW: Final = _mend(
    figure_now,
    tallies.now_of(
        f"(SELECT *, 1 AS sign FROM figure_cases WHERE stage IN ({reckoning.OPEN_STAGES}))"
    ),
    "true",
)


@dataclass(frozen=True)
class Compared:
    """What a comparison found: cases looked at, cases and counts that were wrong and are right now."""

    cases: int
    wrong_cases: int
    wrong_counts: int
    examples: tuple[int, ...] = ()

    def plus(self, other: "Compared") -> "Compared":
        """Both together."""
        return Compared(
            self.cases + other.cases,
            self.wrong_cases + other.wrong_cases,
            self.wrong_counts + other.wrong_counts,
            (*self.examples, *other.examples)[:5],
        )


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), CITY_ZONE)


def months_of(session: Session, *, at: datetime) -> list[Span]:
    """The months in which cases were reported, with the present one, in order."""
    first = session.scalar(select(func.min(Case.created_at)))
    month = city_date(first or at).replace(day=1)
    found = []
    while month <= city_date(at):
        following = (month + timedelta(days=32)).replace(day=1)
        found.append(Span(month, following))
        month = following
    return found


def mend_facts(session: Session, span: Span, *, at: datetime) -> Compared:
    """Work out anew the facts of every case reported in a span, and keep those that differ."""
    refresh(session, at=at, wait=True)
    found, begin, end = Compared(0, 0, 0), _begin(span.since), _begin(span.until)
    while begin < end:
        upto = min(begin + STEP, end)
        values = {"since": begin, "until": upto, "at": at, "settled": at - SETTLED}
        row = session.execute(_MEND_FACTS, values).one()
        found = found.plus(Compared(row.looked_at, row.wrong, 0, tuple(row.examples)))
        begin = upto
    return found


def mend_counts(session: Session, month: Span, *, at: datetime) -> Compared:
    """Sum up anew what the facts add to a month, and put right the counts that differ."""
    refresh(session, at=at, wait=True)
    values = {
        "first": month.since,
        "after": month.until,
        "since": _begin(month.since),
        "until": _begin(month.until),
    }
    for statement in (reckoning.ROOMY, reckoning.PLAINLY, *_FACTS_OF_MONTH):
        session.execute(statement, values)
    found = sum(session.scalar(each, values) or 0 for each in _MEND)
    if month.until > city_date(at):
        found += session.scalar(_MEND_NOW) or 0
    return Compared(0, 0, found)


def nightly(months: list[Span], *, day: date) -> Iterator[Span]:
    """What a night's check looks at: the last months, and of those before one in turn."""
    older, recent = months[:-RECENT_MONTHS], months[-RECENT_MONTHS:]
    if older:
        yield older[day.toordinal() % len(older)]
    yield from recent


def note_check(
    session: Session, span: Span, found: Compared, *, at: datetime, seconds: float
) -> FigureCheck:
    """Keep what a check found, for the doctor and the administrator."""
    row = FigureCheck(
        at=at,
        since=span.since,
        until=span.until,
        cases=found.cases,
        wrong_cases=found.wrong_cases,
        wrong_counts=found.wrong_counts,
        examples={"cases": list(found.examples)},
        seconds=seconds,
    )
    session.add(row)
    session.flush()
    return row
