"""Many rows at once: PostgreSQL's COPY inside the transaction of a session."""

from collections.abc import Iterable, Sequence
from typing import Any

import psycopg
import shapely
from psycopg import sql
from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session

from dispatch.kit.db import SRID


def copy_rows(
    session: Session, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Add the rows to the table; geometries as `ewkb`, lists and None as they are."""
    connection = _psycopg(session)
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def upsert_rows(
    session: Session,
    table: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    key: str,
    keep: Sequence[str] = (),
) -> tuple[int, int]:
    """Add rows, or change those whose `key` is there, save the columns in `keep`: (new, changed)."""
    names = {"table": sql.Identifier(table), "key": sql.Identifier(key)}
    listed = sql.SQL(", ").join(map(sql.Identifier, columns))
    changed = [column for column in columns if column not in (key, *keep)]
    sets = sql.SQL(", ").join(
        sql.SQL("{0} = excluded.{0}").format(sql.Identifier(column)) for column in changed
    )
    incoming = f"incoming_{table}"
    connection = _psycopg(session)
    connection.execute(
        sql.SQL("CREATE TEMP TABLE {} ON COMMIT DROP AS SELECT {} FROM {table} LIMIT 0").format(
            sql.Identifier(incoming), listed, **names
        )
    )
    copy_rows(session, incoming, columns, rows)
    written = connection.execute(
        sql.SQL(
            "WITH written AS (INSERT INTO {table} ({columns}) SELECT {columns} FROM {incoming} "
            "ON CONFLICT ({key}) DO UPDATE SET {sets} RETURNING (xmax = 0) AS is_new) "
            "SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new) FROM written"
        ).format(columns=listed, incoming=sql.Identifier(incoming), sets=sets, **names)
    ).fetchone()
    connection.execute(sql.SQL("DROP TABLE {}").format(sql.Identifier(incoming)))
    new, old = written or (0, 0)
    return int(new), int(old)


def _psycopg(session: Session) -> psycopg.Connection[Any]:
    connection = session.connection().connection.driver_connection
    if not isinstance(connection, psycopg.Connection):
        raise TypeError("COPY needs the psycopg driver")
    return connection


def ewkb(geometry: BaseGeometry, *, multi: bool = False) -> str:
    """A geometry in degrees as PostGIS reads it; `multi` makes a polygon a multipolygon of one."""
    if multi and isinstance(geometry, shapely.Polygon):
        geometry = shapely.MultiPolygon([geometry])
    text: str = shapely.to_wkb(shapely.set_srid(geometry, SRID), hex=True, include_srid=True)
    return text
