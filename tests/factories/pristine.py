"""A database as it was: what is in it is kept beside it, and put back under processes that go on running."""

import time

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow

_TABLES = """
SELECT c.relname, array_agg(a.attname::text ORDER BY a.attnum)
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
GROUP BY c.relname ORDER BY c.relname"""
_KEPT = "pristine"


class Pristine:
    """What stands in a database now, to be put back as often as one likes.

    Sequences go on counting, so that nothing new is taken for something that was there before (by a
    cache, by Redis). The role must be a superuser: triggers rest meanwhile.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        with self._open() as connection:
            found = connection.execute(_TABLES).fetchall()
            self._columns: dict[str, list[str]] = dict(found)
            connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(_KEPT)))
            for table in self._columns:
                connection.execute(
                    sql.SQL("CREATE TABLE {} AS TABLE {}").format(_kept(table), _now(table))
                )
            self._filled = {table for table in self._columns if _has_rows(connection, _kept(table))}

    def restore(self) -> None:
        """Put everything back; every process reads reference data anew."""
        for _ in range(5):
            try:
                self._restore()
            except psycopg.errors.DeadlockDetected:  # with a worker that was still busy
                time.sleep(0.1)
            else:
                return
        self._restore()

    def _restore(self) -> None:
        with self._open() as connection:
            connection.execute("SET LOCAL session_replication_role = replica")
            versions = connection.execute("SELECT max(version) FROM reference_sets").fetchone()
            tables = sql.SQL(", ").join(map(_now, self._columns))
            connection.execute(sql.SQL("TRUNCATE {}").format(tables))
            for table in self._filled:
                columns = sql.SQL(", ").join(map(sql.Identifier, self._columns[table]))
                connection.execute(
                    sql.SQL(
                        "INSERT INTO {now} ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM {kept}"
                    ).format(now=_now(table), kept=_kept(table), columns=columns)
                )
            connection.execute("UPDATE reference_sets SET version = version + %s", versions)

    def _open(self) -> psycopg.Connection[TupleRow]:
        return psycopg.connect(self._url.replace("+psycopg", ""))


def _kept(table: str) -> sql.Composable:
    return sql.Identifier(_KEPT, table)


def _now(table: str) -> sql.Composable:
    return sql.Identifier("public", table)


def _has_rows(connection: psycopg.Connection[TupleRow], table: sql.Composable) -> bool:
    return connection.execute(sql.SQL("SELECT FROM {} LIMIT 1").format(table)).rowcount > 0
