"""`dispatch figures`: rebuild the rollups from the history, or check them against it."""

import typer

from dispatch.kit import clock
from dispatch.kit.db import open_session
from dispatch.supervision import rounds
from dispatch.supervision.commands.rebuild import Compared, months_of
from dispatch.supervision.measures import Span
from dispatch.supervision.model import FigureCheck

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)


@app.callback()
def figures() -> None:
    """统计数据:重建、核对 / figures: rebuild them from the history, check them against it"""


def _say(month: Span, found: Compared) -> None:
    typer.echo(
        f"{month.since:%Y-%m}  {found.cases:>9,} 案 cases"
        f"  {found.wrong_cases:>7,} + {found.wrong_counts:>7,} 处更正 put right"
    )


def _end(check: FigureCheck | None) -> FigureCheck | None:
    if check is None:
        typer.echo("没有案件 / no cases")
        return None
    typer.echo(
        f"{check.cases:,} 案,{check.wrong_cases + check.wrong_counts:,} 处更正,{check.seconds:.1f} 秒"
        f" / {check.cases:,} cases, {check.wrong_cases} facts and {check.wrong_counts} counts"
        f" put right in {check.seconds:.1f} s"
    )
    return check


@app.command()
def rebuild() -> None:
    """由流转记录重新统计全部数据 / work out every figure anew from the history."""
    _end(rounds.rebuild(say=_say))


@app.command()
def check() -> None:
    """与流转记录核对全部数据,有差即更正 / compare every figure with the history and heal what differs."""
    with open_session() as session:
        months = months_of(session, at=clock.now())
    done = _end(rounds.compare(months, say=_say))
    if done is not None and done.wrong_cases + done.wrong_counts:
        raise typer.Exit(1)
