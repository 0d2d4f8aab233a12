"""The jobs of clocks: climb the ladders, and count due times anew when calendars or settings were changed."""

from datetime import timedelta
from typing import Final

from sqlalchemy import update

from dispatch.cases.commands.clocks import recount_open
from dispatch.catalogue.model import CalendarVersion
from dispatch.catalogue.queries import unsettled_calendars
from dispatch.kit import clock
from dispatch.kit.db import open_session
from dispatch.ladders.commands import climb
from workers.jobs.once import once

#: Processes hold calendars in memory for seconds: what they counted meanwhile is counted again after this.
SEEN_BY_ALL: Final = timedelta(seconds=10)


def climb_ladders() -> None:
    """Tell whom the ladders name of what has run out of time."""
    with open_session() as session:
        climb(session, at=clock.now())


def count_by_calendars() -> None:
    """Count open cases by the calendars as they are now, until every version has been seen by all.

    It may run twice, and die half-way: a version is settled at the end, and who moved once moves no more.
    """
    began = clock.now()
    with open_session() as session:
        versions = [
            (row.calendar_code, row.version, row.name, row.reason, row.at)
            for row in unsettled_calendars(session)
        ]
    if not versions:
        return
    notes = {f"工作日历“{name}”第 {version} 版:{why}" for _, version, name, why, _ in versions}
    _recount("；".join(sorted(notes)))
    settled = [(code, version) for code, version, _, _, at in versions if at + SEEN_BY_ALL <= began]
    with open_session() as session:
        for code, version in settled:
            session.execute(
                update(CalendarVersion)
                .where(CalendarVersion.calendar_code == code, CalendarVersion.version == version)
                .values(settled_at=clock.now())
            )


def count_anew(*, event_id: int, job: str, note: str) -> None:
    """Count open cases anew after a change of the city's settings."""
    _recount(f"城市参数调整:{note}")
    with once(event_id, job):
        pass


def _recount(note: str) -> None:
    """All of them, some at a time, each lot in a transaction of its own so that nobody waits long."""
    after: int | None = 0
    while after is not None:
        with open_session() as session:
            after = recount_open(session, note=note, at=clock.now(), after=after).last_id
