"""`dispatch hotspots`: search now."""

from datetime import date, timedelta
from typing import Annotated

import typer

from dispatch.hotspots import commands
from dispatch.kit import clock
from dispatch.kit.db import open_session
from dispatch.kit.terminal import done, refuse

app = typer.Typer(no_args_is_help=True, help="热点与重复 / hot spots and repeats")


@app.command()
def search(
    last: Annotated[str, typer.Option(help="查到哪一天,缺省昨天 / up to this day")] = "",
) -> None:
    """查找热点、重复、上升和待更新部件 / look for hot spots, repeats, what rises, parts to renew."""
    try:
        day = date.fromisoformat(last) if last else clock.city_date(clock.now()) - timedelta(days=1)
    except ValueError as error:
        raise refuse("日期应为 YYYY-MM-DD", "The day is YYYY-MM-DD") from error
    with open_session() as session:
        begun = commands.begin(session, last=day, at=clock.now()).id
    try:
        with open_session() as session:
            found = commands.search(session, begun, at=clock.now())
    except Exception as error:
        with open_session() as session:
            commands.fail(session, begun, why=f"{type(error).__name__}: {error}")
        raise
    done(f"找到 {found} 处", f"{found} findings")


@app.command("groups")
def groups() -> None:
    """列出查找的种类 / what is looked for."""
    for kind in commands.LOOKS:
        typer.echo(kind.value)
