"""The tables of routes and timers name what exists."""

import importlib
import inspect

import pytest

from dispatch.exchange import queries
from dispatch.kit.config import Settings
from workers import ledger, places, routes, timers
from workers.main import _arguments
from workers.queues import EVERYTHING, INTAKE, TIME_LIMIT, department_queue, matching
from workers.relay import Pace

ROUTES = [route for each in routes.ROUTES.values() for route in each]


def function(dotted: str) -> object:
    module, _, name = dotted.rpartition(".")
    return getattr(importlib.import_module(module), name)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.job)
def test_route_names_a_function_that_takes_what_it_is_given(route: routes.Route) -> None:
    found = function(route.function)
    assert callable(found)
    taken = set(inspect.signature(found).parameters)
    given = {"event_id", "job", *route.takes} | ({route.item} if route.each else set())
    assert taken == ({"items", "job"} if route.gathered else given)


def test_job_of_several_events_tells_them_by_its_id() -> None:
    made = routes.gathered_id([7, 12], 1, "plan-calls")

    assert routes.events_in(made) == {(7, "plan-calls"), (12, "plan-calls")}
    assert routes.events_in("7-0-deliver-3") == {(7, "deliver-3")}
    assert routes.events_in("tick-late") == set()


def test_event_that_a_rule_names_has_a_job_more_and_gathered_ones_are_shared() -> None:
    planned = [
        (n, 0, job)
        for n in range(1, routes.MOST_GATHERED + 2)
        for job in routes.plan("case.urged", {}, {}, told={"case.urged"})
    ]

    first, second = routes.jobs_of(planned)

    assert [each["event_id"] for each in first.arguments["items"]] == list(
        range(1, routes.MOST_GATHERED + 1)
    )
    assert second.arguments == {"items": [{"event_id": routes.MOST_GATHERED + 1}], "job": "tell"}
    assert routes.plan("case.urged", {}, {}) == ()


@pytest.mark.parametrize("timer", timers.TIMERS, ids=lambda timer: timer.name)
def test_timer_names_a_function_that_takes_nothing(timer: timers.Timer) -> None:
    found = function(timer.function)
    assert callable(found)
    assert not inspect.signature(found).parameters


def test_names_that_become_job_ids_hold_no_colon() -> None:
    assert not any(":" in name for name in [each.name for each in timers.TIMERS])
    assert not any(":" in route.job for route in ROUTES)


def test_a_job_ends_before_it_is_sent_again() -> None:
    longest = max(route.time_limit for route in ROUTES)
    assert longest <= TIME_LIMIT < Pace().resend_after


def test_lists_and_relay_agree_when_an_event_is_dead() -> None:
    assert queries.MOST_ATTEMPTS == ledger.MOST_ATTEMPTS


def test_assignment_whose_department_is_unknown_still_gets_its_job() -> None:
    (job,) = routes.plan("case.dispatched", {"assignment_ids": [4]}, {})

    assert (job.name, job.queue) == ("deliver", INTAKE)


def test_several_assignments_of_an_event_are_receipted_one_by_one() -> None:
    planned = routes.plan("case.dispatched", {"assignment_ids": [4, 5]}, {4: "a", 5: "b"})
    jobs = routes.jobs_of((9, 0, each) for each in planned)

    assert [(each.id, each.queue) for each in jobs] == [
        ("9-0-deliver-4", "dept-a"),
        ("9-0-deliver-5", "dept-b"),
    ]


def test_what_goes_to_one_department_at_a_time_shares_a_job() -> None:
    planned = [
        (event, 0, each)
        for event, assignment in ((9, 4), (10, 5), (11, 6))
        for each in routes.plan(
            "case.dispatched", {"assignment_ids": [assignment]}, {4: "a", 5: "b", 6: "a"}
        )
    ]

    assert [(each.id, each.queue) for each in routes.jobs_of(planned)] == [
        ("9_11-0-deliver", "dept-a"),
        ("10-0-deliver", "dept-b"),
    ]


def test_patterns_take_names() -> None:
    names = ["intake", "dept-a", "dept-b", "media", "other"]

    assert matching(names, EVERYTHING) == ["dept-a", "dept-b", "intake", "media"]
    assert matching(names, ("dept-a",)) == [department_queue("a")]


@pytest.mark.parametrize(
    "given",
    [
        "postgresql:///dispatch",
        "postgres://u:p@db:5432/d",
        "postgresql+psycopg://u@/d?host=/run/x&port=5544",
    ],
)
def test_addresses_mean_the_same_as_in_the_settings(
    given: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", given)
    monkeypatch.setenv("REDIS_URL", "redis://elsewhere:6379/3")
    settings = Settings()

    assert places.database_url() == settings.sqlalchemy_url.replace("+psycopg", "")
    assert places.redis_url() == settings.redis_url


def test_without_settings_the_defaults_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "REDIS_URL"):
        monkeypatch.delenv(name)
    settings = Settings()

    assert places.database_url() == settings.sqlalchemy_url.replace("+psycopg", "")
    assert places.redis_url() == settings.redis_url


def test_command_line_chooses_queues_and_count() -> None:
    chosen = _arguments(["worker", "--queues", "intake, dept-*", "--count", "3"])

    assert (chosen.queues, chosen.count) == (("intake", "dept-*"), 3)
    assert _arguments(["worker"]).queues == EVERYTHING


@pytest.mark.parametrize("given", [[], ["cook"], ["worker", "--count", "0"]])
def test_unknown_command_line_is_refused(given: list[str]) -> None:
    with pytest.raises(SystemExit):
        _arguments(given)
