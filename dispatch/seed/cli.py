"""`dispatch seed`: fill an empty installation with the city's data, and a demonstration with people and cases."""

import time
from datetime import timedelta
from typing import Annotated

import typer
from rich.progress import Progress
from sqlalchemy import func, select

from dispatch.cases.model import Case
from dispatch.kit import clock
from dispatch.kit.config import settings
from dispatch.kit.db import open_session
from dispatch.kit.terminal import refuse
from dispatch.seed.cases import HOURS, sample_features, seed_cases
from dispatch.seed.command import seed as fill
from dispatch.seed.demo import write_demo
from dispatch.seed.desk import seed_desk
from dispatch.seed.files import seed_folder
from dispatch.seed.past.make import days_before
from dispatch.seed.past.make import fill as fill_past
from dispatch.seed.past.published import publish_past, search_past
from dispatch.supervision import rounds
from dispatch.supervision.commands.rebuild import months_of
from dispatch.supervision.commands.rollup import bound_now, leave_to_rebuild


def seed(
    *,
    demo: Annotated[
        bool,
        typer.Option(
            "--demo", help="加演示人员、部件、设施、案件 / add synthetic people and cases"
        ),
    ] = False,
    if_empty: Annotated[
        bool, typer.Option("--if-empty", help="已有数据则不再添加 / do nothing where data is")
    ] = False,
    cases: Annotated[
        bool, typer.Option(help="演示时录入样例案件 / with --demo, take in the sample cases")
    ] = True,
) -> None:
    """导入基础数据 / fill what is empty: grid, places, catalogue, departments, rules."""
    if demo and settings().environment == "production":
        raise refuse(
            "生产环境不导入演示数据;如确需演示,请设 DISPATCH_ENVIRONMENT=development",
            "Production takes no demonstration data; set DISPATCH_ENVIRONMENT=development to try it",
        )
    started, folder = time.monotonic(), seed_folder()
    with open_session() as session:
        seeded = fill(
            session,
            folder=folder,
            demo=demo,
            tell=lambda name, count: typer.echo(f"  {name:<16} {count:>7}") if count else None,
        )
    if demo:
        _demo(cases=cases, if_empty=if_empty)
    words = "已导入 / done" if seeded.anything else "已有数据,未改动 / data is there, left alone"
    typer.echo(f"✓ {words} ({time.monotonic() - started:.1f} s)")


def _demo(*, cases: bool, if_empty: bool) -> None:
    with open_session() as session:
        empty = session.scalar(select(func.count()).select_from(Case)) == 0
    if cases and empty:
        _past()
    if cases and (empty or not if_empty):
        total = len(sample_features(seed_folder()))
        with Progress(transient=True) as progress:
            task = progress.add_task("样例案件 / sample cases", total=total)
            found = seed_cases(
                open_session,
                folder=seed_folder(),
                at=clock.now(),
                tell=lambda done: progress.update(task, completed=done),
            )
        typer.echo(
            f"  cases            {found.cases:>7}  (已结案 / closed {found.closed}, "
            f"按设计拒收 / refused on purpose {found.refused})"
        )
    if cases and empty:
        _look_back()
    if cases:
        with open_session() as session:
            waiting = seed_desk(session, at=clock.now())
        typer.echo(f"  agents' desk     {waiting:>7}")
    with open_session() as session:
        write_demo(session, path=settings().var_dir / "demo.json")


def _past() -> None:
    """A year and a month of cases before the sample; made first, so that numbers rise with time."""
    now = clock.now()
    with open_session() as session:
        days = days_before(clock.city_date(now - timedelta(hours=HOURS)))
        made = fill_past(session, days, now=now)
    typer.echo(f"  past cases       {made:>7}")


def _look_back() -> None:
    """Figures of all that, and what the office has published and found."""
    with open_session() as session:  # nobody else writes while a demonstration is filled
        leave_to_rebuild(session, last_id=bound_now(session)[0])
        months = months_of(session, at=clock.now())
    rounds.compare(months)
    with open_session() as session:
        published = publish_past(session, now=clock.now())
    with open_session() as session:
        found = search_past(session, now=clock.now())
    typer.echo(f"  published        {published:>7}\n  hot spots        {found:>7}")
