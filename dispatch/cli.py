"""`dispatch …`: what an operator does at a terminal; each command stands in its own module."""

import typer

from dispatch.doctor.command import doctor
from dispatch.exchange.command import app as outbox
from dispatch.facilities.command import app as facilities
from dispatch.jurisdiction.command import grid_app as grid
from dispatch.jurisdiction.command import places_app as places
from dispatch.kit import migrate as migrations
from dispatch.kit.serve import web
from dispatch.parts.command import app as parts
from dispatch.people.command import app as user
from dispatch.seed.cli import seed
from dispatch.simulate.command import simulate

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


app.command()(seed)
app.command()(simulate)
app.command()(doctor)
app.command()(web)
app.add_typer(user, name="user")
app.add_typer(outbox, name="outbox")
app.add_typer(grid, name="grid")
app.add_typer(places, name="places")
app.add_typer(parts, name="parts")
app.add_typer(facilities, name="facilities")
