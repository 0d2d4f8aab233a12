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
    connection = session.connection().connection.driver_connection
    if not isinstance(connection, psycopg.Connection):
        raise TypeError("COPY needs the psycopg driver")
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def ewkb(geometry: BaseGeometry, *, multi: bool = False) -> str:
    """A geometry in degrees as PostGIS reads it; `multi` makes a polygon a multipolygon of one."""
    if multi and isinstance(geometry, shapely.Polygon):
        geometry = shapely.MultiPolygon([geometry])
    text: str = shapely.to_wkb(shapely.set_srid(geometry, SRID), hex=True, include_srid=True)
    return text
