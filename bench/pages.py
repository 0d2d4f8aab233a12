"""How long the pages of every desk take in the web process: `python -m bench.pages --rounds 20`.

The application answers in this process, so what is measured is handler, queries, template and
compression, without network. People log in as `demo.json` of the seeded city names them; the database is
the one that `DATABASE_URL` names, filled by `bench.history`. Each line, in milliseconds: p50, p95 and
the best of all rounds, the process's own processor time (which other work on the machine does not
stretch), how many statements there were and the least that they took together; kilobytes as sent.
"""

import argparse
import gzip
import json
import math
import re
import statistics
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from fastapi.testclient import TestClient
from sqlalchemy import Engine, event

from dispatch.kit.clock import CITY_ZONE
from dispatch.main import build_app

#: The middle of the town, where most happens.
LON, LAT = 109.415, 24.325


def tile(zoom: int) -> str:
    """The address of the tile of open cases that holds the middle of the town."""
    across = 2**zoom
    x = int((LON + 180) / 360 * across)
    y = int((1 - math.asinh(math.tan(math.radians(LAT))) / math.pi) / 2 * across)
    return f"/tiles/open_cases/{zoom}/{x}/{y}.mvt"


#: Who looks at which pages; `{case}` and `{own}` are ids of a case of the city and of the unit.
PAGES: Final[Mapping[str, tuple[str, ...]]] = {
    "agent": (
        "/agent/accept",
        "/agent/call",
        "/agent/review",
        "/agent/wechat",
        "/agent/callbacks",
        "/agent/import",
        "/cases?queue=all",
        "/shell/rail",
    ),
    "shift_leader": (
        "/dispatcher/file",
        "/dispatcher/disputes",
        "/dispatcher/requests",
        "/dispatcher/handover",
        "/cases",
        "/cases?queue=all",
        "/cases?queue=all&stage=closed",
        "/cases?queue=all&q=井盖",
        "/cases?queue=all&q=GD1000020",
        "/cases?queue=all&view=map",
        "/cases/points?queue=all&bbox=109.3,24.2,109.5,24.4",
        "/cases/{case}",
        "/shell/rail",
    ),
    "dispatcher": (
        "/dispatcher/dispatch",
        "/dispatcher/returned",
        "/dispatcher/requests",
        "/dispatcher/disputes",
        "/dispatcher/urging",
        "/dispatcher/handover",
        "/shell/rail",
    ),
    "department": (
        "/department",
        "/department?tab=started",
        "/department?tab=late",
        "/department?tab=assisting",
        "/department/board",
        "/department/crews",
        "/department/daily",
        "/department/figures",
        "/department/figures/cases?of=handled&month={month}",
        "/department/cases/{own}",
        "/cases?queue=all",
        "/shell/rail",
    ),
    "handler": ("/department", "/department/mine", "/shell/rail"),
    "inspector": ("/inspector/tasks", "/inspector/pack/tasks", "/inspector/pack/ground"),
    "": (
        "/map",
        "/map/list",
        "/map/feed",
        *(tile(zoom) for zoom in (8, 10, 12, 13, 14, 15)),
    ),
}


@dataclass
class Spent:
    """What the statements of a request took."""

    statements: int = 0
    seconds: float = 0.0
    told: list[tuple[float, str]] = field(default_factory=list)


def watch(spent: Spent) -> None:
    """Count every statement from now on."""

    def begun(*given: Any) -> None:
        given[4].begun = time.perf_counter()

    def ended(*given: Any) -> None:
        took = time.perf_counter() - given[4].begun
        spent.statements += 1
        spent.seconds += took
        spent.told.append((took, " ".join(given[2].split())))

    event.listen(Engine, "before_cursor_execute", begun)
    event.listen(Engine, "after_cursor_execute", ended)


def log_in(client: TestClient, login: Mapping[str, str]) -> None:
    """As a person does: the form, a name, a password."""
    page = client.get("/login").text
    token = dict(re.findall(r'name="(\w+)" value="([^"]+)"', page))
    answer = client.post("/login", data={**token, **login})
    if answer.status_code != 303:
        raise SystemExit(f"{login['username']} cannot log in: {answer.status_code}")


def first_case(client: TestClient, listed: str, prefix: str) -> str:
    """The first case that a list shows."""
    found = re.search(rf'href="{prefix}(\d{{8}}-\d+)', client.get(listed).text)
    return found[1] if found else ""


def measure(client: TestClient, page: str, rounds: int, spent: Spent, *, tell: int) -> None:
    """Ask for a page again and again and print what it took."""
    took: list[float] = []
    work: list[float] = []
    size, status, least = 0, 0, math.inf
    for n in range(rounds + 2):
        spent.statements, spent.seconds, spent.told = 0, 0.0, []
        begun, worked = time.perf_counter(), time.process_time()
        answer = client.get(page)
        if n > 1:
            took.append(1000 * (time.perf_counter() - begun))
            work.append(1000 * (time.process_time() - worked))
        least = min(least, spent.seconds)
        status, size = answer.status_code, len(gzip.compress(answer.content, 5))
    p95 = statistics.quantiles(took, n=20, method="inclusive")[-1]
    print(
        f"{page:<56} {status} p50 {statistics.median(took):4.0f}  p95 {p95:4.0f}  best {min(took):4.0f}"
        f"  own processor {statistics.median(work):4.0f} ms  {spent.statements:3} statements {1000 * least:4.0f} ms  {size / 1000:5.1f} kB",
        flush=True,
    )
    for seconds, statement in sorted(spent.told, reverse=True)[:tell]:
        print(f"      {1000 * seconds:.0f} ms  {statement[:600]}")


def main() -> None:
    """Read the arguments, log everybody in, measure."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rounds", type=int, default=20)
    asked.add_argument("--people", type=Path, required=True, help="demo.json of the seeded city")
    asked.add_argument("--unit", default="", help="user name of a manager to look at a unit")
    asked.add_argument("--only", default="", help="pages that contain this")
    asked.add_argument("--tell", type=int, default=0, help="show so many of its longest statements")
    given = asked.parse_args()
    people = json.loads(given.people.read_text("utf-8"))["users"]
    if given.unit:
        people["department"] = {**people["department"], "username": given.unit}
    spent = Spent()
    watch(spent)
    with TestClient(build_app(), base_url="https://testserver", follow_redirects=False) as client:
        client.headers["Accept"] = "text/html"
        for post, pages in PAGES.items():
            client.cookies.clear()
            print(f"\n{post or 'anybody'}")
            if post:
                log_in(client, {name: people[post][name] for name in ("username", "password")})
            ids = {
                "case": first_case(client, "/cases?queue=all", "/cases/"),
                "own": first_case(client, "/department?tab=started", "/department/cases/"),
            }
            ids["month"] = f"{datetime.now(CITY_ZONE):%Y-%m}"
            for page in pages:
                if given.only in page:
                    measure(client, page.format(**ids), given.rounds, spent, tell=given.tell)


if __name__ == "__main__":
    main()
