"""What notices cost: processor time of planning and of sending, for each notice, in the process and in PostgreSQL.

Usage: `python -m bench.notices [--together 5]`, with DATABASE_URL set to a demonstration's database
of one's own: what was told of its closed cases is planned and sent anew, by a sender that answers at
once. `--together` is how many events share a job; the relay gathers those that come together.
"""

import argparse
import logging
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session

from dispatch.cases.model import Case
from dispatch.cases.states import Stage
from dispatch.kit import clock
from dispatch.kit.db import open_session
from dispatch.kit.outbox import JobReceipt, OutboxRow
from dispatch.notices.events import Way
from dispatch.notices.model import Notice, StaffNotice
from dispatch.notices.reference import contents
from workers.beside import SENDERS
from workers.jobs import notices

_TICK = os.sysconf("SC_CLK_TCK")
_BACKENDS = text(
    "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'"
)


@dataclass
class Spent:
    """Processor seconds."""

    here: float = 0.0
    postgres: float = 0.0


def _of_postgres() -> float:
    with open_session() as session:
        pids = session.scalars(_BACKENDS).all()
    seconds = 0.0
    for pid in pids:
        stat = Path(f"/proc/{pid}/stat")
        if stat.exists():
            fields = stat.read_text("ascii").rpartition(")")[2].split()
            seconds += (int(fields[11]) + int(fields[12])) / _TICK
    return seconds


@contextmanager
def _measured(spent: Spent) -> Iterator[None]:
    here, there = time.process_time(), _of_postgres()
    yield
    spent.here += time.process_time() - here
    spent.postgres += _of_postgres() - there


def _forget(session: Session, *, at: datetime) -> tuple[list[int], int]:
    """The events that people were told of in the lives of closed cases, as if they came now; and how many cases."""
    names = sorted(contents(session).rules)
    closed = select(Case.id).where(Case.stage == Stage.CLOSED)
    of_case = OutboxRow.payload["case_id"].as_integer()
    ids = session.scalars(
        select(OutboxRow.id)
        .where(OutboxRow.name.in_(names), of_case.in_(closed))
        .order_by(OutboxRow.id)
    ).all()
    session.execute(
        delete(JobReceipt).where(JobReceipt.event_id.in_(ids), JobReceipt.job == "tell")
    )
    session.execute(delete(Notice))
    session.execute(delete(StaffNotice))
    session.execute(
        text("UPDATE outbox SET created_at = :at WHERE id = ANY(:ids)"),
        {"at": at, "ids": list(ids)},
    )
    return list(ids), session.scalar(select(func.count()).select_from(closed.subquery())) or 0


def _plan(events: list[int], together: int) -> None:
    for start in range(0, len(events), together):
        items = [{"event_id": each} for each in events[start : start + together]]
        notices.plan(items=items, job="tell")


def _count() -> tuple[int, int]:
    with open_session() as session:
        out = session.scalar(select(func.count()).select_from(Notice)) or 0
        bell = session.scalar(select(func.count()).select_from(StaffNotice)) or 0
    return out, bell


def _ms(spent: Spent, count: int) -> str:
    here, there = (1000 * each / max(count, 1) for each in (spent.here, spent.postgres))
    return f"{here:.2f} ms, PostgreSQL {there:.2f} ms"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.notices", description=__doc__)
    parser.add_argument("--together", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    logging.basicConfig(level=logging.WARNING)
    SENDERS.stop()  # what is planned waits until it is measured by itself
    planning, sending = Spent(), Spent()
    cases = events = out = bell = 0
    for number in range(options.rounds + 1):
        with open_session() as session:
            found, closed = _forget(session, at=clock.now())
        first = number == 0  # caches are filled by the first round
        with _measured(Spent() if first else planning):
            _plan(found, options.together)
        SENDERS.stopping.clear()
        with _measured(Spent() if first else sending):
            for way in Way:
                notices.carry(way)
        SENDERS.stopping.set()
        if not first:
            told, rung = _count()
            cases, events, out, bell = cases + closed, events + len(found), out + told, bell + rung
    lines = (
        f"{cases} cases, {events} events told of: {bell} behind bells, {out} sent outside",
        f"{(bell + out) / cases:.2f} notices a case ({bell / cases:.2f} behind bells)",
        f"planning a notice: {_ms(planning, bell + out)}",
        f"sending one of those that leave the house: {_ms(sending, out)}",
    )
    total = planning.here + planning.postgres + sending.here + sending.postgres
    all_in_all = f"all in all {1000 * total / (bell + out):.2f} ms a notice, {1000 * total / cases:.2f} ms a case"
    sys.stdout.write("\n".join((*lines, all_in_all)) + "\n")


if __name__ == "__main__":
    main()
