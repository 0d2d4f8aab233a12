"""`dispatch simulate`: play a city against a running platform, and say what it withstood."""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, TextColumn
from rich.table import Table

from dispatch.kit.config import settings
from dispatch.seed.files import seed_folder
from dispatch.simulate.city import CityOfSpeakers
from dispatch.simulate.count import Count, count
from dispatch.simulate.desks import Desks, Habits
from dispatch.simulate.people import People
from dispatch.simulate.reporters import Reporters
from dispatch.simulate.tally import Tally

MIX = "web=55,wechat=15,camera=10,agent=15,inspector=5"


def simulate(
    *,
    rate: Annotated[float, typer.Option(help="每秒上报 / reports a second")] = 5,
    duration: Annotated[float, typer.Option(help="秒 / seconds")] = 60,
    mix: Annotated[str, typer.Option(help="渠道比例 / channels and their weights")] = MIX,
    lifecycles: Annotated[
        bool, typer.Option(help="一直办到结案 / let the desks bring cases to closing")
    ] = True,
    drain: Annotated[
        float, typer.Option(help="停止上报后再办多少秒 / seconds to finish what is open")
    ] = 30,
    returns: Annotated[float, typer.Option(help="回退比例 / share returned")] = 0.05,
    rework: Annotated[float, typer.Option(help="返工比例 / share reworked")] = 0.05,
    duplicates: Annotated[float, typer.Option(help="重复比例 / share of duplicates")] = 0.05,
    connections: Annotated[int, typer.Option(help="并发连接 / connections at once")] = 32,
    hands: Annotated[int, typer.Option(help="每个岗位的人手 / hands at each desk")] = 2,
    seed: Annotated[
        int | None, typer.Option(help="随机种子 / seed of the dice; default: another each time")
    ] = None,
    base_url: Annotated[str, typer.Option(help="缺省取 demo.json / default: demo.json's")] = "",
    demo: Annotated[Path | None, typer.Option(help="demo.json")] = None,
) -> None:
    """模拟一座城市 / play a city through the public API with all roles, and count what came of it."""
    console = Console()
    told = json.loads((demo or settings().var_dir / "demo.json").read_text("utf-8"))
    weights = {
        name.strip(): float(weight)
        for name, _, weight in (each.partition("=") for each in mix.split(","))
    }
    tally = Tally()
    city = CityOfSpeakers(seed_folder(), seed=seed, duplicates=duplicates)
    people = People(base_url or told["base_url"], told)
    reporters = Reporters(people, city, tally)
    desks = Desks(people, city, tally, Habits(returns, rework), hands)
    with Progress(*Progress.get_default_columns(), TextColumn("{task.fields[seen]}")) as progress:
        if lifecycles:
            _begin(people, progress)
            desks.start()
        started = time.monotonic()
        _report(reporters, city, weights, rate, duration, connections, progress)
        reporting = time.monotonic() - started
        if lifecycles:
            _drain(tally, drain, progress)
            desks.stop()
    took = time.monotonic() - started
    found = count(tally)
    _show(console, tally, found, reporting=reporting, took=took)
    raise typer.Exit(0 if found.agrees and not tally.errors else 1)


def _begin(people: People, progress: Progress) -> None:
    """Everybody logs in, as at the beginning of a shift: to check a password costs much, on purpose."""
    task = progress.add_task("登录 / log-ins", total=None, seen="")
    for left in people.begin():
        progress.update(task, advance=1, seen=str(left))
    progress.remove_task(task)


def _report(
    reporters: Reporters,
    city: CityOfSpeakers,
    weights: dict[str, float],
    rate: float,
    duration: float,
    connections: int,
    progress: Progress,
) -> None:
    """Send reports at their appointed times, whether earlier ones were answered or not."""
    total = int(rate * duration)
    task = progress.add_task("上报 / reports", total=total, seen="")
    started = time.perf_counter() + 0.2
    lock, following = threading.Lock(), iter(range(total))

    def work() -> None:
        while True:
            with lock:
                index = next(following, None)
            if index is None:
                return
            wait = started + index / rate - time.perf_counter()
            if wait > 0:
                time.sleep(wait)
            reporters.send(city.pick(weights), late=max(0.0, -wait))
            progress.update(task, advance=1)
            if index % 50 == 0:
                sent, closed, failed = reporters.tally.seen()
                words = f"答复 {sent}  结案 {closed}  失败 {failed}"
                progress.update(task, seen=words)

    with ThreadPoolExecutor(connections) as pool:
        for future in [pool.submit(work) for _ in range(connections)]:
            future.result()


def _drain(tally: Tally, seconds: float, progress: Progress) -> None:
    """Give the desks time to finish; done early when nothing more gets closed."""
    task = progress.add_task("办理 / desks", total=seconds, seen="")
    ended, quiet, before = time.monotonic() + seconds, 0, -1
    while time.monotonic() < ended and quiet < 8:
        time.sleep(1)
        sent, closed, failed = tally.seen()
        quiet = quiet + 1 if closed == before else 0
        before = closed
        progress.update(task, advance=1, seen=f"答复 {sent}  结案 {closed}  失败 {failed}")


def _show(console: Console, tally: Tally, found: Count, *, reporting: float, took: float) -> None:
    table = Table(title="请求 / requests (ms)")
    table.add_column("什么 / what")
    for name in ("次数 / n", "p50", "p95", "p99", "max", "失败 / failed"):
        table.add_column(name, justify="right")
    for line in tally.lines():
        table.add_row(
            line.name,
            str(line.count),
            *(f"{value:.1f}" for value in (line.p50, line.p95, line.p99, line.worst)),
            str(line.failed),
        )
    console.print(table)
    reports = sum(line.count for line in tally.lines() if line.name.startswith("report "))
    console.print(
        f"上报 / reports: {reports} 在 {reporting:.1f} s → [bold]{reports / reporting:.1f}/s[/]"
        f"    办结 / lifecycles: {len(tally.closed)} 在 {took:.1f} s → "
        f"[bold]{len(tally.closed) / took:.1f}/s[/]    并入已有告警 / merged: {tally.merged}"
    )
    if found.inbox_p99 is not None and found.inbox_p50 is not None:
        console.print(
            f"从上报到部门收件 / report to inbox: p50 {found.inbox_p50:.3f} s, "
            f"p99 {found.inbox_p99:.3f} s ({found.delivered} 件)"
        )
    sign = "[green]✓[/]" if found.agrees else "[red]✗[/]"
    console.print(
        f"{sign} 数据库核对 / database: 答复 {found.answered} = 入库 {found.stored}; "
        f"结案 {found.closed_seen} = {found.closed_stored}; 重复派遣 {found.assigned_twice}; "
        f"缺历史 {found.without_history}; 待发 {found.waiting}"
    )
    for words, number in tally.errors.most_common(10):
        console.print(f"[red]{number} × {words}[/]", highlight=False)
