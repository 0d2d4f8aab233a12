"""Commands at a terminal: one transaction each, and refusals in words instead of tracebacks."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from dispatch.kit.db import open_session
from dispatch.kit.errors import DomainError


def refuse(zh: str, en: str) -> typer.Exit:
    """Say what is wrong, on standard error; raise what comes back to end with status 1."""
    typer.secho(f"✗ {zh} / {en}", fg=typer.colors.RED, err=True)
    return typer.Exit(1)


def done(zh: str, en: str) -> None:
    """Say what was done."""
    typer.echo(f"✓ {zh} / {en}")


@contextmanager
def transaction() -> Iterator[Session]:
    """A transaction for one command; what the domain refuses is said and ends the command."""
    try:
        with open_session() as session:
            yield session
    except DomainError as error:
        raise refuse(error.zh, error.en) from error
    except OperationalError as error:
        raise refuse(
            "数据库连不上,请用 dispatch doctor 检查",
            "The database cannot be reached; see `dispatch doctor`",
        ) from error
