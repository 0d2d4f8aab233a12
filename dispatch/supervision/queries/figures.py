# ruff: noqa: S608 - statements are put together from constants of our own; every value is bound
"""Totals and daily series: what is rolled up, and what has happened since, worked out in the same way."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from dispatch.kit import clock
from dispatch.kit.clock import city_date
from dispatch.supervision.measures import NAMES, Cut, Figures, Span, Subject
from dispatch.supervision.queries import reckoning

#: Not more cases than this are worked out while somebody waits; the clock keeps them far fewer.
MOST_FRESH: Final = 5000
_MARK: Final = text("SELECT settled_id FROM figure_marks WHERE name = 'history'")
_IS_BEHIND: Final = text(f"SELECT EXISTS ({reckoning.CHANGED})")
#: The counts of what has happened since the mark, by day and by month; bound as `reckoning.CHANGED` is.
FRESH: Final = (
    f"{reckoning.facts_of(reckoning.CHANGED)}, {reckoning.SIGNED},"
    f" marks AS MATERIALIZED ({reckoning.marks_of('signed')}),"
    f" days AS ({reckoning.days_of('marks')}), months AS ({reckoning.months_of('marks')})"
)
_DAY: Final = timedelta(days=1)
_WANTED: Final = (
    "subject = ANY (:subjects) AND cut = :cut"
    " AND (CAST(:keys AS text[]) IS NULL OR key = ANY (:keys))"
)


@dataclass(frozen=True)
class Pieces:
    """What a span is put together from: whole months, and spans of days to add or to take away again."""

    months: tuple[date, ...]
    days: tuple[tuple[Span, int], ...]


def _next_month(month: date) -> date:
    return (month + timedelta(days=32)).replace(day=1)


def _pieces_of_month(month: date, span: Span, *, today: date) -> Pieces:
    """A month that a span has days of: as its days, or as the whole of it without the others."""
    after = _next_month(month)
    first, last = max(month, span.since), min(after, span.until)
    if (
        last > today
    ):  # nothing has happened after today: the rest of the month may as well be asked for
        last = after
    outside = [each for each in (Span(month, first), Span(last, after)) if each.since < each.until]
    if sum(_days(each) for each in outside) < (min(last, today + _DAY) - first).days:
        return Pieces((month,), tuple((each, -1) for each in outside))
    return Pieces((), ((Span(first, last), 1),))


def _days(span: Span) -> int:
    return (span.until - span.since).days


def pieces_of(span: Span, *, today: date) -> Pieces:
    """The fewest rows that a span can be summed up from."""
    months: list[date] = []
    days: list[tuple[Span, int]] = []
    month = span.since.replace(day=1)
    while month < span.until:
        found = _pieces_of_month(month, span, today=today)
        months.extend(found.months)
        days.extend(found.days)
        month = _next_month(month)
    return Pieces(tuple(months), tuple(days))


@lru_cache(maxsize=256)
def rolled_up(
    names: tuple[str, ...], columns: str, *, signs: tuple[int, ...], monthly: bool
) -> str:
    """A statement over the rollups: the sums of these measures by these columns, over pieces of a span."""
    sums = ", ".join(f'sum(r."{each}" * r.sign)::bigint AS "{each}"' for each in names)
    taken = ", ".join(f'"{each}"' for each in names)
    parts = [
        f"SELECT subject, key, part, day, {taken}, {sign} AS sign FROM figure_days"
        f" WHERE {_WANTED} AND day >= :since_{n} AND day < :until_{n}"
        for n, sign in enumerate(signs)
    ]
    if monthly:
        parts.append(
            f"SELECT subject, key, part, month AS day, {taken}, 1 AS sign FROM figure_months"
            f" WHERE {_WANTED} AND month = ANY (:months)"
        )
    return f"SELECT {columns}, {sums} FROM ({' UNION ALL '.join(parts)}) r GROUP BY {columns}"


@lru_cache(maxsize=256)
def since_then(names: tuple[str, ...], columns: str, *, monthly: bool) -> str:
    """The same of what has happened since the mark; `FRESH` goes before."""
    sums = ", ".join(f'sum("{each}")::bigint AS "{each}"' for each in names)
    table, day = ("months", "month") if monthly else ("days", "day")
    return (
        f"SELECT {columns.replace('day', day)}, {sums} FROM {table}"
        f" WHERE {_WANTED} AND {day} >= :first AND {day} < :after"
        f" GROUP BY {columns.replace('day', day)}"
    )


@dataclass(frozen=True)
class Behind:
    """How far the rollups are behind: what of the history is to be looked at, as of when."""

    settled_id: int
    at: datetime

    @property
    def bound(self) -> Mapping[str, Any]:
        """The values that `reckoning.CHANGED` takes."""
        return {"settled_id": self.settled_id, "at": self.at, "most": MOST_FRESH}


def behind(session: Session, *, at: datetime) -> Behind | None:
    """What the rollups do not hold yet; None where they hold everything."""
    found = Behind(session.scalar(_MARK) or 0, at)
    return found if session.scalar(_IS_BEHIND, found.bound) else None


@dataclass(frozen=True)
class Wanted:
    """Which counts of whom are summed up: the measures, and over which rows."""

    subjects: tuple[Subject, ...]
    span: Span
    cut: Cut = Cut.ALL
    keys: tuple[str, ...] | None = None
    names: tuple[str, ...] = NAMES

    @property
    def by_month_alone(self) -> bool:
        """Unit grids are not kept by day."""
        return (self.subjects[0], self.cut) not in reckoning.DAILY

    def pieces(self, *, today: date, series: bool = False) -> Pieces:
        """What the span is summed up from; a series needs its days."""
        if self.by_month_alone:
            return Pieces(tuple(_months_of(self.span)), ())
        if not series and (self.subjects[0], self.cut) in reckoning.MONTHLY:
            return pieces_of(self.span, today=today)
        return Pieces((), ((self.span, 1),))

    def bound(self, pieces: Pieces) -> dict[str, Any]:
        """What the statements over the rollups take."""
        return {
            "subjects": [each.value for each in self.subjects],
            "cut": self.cut.value,
            "keys": None if self.keys is None else list(self.keys),
            "months": list(pieces.months),
            "first": self.span.since,
            "after": self.span.until,
            **{f"since_{n}": each.since for n, (each, _) in enumerate(pieces.days)},
            **{f"until_{n}": each.until for n, (each, _) in enumerate(pieces.days)},
        }


def _months_of(span: Span) -> Iterator[date]:
    month = span.since if span.since.day == 1 else _next_month(span.since.replace(day=1))
    while month < span.until:
        yield month
        month = _next_month(month)


def statements(
    wanted: Wanted, columns: str, *, today: date, series: bool = False
) -> tuple[str, str, dict[str, Any]]:
    """What sums up the rollups, what sums up everything since (after `FRESH`), and what both take."""
    pieces = wanted.pieces(today=today, series=series)
    if not (pieces.months or pieces.days):
        pieces = Pieces((), ((wanted.span, 1),))
    signs = tuple(sign for _, sign in pieces.days)
    kept = rolled_up(wanted.names, columns, signs=signs, monthly=bool(pieces.months))
    more = since_then(wanted.names, columns, monthly=wanted.by_month_alone)
    return kept, more, wanted.bound(pieces)


def _rows(
    session: Session, wanted: Wanted, columns: str, *, at: datetime, series: bool = False
) -> Iterator[Any]:
    kept, more, values = statements(wanted, columns, today=city_date(at), series=series)
    session.execute(reckoning.PLAINLY)
    yield from session.execute(text(kept), values)
    lag = behind(session, at=at)
    if lag is not None:
        yield from session.execute(text(f"WITH {FRESH} {more}"), {**values, **lag.bound})


def totals(
    session: Session,
    subject: Subject,
    span: Span,
    *,
    cut: Cut = Cut.ALL,
    keys: Collection[str] | None = None,
    names: tuple[str, ...] = NAMES,
    at: datetime | None = None,
) -> dict[tuple[str, str], Figures]:
    """The counts of a span by (key of the subject, part of the cut), to the second `at`.

    A key is an area's code, a department's id as text, or "" for the city; a part is "" for `Cut.ALL`.
    Spans of unit grids are whole months. Whoever needs few measures names them.
    """
    wanted = Wanted((subject,), span, cut, None if keys is None else tuple(sorted(keys)), names)
    found: dict[tuple[str, str], Figures] = {}
    for row in _rows(session, wanted, "key, part", at=at or clock.now()):
        place, figures = (row[0], row[1]), _figures(names, row[2:])
        found[place] = found[place].plus(figures) if place in found else figures
    return found


def counted(
    session: Session, subject: Subject, span: Span, *, cut: Cut, key: str, part: str, name: str
) -> int:
    """One count of one, as it is rolled up: that of the last refresh."""
    wanted = Wanted((subject,), span, cut, (key,), (name,))
    kept, _, values = statements(wanted, "part", today=span.until)
    rows = session.execute(text(kept), values)
    return sum(count for found, count in rows if found == part)


def city_total(session: Session, span: Span, *, at: datetime | None = None) -> Figures:
    """The counts of the whole city in a span."""
    return totals(session, Subject.CITY, span, at=at).get(("", ""), Figures())


@dataclass(frozen=True)
class Daily:
    """The counts of a day."""

    day: date
    key: str
    part: str
    figures: Figures


def daily(
    session: Session,
    subject: Subject,
    span: Span,
    *,
    cut: Cut = Cut.ALL,
    keys: Collection[str] | None = None,
    at: datetime | None = None,
) -> Sequence[Daily]:
    """The counts of each day of a span, in order; days without any have no row."""
    wanted = Wanted((subject,), span, cut, None if keys is None else tuple(sorted(keys)))
    found: dict[tuple[date, str, str], Figures] = {}
    for row in _rows(session, wanted, "day, key, part", at=at or clock.now(), series=True):
        place, figures = (row[0], row[1], row[2]), _figures(NAMES, row[3:])
        found[place] = found[place].plus(figures) if place in found else figures
    return [Daily(*place, figures) for place, figures in sorted(found.items())]


def _figures(names: tuple[str, ...], counts: Sequence[Any]) -> Figures:
    return Figures({name: count for name, count in zip(names, counts, strict=True) if count})
