"""What the clock asks for, and how often: a plain table. Due times are columns; these jobs look what is due."""

from dataclasses import dataclass

from workers.queues import TIME_LIMIT


@dataclass(frozen=True)
class Timer:
    """A job to be done every so many seconds. It must bear running twice at once."""

    name: str
    every: float
    function: str
    time_limit: int = TIME_LIMIT


TIMERS: tuple[Timer, ...] = (
    Timer("call-couriers", 1.0, "workers.jobs.ticks.call_couriers"),
    Timer("send-notices", 2.0, "workers.jobs.ticks.send_notices"),
    Timer("roll-up", 10.0, "workers.jobs.figures.roll_up", time_limit=120),
    Timer("look-at-the-clock", 5.0, "workers.jobs.clocks.look_at_the_clock", time_limit=60),
    Timer("recount-due", 15.0, "workers.jobs.clocks.count_by_calendars", time_limit=120),
    Timer("resume-due", 5.0, "workers.jobs.ticks.resume_due_cases"),
    Timer("finish-conversations", 5.0, "workers.jobs.ticks.finish_conversations", time_limit=30),
    Timer("retry-media", 15.0, "workers.jobs.ticks.retry_media"),
    Timer("prune-outbox", 60.0, "workers.jobs.ticks.prune_outbox", time_limit=60),
    Timer("sweep-photos", 3600.0, "workers.jobs.ticks.sweep_unclaimed_photos", time_limit=300),
    Timer("sweep-imports", 3600.0, "workers.jobs.ticks.sweep_imports", time_limit=300),
    Timer("end-shifts", 300.0, "workers.jobs.ticks.end_shifts"),
    Timer("forget-tracks", 3600.0, "workers.jobs.ticks.forget_tracks", time_limit=60),
    Timer("prune-keys", 3600.0, "workers.jobs.ticks.prune_keys", time_limit=60),
    Timer("prune-notices", 3600.0, "workers.jobs.ticks.prune_notices", time_limit=60),
    Timer("compare-figures", 600.0, "workers.jobs.figures.compare_tonight"),
    Timer("turn-the-day", 300.0, "workers.jobs.city.turn_the_day", time_limit=60),
    Timer("examine", 300.0, "workers.jobs.city.examine"),
    Timer("pick-up-uploads", 60.0, "workers.jobs.uploads.pick_up"),
    Timer("plan-bulletins", 300.0, "workers.jobs.bulletins.plan"),
    Timer("search-hotspots", 900.0, "workers.jobs.hotspots.search_due"),
    Timer("make-open-data", 300.0, "workers.jobs.opendata.make_due"),
    Timer("prune-sessions", 600.0, "workers.jobs.ticks.prune_sessions", time_limit=60),
)
