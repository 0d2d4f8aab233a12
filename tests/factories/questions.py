"""What is asked of the database while a test goes on."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event
from sqlalchemy.orm import Session


@contextmanager
def questions(session: Session) -> Iterator[list[str]]:
    """The statements sent meanwhile; a commit of the joined session is a savepoint and no question."""
    asked: list[str] = []

    def hear(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith(("SAVEPOINT ", "RELEASE SAVEPOINT ")):
            asked.append(statement)

    connection = session.connection()
    event.listen(connection, "before_cursor_execute", hear)
    try:
        yield asked
    finally:
        event.remove(connection, "before_cursor_execute", hear)
