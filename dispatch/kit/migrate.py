"""Migrations from inside the program, so that the built wheel needs no folder beside it."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

FOLDER = Path(__file__).resolve().parent.parent / "migrations"


def config(connection: Connection | None = None) -> Config:
    """Alembic's configuration; with a connection, that one is used and not committed."""
    made = Config()
    made.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    made.set_main_option("path_separator", "os")
    made.attributes["connection"] = connection
    return made


def upgrade(target: str = "head", *, connection: Connection | None = None) -> None:
    """Bring the database to `target`."""
    command.upgrade(config(connection), target)


def downgrade(target: str, *, connection: Connection | None = None) -> None:
    """Take the database back to `target`."""
    command.downgrade(config(connection), target)
