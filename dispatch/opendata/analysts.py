"""The city's analysts: log-ins of the database that may read the views of `open_data` and `analysis`, and nothing else."""

import re
import secrets
from dataclasses import dataclass
from typing import Final

from psycopg import sql
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from dispatch.kit.errors import NotAllowed, NotFound, invalid
from dispatch.opendata.queries import SCHEMAS

#: Log-ins that were made here bear this word in their comment; others are left alone.
MARK: Final = "dispatch analyst"
#: What a careless question may cost: minutes, then it is cut off.
STATEMENT_TIMEOUT: Final = "5min"
MOST_CONNECTIONS: Final = 4
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{2,40}")


@dataclass(frozen=True)
class Granted:
    """An analyst's log-in; the password only where it has just been made."""

    name: str
    password: str | None


def grant(session: Session, name: str) -> Granted:
    """Let an analyst read the views; a log-in is made where there is none. Raises InvalidInput, NotAllowed."""
    if not _NAME.fullmatch(name):
        raise invalid(
            "name",
            "名称用小写字母、数字和下划线,3 到 41 个字符,以字母开头",
            "A name has 3 to 41 small letters, digits and underscores, and begins with a letter",
        )
    mark = _mark_of(session, name)
    if mark is not None and not mark.startswith(MARK):
        raise NotAllowed(
            "not_an_analyst",
            f"数据库中已有角色 {name},但不是分析人员账号,请换一个名称",
            f"The database has a role {name} that is no analyst's: choose another name",
        )
    password = None
    if mark is None:
        password = secrets.token_urlsafe(18)
        _run(session, "CREATE ROLE {role} LOGIN PASSWORD {password} NOINHERIT", name, password)
        _run(session, "COMMENT ON ROLE {role} IS {password}", name, MARK)
    for statement in _RIGHTS:
        _run(session, statement, name)
    return Granted(name, password)


def revoke(session: Session, name: str) -> None:
    """Take the log-in away; who is connected with it is cut off. NotFound unless it is an analyst's."""
    if not (_mark_of(session, name) or "").startswith(MARK):
        raise NotFound("no_such_analyst", f"没有分析人员账号 {name}", f"There is no analyst {name}")
    session.execute(
        text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = :name"),
        {"name": name},
    )
    _run(session, "DROP OWNED BY {role}", name)
    _run(session, "DROP ROLE {role}", name)


def analysts(session: Session) -> list[str]:
    """The names of all analysts."""
    return list(
        session.scalars(
            text(
                "SELECT rolname FROM pg_roles WHERE shobj_description(oid, 'pg_authid') LIKE :mark || '%'"
                " ORDER BY rolname"
            ),
            {"mark": MARK},
        )
    )


#: Rights and bounds; each may be said again.
_RIGHTS: Final = (
    *(
        statement
        for schema in SCHEMAS
        for statement in (
            f"GRANT USAGE ON SCHEMA {schema} TO {{role}}",
            f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {{role}}",
            f"ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT SELECT ON TABLES TO {{role}}",
        )
    ),
    f"ALTER ROLE {{role}} CONNECTION LIMIT {MOST_CONNECTIONS}",
    "ALTER ROLE {role} SET default_transaction_read_only = on",
    f"ALTER ROLE {{role}} SET statement_timeout = '{STATEMENT_TIMEOUT}'",
    "ALTER ROLE {role} SET idle_in_transaction_session_timeout = '10min'",
    "ALTER ROLE {role} SET search_path = analysis, open_data, public",
)


def _mark_of(session: Session, name: str) -> str | None:
    """What the comment of a role says; None without such a role."""
    row = session.execute(
        text(
            "SELECT coalesce(shobj_description(oid, 'pg_authid'), '') FROM pg_roles WHERE rolname = :name"
        ),
        {"name": name},
    ).first()
    return None if row is None else str(row[0])


def _run(session: Session, statement: str, name: str, value: str = "") -> None:
    """A statement about a role; names and words are quoted by the driver, for it takes no parameters."""
    made = sql.SQL(statement).format(role=sql.Identifier(name), password=sql.Literal(value))
    words = made.as_string(None)
    try:
        session.connection().exec_driver_sql(words.replace("%", "%%"))
    except ProgrammingError as error:
        raise NotAllowed(
            "no_createrole",
            "平台的数据库账号不能建立角色:请让数据库管理员执行 ALTER ROLE … CREATEROLE,或以其账号运行本命令",
            "The platform's database user may not create roles: have the database's administrator run "
            "ALTER ROLE … CREATEROLE, or run this command as them",
        ) from error
