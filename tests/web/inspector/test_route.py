"""The way through the tasks, as the phone computes it: the module itself, run by Node on any tasks."""

import json
import math
import subprocess
import sys
from collections.abc import Iterator
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatch.web.parts.static import FOLDER

PACE = {"speed": 4.0, "stay": 300.0}
_PROGRAM = """
import { createInterface } from "node:readline";
import { plan, judgeOrder, DETOUR } from "%s";
for await (const line of createInterface({ input: process.stdin })) {
  const { start, stops, order, pace } = JSON.parse(line);
  console.log(JSON.stringify(order ? judgeOrder(start, stops, order, pace) : plan(start, stops, pace)));
}
"""

#: The one of the lock file; older ones do not see that a file is a module.
NODE = Path(sys.executable).parent / "node"

place = st.fixed_dictionaries(
    {
        "longitude": st.floats(109.40, 109.43, allow_nan=False),
        "latitude": st.floats(24.36, 24.39, allow_nan=False),
    }
)
stop = st.builds(lambda at, due: {**at, "due": due}, place, st.none() | st.integers(-7_200, 14_400))


@pytest.fixture(scope="module")
def node() -> Iterator[subprocess.Popen[str]]:
    program = _PROGRAM % (FOLDER / "inspector/route.js").as_uri()
    made = subprocess.Popen(
        [str(NODE), "--no-warnings", "--input-type=module", "-e", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    yield made
    assert made.stdin is not None
    assert made.stdout is not None
    made.stdin.close()
    made.wait(10)
    made.stdout.close()


def _ask(node: subprocess.Popen[str], **asked: Any) -> dict[str, Any]:
    assert node.stdin is not None
    assert node.stdout is not None
    node.stdin.write(json.dumps({"pace": PACE, **asked}) + "\n")
    node.stdin.flush()
    found: dict[str, Any] = json.loads(node.stdout.readline())
    return found


def _cost(route: dict[str, Any]) -> tuple[float, float]:
    return route["lateness"], route["metres"]


many = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@many
@given(start=place, stops=st.lists(stop, max_size=12))
def test_every_task_is_visited_once(
    node: subprocess.Popen[str], start: dict[str, float], stops: list[dict[str, Any]]
) -> None:
    route = _ask(node, start=start, stops=stops)
    assert sorted(route["order"]) == list(range(len(stops)))
    assert len(route["arrivals"]) == len(stops)
    walked = route["metres"] / PACE["speed"] + PACE["stay"] * len(stops)
    assert math.isclose(route["seconds"], walked, abs_tol=1e-6)
    assert route["arrivals"] == sorted(route["arrivals"])


@many
@given(start=place, stops=st.lists(stop, max_size=10))
def test_it_is_never_worse_than_the_order_of_due_times(
    node: subprocess.Popen[str], start: dict[str, float], stops: list[dict[str, Any]]
) -> None:
    limit = {n: math.inf if each["due"] is None else each["due"] for n, each in enumerate(stops)}
    by_due = sorted(range(len(stops)), key=lambda n: limit[n])
    late, way = _cost(_ask(node, start=start, stops=stops))
    other_late, other_way = _cost(_ask(node, start=start, stops=stops, order=by_due))
    assert late <= other_late + 1e-6
    assert late < other_late - 1e-6 or way <= other_way + 1e-6


@settings(parent=many, max_examples=25)
@given(start=place, stops=st.lists(place, min_size=1, max_size=6))
def test_few_tasks_without_limits_are_near_the_best_way(
    node: subprocess.Popen[str], start: dict[str, float], stops: list[dict[str, Any]]
) -> None:
    found = _ask(node, start=start, stops=stops)["metres"]
    orders = list(permutations(range(len(stops))))[:: max(1, math.factorial(len(stops)) // 120)]
    best = min(
        _ask(node, start=start, stops=stops, order=list(order))["metres"] for order in orders
    )
    assert found <= best * 1.1 + 1e-6


def test_what_is_due_first_goes_before_what_is_nearer(node: subprocess.Popen[str]) -> None:
    start = {"longitude": 109.41, "latitude": 24.37}
    near = {"longitude": 109.412, "latitude": 24.37, "due": None}
    far = {"longitude": 109.42, "latitude": 24.37, "due": 400}
    assert _ask(node, start=start, stops=[near, far])["order"] == [1, 0]
    assert _ask(node, start=start, stops=[near, {**far, "due": 9_000}])["order"] == [0, 1]


def test_hundreds_of_tasks_are_ordered_while_one_waits(node: subprocess.Popen[str]) -> None:
    start = {"longitude": 109.41, "latitude": 24.37}
    stops = [
        {"longitude": 109.40 + (n * 37 % 100) / 3000, "latitude": 24.36 + (n * 61 % 100) / 3000}
        for n in range(200)
    ]
    route = _ask(node, start=start, stops=stops)
    assert sorted(route["order"]) == list(range(200))
