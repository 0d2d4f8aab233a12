# ruff: noqa: S608 - statements are put together from constants of our own; every value is bound
"""Keep the figures up: count what has changed since, a set of cases at a time, each change exactly once."""

from datetime import datetime
from typing import Final

from sqlalchemy import Table, text
from sqlalchemy.orm import Session

from dispatch.supervision.model import (
    FigureMark,
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

MARK: Final = "history"
#: So many cases are counted in one statement.
MOST: Final = 2000
#: A heap of work is done over several transactions, so that none of them lasts.
ROUNDS: Final = 10


def columns_of(table: Table) -> tuple[str, list[str]]:
    """The columns of a key in a row, and the names of the others."""
    key = ", ".join(f'"{column.name}"' for column in table.primary_key)
    return key, [column.name for column in table.columns if not column.primary_key]


def _add(table: Table, rows: str) -> str:
    """Add counted rows to a rollup."""
    key, counts = columns_of(table)
    sums = ", ".join(f'"{each}" = r."{each}" + excluded."{each}"' for each in counts)
    names = ", ".join(f'"{each}"' for each in counts)
    return (
        f"INSERT INTO {table.name} AS r ({key}, {names}) {rows}"
        f" ON CONFLICT ({key}) DO UPDATE SET {sums}"
    )


def keep_facts(rows: str) -> str:
    """Put fresh facts in the place of the old ones."""
    key, others = columns_of(figure_cases)
    names = ", ".join((key, *others))
    new = ", ".join(f"{each} = excluded.{each}" for each in others)
    return (
        f"INSERT INTO figure_cases ({names}) SELECT {names} FROM {rows}"
        f" ON CONFLICT ({key}) DO UPDATE SET {new}"
    )


def _count(touched: str) -> str:
    return (
        f"WITH {reckoning.facts_of(touched)}, {reckoning.SIGNED},"
        f" marks AS MATERIALIZED ({reckoning.marks_of('signed')}),"
        f" days AS ({_add(figure_days, reckoning.days_of('marks'))}),"
        f" months AS ({_add(figure_months, reckoning.months_of('marks'))}),"
        f" times AS ({_add(figure_times, tallies.times_of('signed'))}),"
        f" spot_months AS ({_add(figure_spot_months, tallies.spot_months_of('signed'))}),"
        f" slots AS ({_add(figure_slots, tallies.slots_of('signed'))}),"
        f" now AS ({_add(figure_now, tallies.now_of('signed'))}),"
        f" spots AS ({_add(figure_spots, tallies.spots_of('signed'))}),"
        f" posts AS ({_add(figure_posts, tallies.posts_of('signed'))}),"
        f" kept AS ({keep_facts('fresh')})"
        " SELECT count(*) FROM fresh"
    )


_CHANGED: Final = text(_count(reckoning.CHANGED))
_IS_BEHIND: Final = text(f"SELECT EXISTS ({reckoning.CHANGED})")
#: Asked for before the transaction has a number of its own: whoever has drawn one of these ids has one,
#: and it is lower.
_LAST_ID: Final = text(
    "SELECT coalesce("
    "pg_sequence_last_value(pg_get_serial_sequence('case_history', 'id')::regclass), 0)"
)
_LOCK: Final = text(
    "SELECT settled_id, bound_id, bound_xid FROM figure_marks WHERE name = :name FOR UPDATE"
)
_LOCK_IF_FREE: Final = text(f"{_LOCK.text} SKIP LOCKED")
#: This transaction's number, and the lowest of those that are still under way.
_NUMBERS: Final = text(
    "SELECT pg_current_xact_id()::text::bigint AS own,"
    " pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS oldest"
)


def refresh(session: Session, *, at: datetime, wait: bool = False) -> int:
    """Count every change of a case that is not counted yet; returns how many cases were looked at.

    Does nothing while somebody else is at it, unless `wait`. History rows of transactions that are
    still open come later: their ids are looked at again until those transactions have ended.
    """
    last_id = session.scalar(_LAST_ID)
    mark = session.execute(_LOCK if wait else _LOCK_IF_FREE, {"name": MARK}).one_or_none()
    if mark is None:
        return 0
    numbers = session.execute(_NUMBERS).one()
    session.execute(reckoning.PLAINLY)
    looked_at = 0
    for _ in range(ROUNDS):
        values = {"settled_id": mark.settled_id, "at": at, "most": MOST}
        # mostly nothing has changed, and to ask so costs a tenth of counting it
        found = (session.scalar(_CHANGED, values) or 0) if session.scalar(_IS_BEHIND, values) else 0
        looked_at += found
        if found < MOST:
            break
    kept = session.get_one(FigureMark, MARK, populate_existing=True)
    if numbers.oldest >= mark.bound_xid and found < MOST:
        # whoever was under way when the mark was set has ended: it holds, and the next one is set
        kept.settled_id, kept.bound_id, kept.bound_xid = mark.bound_id, last_id, numbers.own
    kept.ran_at = at
    session.flush()
    return looked_at


_SETTLE: Final = text(
    "UPDATE figure_marks SET settled_id = greatest(settled_id, :last_id), bound_xid = 0,"
    " bound_id = greatest(bound_id, :last_id) WHERE name = :name"
)


def bound_now(session: Session) -> tuple[int, int]:
    """The last id of the history that anybody has drawn, and a transaction's number above all of theirs."""
    last_id = session.scalar(_LAST_ID) or 0
    return last_id, session.execute(_NUMBERS).one().own


def oldest_under_way(session: Session) -> int:
    """The lowest number of the transactions that have not ended."""
    oldest: int = session.execute(_NUMBERS).one().oldest
    return oldest


def leave_to_rebuild(session: Session, *, last_id: int) -> None:
    """Do not count bit by bit what happened up to here: somebody is about to work out all cases anew."""
    session.execute(_SETTLE, {"name": MARK, "last_id": last_id})
