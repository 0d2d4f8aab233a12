"""The jobs of the timer table: each looks what is due and bears running twice at once."""

from datetime import timedelta

from dispatch.cases.commands import resume_due
from dispatch.cases.photos import sweep_photos
from dispatch.exchange.commands import forget_done_events
from dispatch.exchange.queries import departments_awaiting_courier
from dispatch.hotline.commands.imports import sweep_lists
from dispatch.hotline.queries.drafts import held_photos
from dispatch.intake.channels.wechat.finishing import finish_idle_conversations
from dispatch.intake.channels.wechat.media import retry_waiting_media
from dispatch.kit import clock
from dispatch.kit.db import open_session
from dispatch.kit.idempotency import forget_keys
from dispatch.notices.commands import forget_old_notices
from dispatch.notices.queries import ways_waiting
from dispatch.patrol.commands import end_forgotten_shifts, forget_points
from dispatch.people.commands import forget_ended_sessions
from dispatch.uploads.commands import sweep as sweep_uploads
from workers.jobs import notices
from workers.jobs.couriers import call

#: For how long events stay readable after everything was done for them (server-sent events catch up
#: from here, and a job that comes late finds its receipt).
KEEP_EVENTS = timedelta(days=7)
PRUNE_BATCH = 5000
#: A phone may lie without net for so long and still not do a thing twice.
KEEP_KEYS = timedelta(days=60)


def call_couriers() -> None:
    """Send couriers to departments with messages that are due and nobody on the way."""
    with open_session() as session:
        waiting = departments_awaiting_courier(session, at=clock.now())
    for department_id in waiting:
        call(department_id)


def send_notices() -> None:
    """Have somebody send what is due by each way and nobody is at."""
    with open_session() as session:
        waiting = ways_waiting(session, at=clock.now())
    for way in waiting:
        notices.call(way)


def prune_notices() -> None:
    """Clear away what was told long ago, as the city's settings say."""
    with open_session() as session:
        forget_old_notices(session, at=clock.now(), limit=PRUNE_BATCH)


def resume_due_cases() -> None:
    """Set going again what was suspended until now."""
    with open_session() as session:
        resume_due(session, at=clock.now())


def finish_conversations() -> None:
    """Turn WeChat conversations that have fallen silent into reports."""
    with open_session() as session:
        finish_idle_conversations(session, at=clock.now())


def retry_media() -> None:
    """Ask again for photos that WeChat did not give at the first try."""
    with open_session() as session:
        retry_waiting_media(session, at=clock.now())


def sweep_unclaimed_photos() -> None:
    """Remove photos that no case took within a day."""
    with open_session() as session:
        sweep_photos(session, at=clock.now(), held=held_photos(session))


def sweep_imports() -> None:
    """Put away files and lists that nobody took in."""
    with open_session() as session:
        sweep_lists(session, at=clock.now())
        sweep_uploads(session, at=clock.now())


def prune_outbox() -> None:
    """Clear away events for which everything was done long ago."""
    with open_session() as session:
        forget_done_events(session, before=clock.now() - KEEP_EVENTS, limit=PRUNE_BATCH)


def prune_sessions() -> None:
    """Clear away log-ins that have run out."""
    with open_session() as session:
        forget_ended_sessions(session, at=clock.now())


def end_shifts() -> None:
    """Sign out whoever forgot to."""
    with open_session() as session:
        end_forgotten_shifts(session, at=clock.now())


def forget_tracks() -> None:
    """Delete the points of tracks that are older than the city keeps them."""
    with open_session() as session:
        forget_points(session, at=clock.now())


def prune_keys() -> None:
    """Clear away the keys of deeds that nobody will ask for again."""
    with open_session() as session:
        forget_keys(session, before=clock.now() - KEEP_KEYS)
