"""`dispatch …`: what an operator does at a terminal; each command stands in its own module."""

import typer

from dispatch.doctor.command import doctor
from dispatch.exchange.command import app as outbox
from dispatch.kit import migrate as migrations
from dispatch.kit.serve import web
from dispatch.people.command import app as user

app = typer.Typer(
    name="dispatch",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="城市管理案件调度平台 / the case-dispatch platform of a city-management centre",
)


@app.command()
def migrate() -> None:
    """升级数据库结构 / bring the database to the shape that this version needs."""
    migrations.upgrade()
    typer.echo("✓ 数据库结构已是最新 / the database is up to date")


app.command()(doctor)
app.command()(web)
app.add_typer(user, name="user")
app.add_typer(outbox, name="outbox")
