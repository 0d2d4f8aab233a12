"""The jobs of clocks: climb the ladders, and count due times anew when calendars or settings were changed."""

from datetime import timedelta
from typing import Final

from sqlalchemy import update

from dispatch.cases import phrases
from dispatch.cases.commands import mark_due
from dispatch.cases.commands.clocks import recount_open, refit_open, restage_open
from dispatch.cases.events import LIMITS_CHANGED, SETTINGS_CHANGED, STAGE_LIMITS_CHANGED
from dispatch.cases.states import Stage
from dispatch.catalogue.model import CalendarVersion
from dispatch.catalogue.queries import unsettled_calendars
from dispatch.kit import clock, reference
from dispatch.kit.db import open_session
from dispatch.kit.outbox import Event, publish
from dispatch.ladders.backlog import tell_gathered
from dispatch.ladders.commands import climb
from workers.jobs.once import once

#: Cases to a job, so that it ends long before it would be sent again.
AT_ONCE: Final = 500
#: Processes hold calendars in memory for seconds: what they counted meanwhile is counted again after this.
SEEN_BY_ALL: Final = timedelta(seconds=10)


def look_at_the_clock() -> None:
    """Mark what has run out of time, and tell whom the ladders name; whatever becomes of these, it is marked."""
    try:
        with open_session() as session:
            climb(session, at=clock.now())
    except Exception:
        with open_session() as session:
            mark_due(session, at=clock.now())
        raise


def count_by_calendars() -> None:
    """Count open cases by the calendars as they are now, until every version has been seen by all.

    It may run twice, and die half-way: a version is settled at the end, and who moved once moves no more.
    """
    began = clock.now()
    reference.look_again()
    with open_session() as session:
        versions = [
            (row.calendar_code, row.version, row.name, row.reason, row.at)
            for row in unsettled_calendars(session)
        ]
    if not versions:
        return
    notes = [
        phrases.NEW_CALENDAR(calendar=name, rule=version, why=why)
        for _, version, name, why, _ in versions
    ]
    _recount("；".join(notes))
    settled = [(code, version) for code, version, _, _, at in versions if at + SEEN_BY_ALL <= began]
    with open_session() as session:
        for code, version in settled:
            session.execute(
                update(CalendarVersion)
                .where(CalendarVersion.calendar_code == code, CalendarVersion.version == version)
                .values(settled_at=clock.now())
            )


def count_anew(*, event_id: int, job: str, note: str, after: int) -> None:
    """Count open cases anew after a change of the city's settings: some of them, the rest by an event."""
    reference.look_again()
    words = phrases.NEW_SETTINGS(why=note)
    with once(event_id, job) as session:
        if session is None:
            return
        lot = recount_open(session, note=words, at=clock.now(), after=after, limit=AT_ONCE)
        if lot.last_id is not None:
            publish(session, Event(SETTINGS_CHANGED, {"note": note, "after": lot.last_id}))


def count_limits(*, event_id: int, job: str, categories: list[int], note: str, after: int) -> None:
    """Count open cases of some categories by their rules: some of them, the rest by an event."""
    reference.look_again()
    with once(event_id, job) as session:
        if session is None:
            return
        words = phrases.NEW_LIMIT(why=note)
        lot = refit_open(
            session, categories, note=words, at=clock.now(), after=after, limit=AT_ONCE
        )
        if lot.last_id is not None:
            payload = {"categories": categories, "note": note, "after": lot.last_id}
            publish(session, Event(LIMITS_CHANGED, payload))


def count_stages(
    *, event_id: int, job: str, stage: str, severity: str, note: str, after: int
) -> None:
    """Count the cases of a stage by its new limit: some of them, the rest by an event."""
    reference.look_again()
    with once(event_id, job) as session:
        if session is None:
            return
        lot = restage_open(
            session,
            Stage(stage),
            severity,
            note=phrases.NEW_STAGE_LIMIT(why=note),
            at=clock.now(),
            after=after,
            limit=AT_ONCE,
        )
        if lot.last_id is not None:
            payload = {"stage": stage, "severity": severity, "note": note, "after": lot.last_id}
            publish(session, Event(STAGE_LIMITS_CHANGED, payload))


def tell_backlog(*, event_id: int, job: str, step_id: int) -> None:
    """Tell each person once of all that had reached a step before it was in use."""
    reference.look_again()
    with once(event_id, job) as session:
        if session is not None:
            tell_gathered(session, step_id, event_id=event_id, at=clock.now())


def _recount(note: str) -> None:
    """All of them, some at a time, each lot in a transaction of its own so that nobody waits long."""
    after: int | None = 0
    while after is not None:
        with open_session() as session:
            after = recount_open(session, note=note, at=clock.now(), after=after).last_id
