"""What Alembic needs to know: which tables there are, and which database."""

from typing import Any

from alembic import context
from sqlalchemy import Connection

from dispatch.kit.config import settings
from dispatch.kit.db import build_engine
from dispatch.models import metadata


def _ours(_object: Any, name: str | None, kind: str, *_rest: Any) -> bool:
    """PostGIS and its Tiger extension keep tables of their own; they are none of ours."""
    return kind != "table" or name in metadata.tables


def _migrate(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=metadata, include_object=_ours)
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    _migrate(given)
else:
    engine = build_engine(settings().sqlalchemy_url, pool_size=2)
    with engine.connect() as own:
        _migrate(own)
        own.commit()
    engine.dispose()
