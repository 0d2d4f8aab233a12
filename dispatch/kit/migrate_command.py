"""`dispatch migrate`: the database in the shape that this version needs."""

import typer

from dispatch.kit import migrate as migrations


def migrate() -> None:
    """升级数据库结构 / bring the database to the shape that this version needs."""
    migrations.upgrade()
    typer.echo("✓ 数据库结构已是最新 / the database is up to date")
