"""Threads beside the queues: one task of a key at a time, a clean end, errors that are said."""

import json
import logging
import threading

import pytest

from tests.factories.servers import wait_until
from workers.beside import Beside
from workers.logs import Lines
from workers.relay import Patience


def test_only_one_task_of_a_key_runs_at_a_time() -> None:
    beside, go = Beside(threads=4), threading.Event()
    runs: list[int] = []

    def wait() -> None:
        runs.append(1)
        go.wait(5)

    assert beside.start("a", wait)
    assert not beside.start("a", wait)
    assert beside.start("b", wait)
    wait_until(lambda: len(runs) == 2, seconds=2)
    go.set()
    wait_until(lambda: beside.start("a", wait), seconds=2)
    wait_until(lambda: len(runs) == 3, seconds=2)
    beside.stop()


def test_a_hanging_task_holds_up_no_other() -> None:
    beside, never, done = Beside(threads=4), threading.Event(), threading.Event()

    def hang() -> None:
        never.wait(5)

    beside.start("hangs", hang)

    beside.start("works", done.set)

    assert done.wait(1)
    never.set()
    beside.stop()


def test_after_the_end_nothing_is_taken() -> None:
    beside = Beside(threads=1)
    beside.stop()

    assert not beside.start("late", lambda: None)


def test_failure_is_said_and_frees_the_key(caplog: pytest.LogCaptureFixture) -> None:
    beside = Beside(threads=1)

    def fail() -> None:
        raise ValueError("no such department")

    beside.start("a", fail)
    wait_until(lambda: beside.start("a", lambda: None), seconds=2)
    beside.stop()

    assert "work beside the queue failed: a" in caplog.text


def test_outage_is_said_once_and_waited_out_ever_longer(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop = threading.Event()
    waits: list[float] = []
    monkeypatch.setattr(stop, "wait", waits.append)
    patience = Patience(stop, longest=1.0)
    caplog.set_level(logging.INFO)

    for _ in range(6):
        patience.failed(ConnectionError("gone"))
    patience.worked()
    patience.worked()

    assert waits == [0.1, 0.2, 0.4, 0.8, 1.0, 1.0]
    assert [record.levelname for record in caplog.records] == ["ERROR", "INFO"]


def test_log_line_is_json_with_the_fields_of_its_event() -> None:
    record = logging.LogRecord("x", logging.INFO, "", 0, "派遣 %d", (7,), None)
    record.event = {"case_id": 7}

    line = json.loads(Lines("relay").format(record))

    assert (line["message"], line["process"], line["case_id"]) == ("派遣 7", "relay", 7)
