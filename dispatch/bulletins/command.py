"""`dispatch bulletin`: write a bulletin now, and make its files."""

from datetime import date
from typing import Annotated

import typer

from dispatch.bulletins.commands import write as commands
from dispatch.bulletins.files.making import run as make_bulletin
from dispatch.bulletins.model import BulletinKind
from dispatch.bulletins.queries import listing
from dispatch.bulletins.states import month_of, week_of
from dispatch.kit import clock
from dispatch.kit.terminal import done, refuse, transaction
from dispatch.people.policy import SYSTEM

app = typer.Typer(no_args_is_help=True, help="通报 / bulletins")


@app.command("list")
def list_bulletins(limit: Annotated[int, typer.Option(min=1, max=500)] = 20) -> None:
    """列出通报 / bulletins, those of the latest days first."""
    with transaction() as session:
        for each in listing.bulletins_found(session, limit=limit):
            files = " ".join(sorted(each.files))
            typer.echo(f"{each.id:>6}  {each.first}  {each.status:<10} {each.title}  {files}")


@app.command()
def write(kind: BulletinKind, day: str) -> None:
    """编制某日所在月(周)的通报 / write the bulletin of the month or week of this day (YYYY-MM-DD)."""
    try:
        given = date.fromisoformat(day)
    except ValueError as error:
        raise refuse("日期应为 YYYY-MM-DD", "The day is YYYY-MM-DD") from error
    with transaction() as session:
        rule = listing.rule_of(session, kind)
        weekly = kind is BulletinKind.WECHAT
        days = week_of(given, begins=rule.begins) if weekly else month_of(given)
        made = commands.ask(session, kind, days, by=SYSTEM, at=clock.now()).id
    make_bulletin(made)
    done(f"通报 {made} 已编制", f"bulletin {made} is written")


@app.command()
def make(bulletin_id: int) -> None:
    """统计、成文并生成 PDF、Word、Excel / count and word it where that is to be done, and make its files."""
    if make_bulletin(bulletin_id):
        done(f"通报 {bulletin_id} 已生成", f"bulletin {bulletin_id} is made")
    else:
        done(f"通报 {bulletin_id} 无需生成", f"there is nothing to make of bulletin {bulletin_id}")
