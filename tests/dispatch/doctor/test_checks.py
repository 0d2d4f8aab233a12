"""Each check against a real database and Redis, in order and out of order."""

import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

import pytest
from sqlalchemy import Connection, Engine, text

from dispatch.doctor import Standing, figures, place, servers, work
from dispatch.doctor.findings import Check
from dispatch.kit import alive, clock, config, db, redis
from dispatch.kit.redis import client


class Usage(NamedTuple):
    """What `shutil.disk_usage` answers, in bytes."""

    total: int
    used: int
    free: int


@pytest.fixture
def committed(engine: Engine) -> Iterator[Connection]:
    """A connection whose rows others see; the outbox is emptied afterwards."""
    with engine.connect() as connection:
        connection.execute(text("TRUNCATE outbox"))
        connection.commit()
        yield connection
        connection.rollback()
        connection.execute(text("TRUNCATE outbox"))
        connection.commit()


@pytest.fixture
def silent() -> Iterator[None]:
    """No process has given a sign of life."""
    kept = client().hgetall(alive.KEY)
    client().delete(alive.KEY)
    yield
    client().delete(alive.KEY)
    for process, at in kept.items():
        client().hset(alive.KEY, process, at)


def add_event(connection: Connection, *, created: datetime, sent: datetime | None = None) -> None:
    connection.execute(
        text(
            "INSERT INTO outbox (name, payload, created_at, sent_at, jobs) "
            "VALUES ('case.filed', '{}', :created, :sent, :jobs)"
        ),
        {"created": created, "sent": sent, "jobs": 1 if sent else 0},
    )
    connection.commit()


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize(
    "check",
    [
        servers.check_database,
        servers.check_extensions,
        servers.check_migrations,
        place.check_disk,
        place.check_media,
        place.check_settings,
    ],
)
def test_a_migrated_installation_is_well(check: Check) -> None:
    assert check().standing is not Standing.BROKEN, check()


def test_a_database_that_is_away_is_named_as_the_cause(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = db.build_engine("postgresql+psycopg://nobody@127.0.0.1:1/x", pool_size=2)
    monkeypatch.setattr(servers, "engine", lambda: nowhere)
    found = servers.check_database()
    nowhere.dispose()
    assert found.standing is Standing.BROKEN
    assert "DATABASE_URL" in found.remedy_en


def test_a_database_behind_the_program_asks_for_the_migrations(
    committed: Connection,
) -> None:
    at = committed.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
    committed.execute(text("UPDATE alembic_version SET version_num = 'older'"))
    committed.commit()
    try:
        found = servers.check_migrations()
    finally:
        committed.execute(text("UPDATE alembic_version SET version_num = :at"), {"at": at})
        committed.commit()
    assert found.standing is Standing.BROKEN
    assert found.remedy_en == "run dispatch migrate"


def test_redis_is_reached_and_asked_whether_it_keeps_its_queues() -> None:
    found = servers.check_redis()
    assert found.zh.startswith("Redis ")
    kept = client().info("persistence")["aof_enabled"]
    assert found.standing is (Standing.WELL if kept else Standing.DOUBTFUL)


def test_a_redis_that_is_away_says_that_reports_are_still_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    nowhere = redis.Redis.from_url("redis://127.0.0.1:1/0")
    monkeypatch.setattr(servers, "client", lambda: nowhere)
    found = servers.check_redis()
    assert found.standing is Standing.BROKEN
    assert "reports are taken" in found.remedy_en


def test_events_that_nobody_passes_on_point_at_the_relay(committed: Connection) -> None:
    assert work.check_outbox().standing is Standing.WELL
    add_event(committed, created=clock.now() - timedelta(minutes=5))
    found = work.check_outbox()
    assert found.standing is Standing.BROKEN
    assert "relay" in found.remedy_en
    assert "1 events" in found.en


def test_jobs_that_are_never_done_point_at_the_workers(committed: Connection) -> None:
    assert work.check_jobs().standing is Standing.WELL
    long_ago = clock.now() - timedelta(hours=1)
    add_event(committed, created=long_ago, sent=long_ago)
    assert work.check_outbox().standing is Standing.WELL
    found = work.check_jobs()
    assert found.standing is Standing.DOUBTFUL
    assert "dispatch outbox" in found.remedy_en


@pytest.mark.usefixtures("silent")
@pytest.mark.parametrize("process", list(alive.SILENCE))
def test_a_process_is_missed_until_it_gives_a_sign_and_again_when_it_falls_silent(
    process: str,
) -> None:
    check = work.check_process(process, process)
    assert check().standing is Standing.BROKEN
    alive.give_sign(client(), process, at=clock.now())
    assert check().standing is Standing.WELL
    too_long = timedelta(seconds=alive.SILENCE[process] + 1)
    alive.give_sign(client(), process, at=clock.now() - too_long)
    assert check().standing is Standing.BROKEN


def test_a_full_disk_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(100 << 30, 99 << 30, 1 << 29))
    assert place.check_disk().standing is Standing.BROKEN


def test_a_media_store_that_does_not_answer_is_named_with_its_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broken = config.settings().model_copy(update={"media_url": "ftp://somewhere"})
    monkeypatch.setattr(place, "settings", lambda: broken)
    monkeypatch.setattr("dispatch.kit.files.settings", lambda: broken)
    found = place.check_media()
    assert found.standing is Standing.BROKEN
    assert "ftp://somewhere" in found.en


def test_a_short_secret_and_an_address_without_tls_are_noticed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given = config.Settings(secret_key="short", environment="production")
    monkeypatch.setattr(place, "settings", lambda: given)
    assert place.check_settings().standing is Standing.BROKEN
    long_enough = config.Settings(secret_key="x" * 40, environment="production")
    monkeypatch.setattr(place, "settings", lambda: long_enough)
    assert place.check_settings().standing is Standing.DOUBTFUL


@pytest.mark.parametrize(
    ("minutes", "wrong", "standing"),
    [(0, 0, Standing.WELL), (10, 0, Standing.DOUBTFUL), (0, 2, Standing.DOUBTFUL)],
)
def test_figures_that_lag_or_differed_are_doubtful(
    committed: Connection, minutes: int, wrong: int, standing: Standing
) -> None:
    ran = clock.now() - timedelta(minutes=minutes)
    committed.execute(text("UPDATE figure_marks SET ran_at = :ran"), {"ran": ran})
    committed.execute(
        text(
            "INSERT INTO figure_checks (since, until, cases, wrong_cases, wrong_counts, seconds)"
            " VALUES ('2026-10-01', '2026-11-01', 10, :wrong, 0, 1)"
        ),
        {"wrong": wrong},
    )
    committed.commit()
    try:
        assert figures.check_figures().standing is standing
    finally:
        committed.execute(text("UPDATE figure_marks SET ran_at = NULL"))
        committed.execute(text("DELETE FROM figure_checks"))
        committed.commit()
