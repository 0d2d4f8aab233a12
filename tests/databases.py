"""Databases for tests: each is a copy of one that the real migrations made, once for all test processes."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg.rows import TupleRow
from sqlalchemy import create_engine, make_url

from dispatch.kit import migrate

_LOCK = 20_261_122
#: The database that the run was given; the ones of its processes are named after it.
_GIVEN = make_url(os.environ["DATABASE_URL"]).database
_LOCALE = "ENCODING 'UTF8' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8'"


def address(url: str, name: str) -> str:
    """The address of the database `name` beside that of `url`."""
    return make_url(url).set(database=name).render_as_string(hide_password=False)


def create(url: str, name: str) -> str:
    """Make the database `name` beside that of `url`, migrated and empty; its address."""
    with _alone(url) as admin:
        template = _migrated(admin, url)
        admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    return address(url, name)


def drop(url: str, name: str) -> None:
    """Remove it, whoever is connected."""
    with _admin(url) as admin:
        admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _admin(url: str) -> psycopg.Connection[TupleRow]:
    plain = make_url(url).set(drivername="postgresql", database="postgres")
    return psycopg.connect(plain.render_as_string(hide_password=False), autocommit=True)


@contextmanager
def _alone(url: str) -> Iterator[psycopg.Connection[TupleRow]]:
    """While it is open, no other test process makes or copies a database."""
    with _admin(url) as admin:
        admin.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
        yield admin


def _migrated(admin: psycopg.Connection[TupleRow], url: str) -> str:
    """The name of the database that others are copied from; made when the migrations are new."""
    family = f"{_GIVEN}_migrated_"
    name = f"{family}{_fingerprint()}"
    known = [
        each
        for (each,) in admin.execute("SELECT datname FROM pg_database").fetchall()
        if each.startswith(family)
    ]
    if name in known:
        return name
    for each in known:
        admin.execute(f'DROP DATABASE "{each}" WITH (FORCE)')
    making = f"{family}making"
    admin.execute(f'CREATE DATABASE "{making}" TEMPLATE template0 {_LOCALE}')
    engine = create_engine(address(url, making))
    with engine.begin() as connection:
        migrate.upgrade(connection=connection)
    engine.dispose()
    admin.execute(f'ALTER DATABASE "{making}" RENAME TO "{name}"')
    return name


def _fingerprint() -> str:
    files = sorted(migrate.FOLDER.rglob("*.py"))
    return hashlib.sha256(b"".join(each.read_bytes() for each in files)).hexdigest()[:16]
