# ruff: noqa: S608 - statements are put together from constants of our own; every value is bound
"""Totals and daily series: what is rolled up, and what has happened since, worked out in the same way."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from dispatch.kit import clock
from dispatch.supervision.measures import NAMES, Cut, Figures, Span, Subject
from dispatch.supervision.queries import reckoning

#: Not more cases than this are worked out while somebody waits; the clock keeps them far fewer.
MOST_FRESH: Final = 5000
_NAMES: Final = ", ".join(NAMES)
_SUMS: Final = ", ".join(f"sum({each})::bigint AS {each}" for each in NAMES)

_MARK: Final = text("SELECT settled_id FROM figure_marks WHERE name = 'history'")
_IS_BEHIND: Final = text(f"SELECT EXISTS ({reckoning.CHANGED})")
_WANTED: Final = (
    "subject = :subject AND cut = :cut AND day >= :since AND day < :until"
    " AND (CAST(:keys AS text[]) IS NULL OR key = ANY (:keys))"
)
_FRESH: Final = (
    f"WITH {reckoning.facts_of(reckoning.CHANGED)}, {reckoning.SIGNED},"
    f" marks AS MATERIALIZED ({reckoning.marks_of('signed')}),"
    f" days AS ({reckoning.days_of('marks')})"
)
_COLUMNS: Final = {"total": "key, part", "daily": "day, key, part"}
_ROLLED_UP: Final = {
    name: text(f"SELECT {columns}, {_SUMS} FROM figure_days WHERE {_WANTED} GROUP BY {columns}")
    for name, columns in _COLUMNS.items()
}
_SINCE_THEN: Final = {
    name: text(f"{_FRESH} SELECT {columns}, {_SUMS} FROM days WHERE {_WANTED} GROUP BY {columns}")
    for name, columns in _COLUMNS.items()
}


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


def _rows(
    session: Session,
    kind: str,
    subject: Subject,
    span: Span,
    *,
    cut: Cut,
    keys: Collection[str] | None,
    at: datetime,
) -> Iterator[Any]:
    wanted = {
        "subject": subject.value,
        "cut": cut.value,
        "since": span.since,
        "until": span.until,
        "keys": None if keys is None else sorted(keys),
    }
    yield from session.execute(_ROLLED_UP[kind], wanted)
    lag = behind(session, at=at)
    if lag is not None:
        session.execute(reckoning.PLAINLY)
        yield from session.execute(_SINCE_THEN[kind], {**wanted, **lag.bound})


def totals(
    session: Session,
    subject: Subject,
    span: Span,
    *,
    cut: Cut = Cut.ALL,
    keys: Collection[str] | None = None,
    at: datetime | None = None,
) -> dict[tuple[str, str], Figures]:
    """The counts of a span by (key of the subject, part of the cut), to the second `at`.

    A key is an area's code, a department's id as text, or "" for the city; a part is "" for `Cut.ALL`.
    Spans of unit grids are whole months.
    """
    found: dict[tuple[str, str], Figures] = defaultdict(Figures)
    for row in _rows(session, "total", subject, span, cut=cut, keys=keys, at=at or clock.now()):
        found[row.key, row.part] = found[row.key, row.part].plus(_figures(row))
    return dict(found)


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
    found: dict[tuple[date, str, str], Figures] = defaultdict(Figures)
    for row in _rows(session, "daily", subject, span, cut=cut, keys=keys, at=at or clock.now()):
        place = (row.day, row.key, row.part)
        found[place] = found[place].plus(_figures(row))
    return [Daily(*place, figures) for place, figures in sorted(found.items())]


def _figures(row: Any) -> Figures:
    counts = tuple(row)[-len(NAMES) :]
    return Figures({name: int(count) for name, count in zip(NAMES, counts, strict=True) if count})
